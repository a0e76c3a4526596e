#include "place.h"

#include <string.h>

static bool is_legal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
}

static bool are_legal(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (!is_legal(text[i])) {
            return false;
        }
    }
    return true;
}

bool place_is_legal(spw_str name) {
    return name.size >= 1 && name.size <= name_limit && are_legal(name.data, name.size);
}

place place_of(spw_str name) {
    place place = {{0}, {0}};
    size_t start = name.size < 2 ? name.size : 2;
    for (size_t i = 0; i < start; i++) {
        place.folder[i] = name.data[i] == '.' ? '=' : name.data[i];
    }
    const char *rest = name.data + start;
    size_t size = name.size - start;
    bool is_marked = size == 0 || rest[0] == '.';
    if (is_marked) {
        place.file[0] = '=';
    }
    memcpy(place.file + is_marked, rest, size);
    return place;
}

uint32_t place_shard(const place *place) {
    return (uint32_t)(uint8_t)place->folder[0] << 8 | (uint8_t)place->folder[1];
}

bool place_read_folder(const char *folder, shard *shard) {
    size_t size = strlen(folder);
    if (size < 1 || size > 2) {
        return false;
    }
    memset(shard->start, 0, sizeof shard->start);
    for (size_t i = 0; i < size; i++) {
        if (folder[i] != '=' && (folder[i] == '.' || !is_legal(folder[i]))) {
            return false;
        }
        shard->start[i] = folder[i] == '=' ? '.' : folder[i];
    }
    return true;
}

bool place_read_file(const shard *shard, const char *file, char *name) {
    bool is_marked = file[0] == '=';
    const char *rest = file + is_marked;
    size_t start = strlen(shard->start), size = strlen(rest);
    bool needs_mark = size == 0 || rest[0] == '.';
    if (is_marked != needs_mark || !are_legal(rest, size) || start + size > name_limit ||
        (start == 1 && size)) {
        return false;
    }
    memcpy(name, shard->start, start);
    memcpy(name + start, rest, size + 1);
    return true;
}

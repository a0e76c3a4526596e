#include "mark.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "spillway-ndjson-mark 1\n"

uint64_t mark_hash(const void *data, size_t size) {
    const uint8_t *at = data;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ at[i]) * 0x100000001b3u;
    }
    return hash;
}

static stream_mark *find(const marks *marks, spw_str stream) {
    for (size_t i = 0; i < marks->count; i++) {
        if (bytes_are(&marks->streams[i].name, stream.data, stream.size)) {
            return &marks->streams[i];
        }
    }
    return NULL;
}

const stream_mark *marks_find(const marks *marks, spw_str stream) {
    return find(marks, stream);
}

static stream_mark *add(marks *marks, spw_str stream) {
    stream_mark *grown = realloc(marks->streams, (marks->count + 1) * sizeof *grown);
    if (!grown) {
        return NULL;
    }
    marks->streams = grown;
    stream_mark *added = &grown[marks->count];
    *added = (stream_mark){0};
    if (!bytes_add(&added->name, stream.data, stream.size)) {
        return NULL;
    }
    marks->count++;
    return added;
}

bool marks_set(marks *marks, spw_str stream, uint64_t sequence, spw_bytes data) {
    stream_mark *mark = find(marks, stream);
    if (!mark) {
        mark = add(marks, stream);
    }
    if (!mark || !bytes_reserve(&mark->data, data.size)) {
        return false;
    }
    mark->sequence = sequence;
    return bytes_set(&mark->data, data.data, data.size);
}

void marks_free(marks *marks) {
    for (size_t i = 0; i < marks->count; i++) {
        bytes_free(&marks->streams[i].name);
        bytes_free(&marks->streams[i].data);
    }
    free(marks->streams);
    *marks = (struct marks){0};
}

/* --- writing --- */

static bool add_text(bytes *text, const char *more) {
    return bytes_add(text, more, strlen(more));
}

static bool add_hex(bytes *text, const void *data, size_t size) {
    static const char hex[] = "0123456789abcdef";
    if (!bytes_reserve(text, 2 * size + 1)) {
        return false;
    }
    const uint8_t *from = data;
    char *to = text->data + text->size;
    *to++ = '=';
    for (size_t i = 0; i < size; i++) {
        *to++ = hex[from[i] >> 4];
        *to++ = hex[from[i] & 15];
    }
    text->size += 2 * size + 1;
    return true;
}

static bool add_stream(bytes *text, const void *name, size_t name_size, uint64_t sequence,
                       const void *data, size_t data_size) {
    char number[32];
    snprintf(number, sizeof number, " %" PRIu64 " ", sequence);
    return add_text(text, "stream ") && add_hex(text, name, name_size) && add_text(text, number) &&
           add_hex(text, data, data_size) && add_text(text, "\n");
}

bool marks_write(const marks *marks, spw_str stream, const spw_mark *changed, bytes *text) {
    char lines[128];
    text->size = 0;
    snprintf(lines, sizeof lines, HEAD "length %" PRIu64 "\ntail %016" PRIx64 "\n", marks->length,
             marks->tail);
    bool has_room = add_text(text, lines);
    for (size_t i = 0; i < marks->count && has_room; i++) {
        const stream_mark *mark = &marks->streams[i];
        if (!changed || !bytes_are(&mark->name, stream.data, stream.size)) {
            has_room = add_stream(text, mark->name.data, mark->name.size, mark->sequence,
                                  mark->data.data, mark->data.size);
        }
    }
    if (changed && has_room) {
        has_room = add_stream(text, stream.data, stream.size, changed->sequence, changed->data.data,
                              changed->data.size);
    }
    snprintf(lines, sizeof lines, "checksum %016" PRIx64 "\n",
             has_room ? mark_hash(text->data, text->size) : 0);
    return has_room && add_text(text, lines);
}

/* --- reading --- */

typedef struct reader {
    const char *at, *end;
} reader;

static bool take(reader *reader, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, word, size) != 0) {
        return false;
    }
    reader->at += size;
    return true;
}

static bool take_number(reader *reader, uint64_t *number) {
    const char *start = reader->at;
    *number = 0;
    for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
        uint64_t digit = (uint64_t)(*reader->at - '0');
        if (*number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        *number = *number * 10 + digit;
    }
    return reader->at > start;
}

static int hex_value(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hash(reader *reader, uint64_t *hash) {
    if (reader->end - reader->at < 16) {
        return false;
    }
    *hash = 0;
    for (int i = 0; i < 16; i++) {
        int value = hex_value(*reader->at++);
        if (value < 0) {
            return false;
        }
        *hash = *hash << 4 | (uint64_t)value;
    }
    return take(reader, "\n");
}

static bool take_hex(reader *reader, bytes *to) {
    if (!take(reader, "=") || !bytes_reserve(to, (size_t)(reader->end - reader->at) / 2 + 1)) {
        return false;
    }
    while (reader->end - reader->at >= 2 && hex_value(reader->at[0]) >= 0 &&
           hex_value(reader->at[1]) >= 0) {
        to->data[to->size++] = (char)(hex_value(reader->at[0]) << 4 | hex_value(reader->at[1]));
        reader->at += 2;
    }
    return true;
}

static bool take_stream(reader *reader, marks *marks) {
    bytes name = {0}, data = {0};
    uint64_t sequence;
    bool is_read = take_hex(reader, &name) && take(reader, " ") && take_number(reader, &sequence) &&
                   take(reader, " ") && take_hex(reader, &data) && take(reader, "\n") &&
                   marks_set(marks, (spw_str){name.data, name.size}, sequence,
                             (spw_bytes){(const uint8_t *)data.data, data.size});
    bytes_free(&name);
    bytes_free(&data);
    return is_read;
}

static bool read_all(reader *reader, marks *marks, const char *text) {
    if (!take(reader, HEAD) || !take(reader, "length ") || !take_number(reader, &marks->length) ||
        !take(reader, "\ntail ") || !take_hash(reader, &marks->tail)) {
        return false;
    }
    while (take(reader, "stream ")) {
        if (!take_stream(reader, marks)) {
            return false;
        }
    }
    uint64_t checksum, found = mark_hash(text, (size_t)(reader->at - text));
    return take(reader, "checksum ") && take_hash(reader, &checksum) && checksum == found &&
           reader->at == reader->end;
}

bool marks_read(marks *marks, const char *text, size_t size) {
    reader reader = {text, text + size};
    *marks = (struct marks){0};
    if (read_all(&reader, marks, text)) {
        return true;
    }
    marks_free(marks);
    return false;
}

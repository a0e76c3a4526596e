#include "walk_pointer.h"

#include <string.h>

static size_t unescape_token(const char *from, size_t size, char *to) {
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        if (from[i] != '~') {
            to[used++] = from[i];
        } else if (i + 1 < size && (from[i + 1] == '0' || from[i + 1] == '1')) {
            to[used++] = from[++i] == '0' ? '~' : '/';
        } else {
            return SIZE_MAX;
        }
    }
    return used;
}

const char *walk_pointer_read(walk_pointer *pointer, const char *text) {
    pointer->count = 0;
    if (*text && *text != '/') {
        return "a JSON Pointer is empty or starts with '/'";
    }
    while (*text) {
        size_t size = strcspn(++text, "/");
        if (pointer->count == WALK_MAX_TOKENS) {
            return "it has more than 32 parts";
        }
        if (size >= WALK_TOKEN_ROOM) {
            return "a part has more than 127 bytes";
        }
        size_t used = unescape_token(text, size, pointer->tokens[pointer->count]);
        if (used == SIZE_MAX) {
            return "after '~' comes 0 or 1";
        }
        pointer->sizes[pointer->count++] = used;
        text += size;
    }
    return NULL;
}

bool walk_token_is_index(const walk_pointer *pointer, unsigned at, uint64_t index) {
    const char *token = pointer->tokens[at];
    size_t size = pointer->sizes[at];
    if (!size || size > 18 || (token[0] == '0' && size > 1)) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        if (token[i] < '0' || token[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(token[i] - '0');
    }
    return value == index;
}

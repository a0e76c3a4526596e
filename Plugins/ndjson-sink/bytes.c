#include "bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool bytes_reserve(bytes *bytes, size_t more) {
    if (more <= bytes->room - bytes->size) {
        return true;
    }
    if (more > SIZE_MAX / 2 - bytes->size) {
        return false;
    }
    size_t room = (bytes->size + more) * 2;
    char *data = realloc(bytes->data, room);
    if (!data) {
        return false;
    }
    bytes->data = data;
    bytes->room = room;
    return true;
}

bool bytes_add(bytes *bytes, const void *data, size_t size) {
    if (!bytes_reserve(bytes, size)) {
        return false;
    }
    if (size) {
        memcpy(bytes->data + bytes->size, data, size);
    }
    bytes->size += size;
    return true;
}

bool bytes_set(bytes *bytes, const void *data, size_t size) {
    bytes->size = 0;
    return bytes_add(bytes, data, size);
}

bool bytes_are(const bytes *bytes, const void *data, size_t size) {
    return bytes->size == size && (!size || memcmp(bytes->data, data, size) == 0);
}

void bytes_free(bytes *bytes) {
    free(bytes->data);
    *bytes = (struct bytes){0};
}

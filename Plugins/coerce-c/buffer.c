#include "buffer.h"

#include <stdint.h>
#include <stdlib.h>

#include "../common/json.h"

char *buffer_reserve(buffer *buffer, size_t size) {
    if (size <= buffer->room - buffer->used && buffer->data) {
        return buffer->data + buffer->used;
    }
    if (size > SIZE_MAX / 4 || buffer->used > SIZE_MAX / 4) {
        buffer->spent = true;
        return NULL;
    }
    size_t larger = buffer->room ? buffer->room : 1024;
    while (larger - buffer->used < size) {
        larger *= 2;
    }
    char *moved = realloc(buffer->data, larger);
    if (!moved) {
        buffer->spent = true;
        return NULL;
    }
    buffer->data = moved;
    buffer->room = larger;
    return moved + buffer->used;
}

void buffer_free(buffer *buffer) {
    free(buffer->data);
    buffer->data = NULL;
    buffer->used = buffer->room = 0;
}

void buffer_put_text(buffer *buffer, const char *text, size_t size) {
    if (size > SIZE_MAX / 8) {
        buffer->spent = true;
        return;
    }
    char *room = buffer_reserve(buffer, JS_ESCAPED_MAX(size));
    if (room) {
        buffer->used += js_escape(text, size, room);
    }
}

/*
 * Bytes that grow. An instance keeps its buffers from record to record, so that after the first few
 * records nothing is allocated.
 */
#ifndef COERCE_BUFFER_H
#define COERCE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct buffer {
    char *data;
    size_t used, room;
    bool spent; /* memory ran out: what was appended since is missing */
} buffer;

/* Room for `size` bytes behind those used, or NULL when memory ran out. */
char *buffer_reserve(buffer *buffer, size_t size);
void buffer_free(buffer *buffer);

static inline void buffer_append(buffer *buffer, const char *data, size_t size) {
    char *room = buffer_reserve(buffer, size);
    if (room && size) {
        memcpy(room, data, size);
        buffer->used += size;
    }
}

static inline void buffer_put(buffer *buffer, char c) {
    char *room = buffer_reserve(buffer, 1);
    if (room) {
        *room = c;
        buffer->used++;
    }
}

/* A text as a JSON string. */
void buffer_put_text(buffer *buffer, const char *text, size_t size);

#endif

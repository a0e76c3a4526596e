/*
 * Bytes that grow; their room is kept.
 */
#ifndef NDJSON_SINK_BYTES_H
#define NDJSON_SINK_BYTES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct bytes {
    char *data;
    size_t size, room;
} bytes;

/* Room for `more` bytes beyond the size; false: no memory, and all as it was. */
bool bytes_reserve(bytes *bytes, size_t more);
bool bytes_add(bytes *bytes, const void *data, size_t size);
bool bytes_set(bytes *bytes, const void *data, size_t size);
bool bytes_are(const bytes *bytes, const void *data, size_t size);
void bytes_free(bytes *bytes);

#endif

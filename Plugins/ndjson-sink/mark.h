/*
 * The sidecar: how long the file is for certain, and how far each stream has come. A small text:
 *
 *     spillway-ndjson-mark 1
 *     length 1048576
 *     tail 8a39d2abd3999ab4
 *     stream =6b6576 7269 =7b7d
 *     checksum 1f2e3d4c5b6a7988
 *
 * `tail` is a hash of the last bytes before `length`, so that another file under the same name is
 * noticed; a stream's name and data are in hexadecimal; `checksum` is of all lines before it.
 */
#ifndef NDJSON_SINK_MARK_H
#define NDJSON_SINK_MARK_H

#include <spillway/abi.h>
#include <stdint.h>

#include "bytes.h"

enum { mark_tail_size = 4096 };

typedef struct stream_mark {
    bytes name, data;
    uint64_t sequence;
} stream_mark;

typedef struct marks {
    uint64_t length, tail;
    stream_mark *streams;
    size_t count;
} marks;

const stream_mark *marks_find(const marks *marks, spw_str stream);
/* Sets a stream's mark; false: no memory, and all as it was. */
bool marks_set(marks *marks, spw_str stream, uint64_t sequence, spw_bytes data);
/* The text, with one stream's mark replaced or added; false: no memory. */
bool marks_write(const marks *marks, spw_str stream, const spw_mark *changed, bytes *text);
/* False: the text is no sidecar of this version, or damaged, or there is no memory. */
bool marks_read(marks *marks, const char *text, size_t size);
void marks_free(marks *marks);

/* FNV-1a, 64 bits. */
uint64_t mark_hash(const void *data, size_t size);

#endif

/*
 * A position as text: "<ordinal>:<offset>:<SHA-256 of the bytes before it>", or, in a file that was
 * judged as a whole, "<ordinal>:<offset>:<SHA-256 of the file>/<its size>". "-" for a hash: none.
 */
#ifndef SPILLWAY_PLUGINS_FILE_POSITION_H
#define SPILLWAY_PLUGINS_FILE_POSITION_H

#include "file_reader.h"
#include "source_batch.h"

typedef struct file_position {
    uint64_t ordinal; /* 0: before everything */
    uint64_t offset;
    bool whole;
    uint64_t whole_size;
    char digest[DIGEST_TEXT];
} file_position;

/* False: no such text. Empty text is the beginning. */
bool file_position_read(spw_bytes text, file_position *position);
/* False: no memory. */
bool file_position_write(const file_position *position, byte_buffer *text);
/* Where a reader is. */
file_position file_position_of(const file_reader *reader, uint64_t ordinal);

#endif

/*
 * One sink: a table, and the batch that is prepared for it.
 */
#ifndef SQLITE_SINK_SINK_H
#define SQLITE_SINK_SINK_H

#include <spillway/abi.h>
#include <stdbool.h>

#include "columns.h"
#include "database.h"
#include "row.h"

typedef enum phase {
    PHASE_IDLE,
    PHASE_PREPARED, /* a transaction is open and holds the batch's rows */
    PHASE_LOST /* what was prepared is gone: it is prepared again, or given up, before a commit */
} phase;

/* Bytes of the sink's own. */
typedef struct buffer {
    char *data;
    size_t size, room;
} buffer;

typedef struct sink {
    columns columns;
    database database;
    row row;
    char *table_key; /* the table's name in lower case: SQLite tells no case from another */
    phase phase;
    buffer stream; /* whose batch is prepared */
    buffer mark;   /* what position answered */
    buffer key;    /* of a tombstone */
    bool has_tombstones;
    bool expects_row; /* the last record's key was there: the next one's may be, too */
} sink;

/* Room for `size` bytes, what is in it lost; false: no memory. */
bool buffer_make_room(buffer *buffer, size_t size);

/* Writes the records in the open transaction. *rejected: some do not go on. */
spw_status sink_write(sink *sink, spw_call *call, const spw_input *input, uint8_t *outcomes,
                      bool *rejected);

extern const spw_sink sink_table;
/* Closes the connection, unless a batch is prepared on it. */
void sink_reset(sink *sink);
void sink_free(sink *sink);

#endif

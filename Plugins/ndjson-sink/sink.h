/*
 * One sink: a file, and the batch that is appended to it.
 */
#ifndef NDJSON_SINK_SINK_H
#define NDJSON_SINK_SINK_H

#include <spillway/abi.h>

#include "output.h"

typedef enum phase {
    PHASE_IDLE,
    PHASE_PREPARED,
    PHASE_LOST /* what was prepared is gone: it is prepared again, or given up, before a commit */
} phase;

typedef struct sink {
    output output;
    bytes lines;  /* on their way into the file */
    bytes stream; /* whose batch is prepared */
    bytes mark;   /* what position answered */
    phase phase;
} sink;

extern const spw_sink sink_table;
void sink_free(sink *sink);

#endif

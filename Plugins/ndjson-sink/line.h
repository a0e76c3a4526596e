/*
 * A record as a line.
 */
#ifndef NDJSON_SINK_LINE_H
#define NDJSON_SINK_LINE_H

#include <spillway/abi.h>

#include "bytes.h"

#define LINE_RESCUED "_rescued_data"

typedef struct line_misfit {
    int32_t signal;
    spw_str pointer;
    const char *reason; /* static */
} line_misfit;

/* Appends the record and its newline. SPW_OK, SPW_INVALID: it does not go into a line (see misfit),
 * nothing was appended, or SPW_OVER_BUDGET: no memory. */
spw_status line_write(const spw_record *record, spw_bytes input, bytes *lines, line_misfit *misfit);

#endif

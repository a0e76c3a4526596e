/*
 * The file and its sidecar. What lies beyond the sidecar's length was never committed: it is cut
 * off when the file is opened. One instance at a time has the file, by a lock on it.
 */
#ifndef NDJSON_SINK_OUTPUT_H
#define NDJSON_SINK_OUTPUT_H

#include <spillway/abi.h>
#include <stdbool.h>

#include "mark.h"

typedef struct output {
    char *path;
    const char *name; /* the last part of path */
    char *mark_name;
    bool may_adopt;
    int folder, file; /* -1: not open */
    marks marks;
    uint64_t end; /* of what is written, committed or not */
} output;

/* Copies the path; false: no memory. */
bool output_set_path(output *output, char *path);
/* Neither the file nor its sidecar is there. */
bool output_is_absent(const output *output);
/* The folder is there and may be written. */
spw_status output_check_folder(const output *output, spw_call *call);

spw_status output_open(output *output, spw_call *call);
void output_close(output *output);
void output_free(output *output);

/* Appends; on failure the file is cut back. */
spw_status output_append(output *output, spw_call *call, const bytes *lines);
/* Back to what was committed. */
void output_cut_back(output *output);

typedef enum output_commit_end {
    OUTPUT_COMMITTED,
    OUTPUT_KEPT,   /* failed, nothing changed: it may be tried again */
    OUTPUT_UNDONE, /* failed, what was appended is gone */
    OUTPUT_UNKNOWN /* failed, and the file has to be opened again to know */
} output_commit_end;

/* Syncs what was appended, then writes the sidecar. Unless committed, the call has failed. */
output_commit_end output_commit(output *output, spw_call *call, spw_str stream,
                                const spw_mark *mark);

#endif

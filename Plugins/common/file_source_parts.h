/*
 * What the parts of a file source share; no plugin includes it.
 *
 * file_options.c reads the options, file_order.c gives ordinals, file_reading.c takes records out
 * of one ordinal after another, file_source.c is the interface.
 */
#ifndef SPILLWAY_PLUGINS_FILE_SOURCE_PARTS_H
#define SPILLWAY_PLUGINS_FILE_SOURCE_PARTS_H

#include <stdatomic.h>

#include "file_position.h"
#include "file_registry.h"
#include "file_source.h"
#include "files.h"

/* How far the ordinal in hand is opened. */
typedef enum file_phase {
    PHASE_CLOSED,
    PHASE_WHOLE, /* is the file, as a whole, the one that was judged? */
    PHASE_START, /* what comes before the records */
    PHASE_SKIP,  /* over what is done */
    PHASE_READ
} file_phase;

typedef struct file_source {
    const file_format *format;
    void *options;
    char *name;
    files_query query;
    bool hashed;
    const spw_state_ext *state;
    atomic_flag busy;
    bool assigned;

    file_registry registry;
    file_position position; /* behind all that was handed out */

    /* looking for files that are new or have changed */
    bool looked, looking;
    files_found found;
    size_t look_at;
    file_reader probe;

    /* the ordinal in hand */
    uint64_t at;
    file_phase phase;
    file_reader reader;
    void *cursor;
    uint64_t records_end; /* behind the last record that was taken, or where reading began */

    /* the batch being filled */
    bool contributed;   /* the ordinal in hand has records in it */
    file_position tail; /* behind its last record in an ordinal that is through */
} file_source;

spw_status file_options_read(file_source *source, spw_call *call, spw_str options);

/* Gives an ordinal to each file that needs one. SPW_PENDING: the call is to end, go on later. */
spw_status file_order_look(file_source *source, spw_call *call);
void file_order_stop(file_source *source);

/* Adds one record to the batch. SPW_END: nothing is left of what was seen. */
spw_status file_reading_step(file_source *source, spw_call *call, source_batch *batch);
/* Back to behind what was handed out. */
void file_reading_back(file_source *source);

#endif

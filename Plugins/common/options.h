/*
 * A plugin's options, read by a table that says which there are.
 */
#ifndef SPILLWAY_PLUGINS_OPTIONS_H
#define SPILLWAY_PLUGINS_OPTIONS_H

#include <spillway/abi.h>
#include <stdbool.h>

typedef enum option_kind {
    OPTION_TEXT,  /* into: char *, allocated, to be freed; not empty, no NUL inside */
    OPTION_COUNT, /* into: uint64_t, from `least` to `most` */
    OPTION_FLAG   /* into: bool */
} option_kind;

typedef struct option_spec {
    const char *name;
    option_kind kind;
    void *into; /* holds the default, and keeps it when the option is not given */
    bool required;
    uint64_t least, most;
} option_spec;

/* Fills what the options give. SPW_INVALID, with a message that names the option, for an unknown,
 * doubled, wrongly typed or missing one; texts that were taken by then are still to be freed. */
spw_status options_read(spw_str options, spw_call *call, const option_spec *specs, size_t count);

#endif

/*
 * Which file has which ordinal, kept in spillway.state/1.
 *
 * An ordinal is given once and never again: to a file when it is first seen, and anew when it turns
 * out to hold other content, or more of it after later files were read. Files are read in the order
 * of their ordinals, so a position (ordinal and offset) is a point on one line: everything before
 * it is done, everything after it is not. What is kept here says what an ordinal stands for, never
 * that it is done.
 *
 * One key an ordinal, "file:<ordinal>", counted from 1 without a gap.
 */
#ifndef SPILLWAY_PLUGINS_FILE_REGISTRY_H
#define SPILLWAY_PLUGINS_FILE_REGISTRY_H

#include "file_reader.h"

typedef struct file_entry {
    char *path;
    uint64_t ordinal;
    uint64_t from;                 /* where in the file it starts: > 0 for what was appended */
    char from_digest[DIGEST_TEXT]; /* of the bytes before that */
    /* How far it went when it was last read to its end; holds once a position lies behind it. */
    bool finished;
    uint64_t to;
    uint64_t records_end; /* behind the last record; from: it held none */
    char digest[DIGEST_TEXT];
    file_stamp stamp;
} file_entry;

typedef struct file_registry {
    const spw_state_ext *state;
    file_entry **entries; /* by ordinal, from 1 at index 0 */
    size_t count, room;
    void *paths; /* tsearch tree: the newest entry of each path */
} file_registry;

/* Reads what the host keeps. */
spw_status file_registry_load(file_registry *registry, const spw_state_ext *state, spw_call *call);
void file_registry_free(file_registry *registry);

/* The entry of an ordinal, or NULL. */
file_entry *file_registry_entry(const file_registry *registry, uint64_t ordinal);
/* The newest entry of a path, or NULL. */
file_entry *file_registry_newest(const file_registry *registry, const char *path);
/* Where an ordinal ends for certain, because a later one goes on in the same content; UINT64_MAX:
 * at the file's end. */
uint64_t file_registry_limit(const file_registry *registry, const file_entry *entry);

/* Gives the next ordinal to a path, durably. */
spw_status file_registry_add(file_registry *registry, spw_call *call, const char *path,
                             uint64_t from, const char *digest);
/* Keeps what changed in an entry. */
spw_status file_registry_save(const file_registry *registry, spw_call *call,
                              const file_entry *entry);

#endif

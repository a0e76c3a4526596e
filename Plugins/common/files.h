/*
 * Which files an option names: paths and globs below a base folder, in byte order of the path or by
 * time of change.
 *
 * A pattern with none of `*?[` is a literal path and has to exist; so is one that names an existing
 * file exactly, whatever characters it holds. Globs are those of fnmatch(3), folder by folder: `*`
 * crosses no `/` and matches no leading dot.
 */
#ifndef SPILLWAY_PLUGINS_FILES_H
#define SPILLWAY_PLUGINS_FILES_H

#include <spillway/abi.h>
#include <stdbool.h>

typedef struct files_query {
    char *base; /* relative patterns count from here; may be empty */
    char **patterns;
    size_t pattern_count;
    bool by_time;
} files_query;

/* Paths as the patterns say them: relative ones stay relative. */
typedef struct files_found {
    char **paths;
    int64_t *times; /* of last change, nanoseconds */
    size_t count, room;
} files_found;

/* Copies base and keeps it; false: no memory. */
bool files_set_base(files_query *query, spw_str base);
bool files_add_pattern(files_query *query, const char *pattern, size_t size);
void files_query_free(files_query *query);

/* All files that the patterns name now, sorted, each once. A literal path that does not exist, a
 * folder that can't be read: SPW_FAILED. A glob that matches nothing is logged. */
spw_status files_find(const files_query *query, spw_call *call, files_found *found);
void files_found_free(files_found *found);

/* Whether the patterns would name this path, were it there. */
bool files_named(const files_query *query, const char *path);
/* Where the path lies, to be freed; NULL: no memory. */
char *files_locate(const files_query *query, const char *path);

#endif

/*
 * A file on its way into the store: in staging/, under a name of no meaning, locked by whoever
 * writes it. A file there that nobody has locked is left over from a process that died.
 */
#ifndef PERSIST_FILES_STAGED_H
#define PERSIST_FILES_STAGED_H

#include <spillway/abi.h>
#include <sys/types.h>

enum { staged_name_size = 40 };

typedef struct staged {
    char name[staged_name_size];
    int folder, file;
    off_t length;
} staged;

/* All answer 0 or an errno. */
int staged_open(int folder, staged *staged);
int staged_write(staged *staged, const void *data, size_t size);
int staged_sync(staged *staged);
/* Renames it, over what is there, and closes it. */
int staged_move(staged *staged, int folder, const char *name);
/* Closes and removes it, unless it was moved. */
void staged_discard(staged *staged);
/* Removes what dead processes left over. */
void staged_clean(int folder);

#endif

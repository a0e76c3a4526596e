/*
 * Files for keeps: what has to be written, synced and renamed so that it survives a power cut.
 *
 * Functions answer 0 or an errno.
 */
#ifndef SPILLWAY_PLUGINS_DURABLE_H
#define SPILLWAY_PLUGINS_DURABLE_H

#include <spillway/abi.h>
#include <sys/types.h>

/* `path`, counted from the base folder when it is relative; to be freed, NULL: no memory. */
char *durable_path(spw_str base_folder, const char *path);
/* Writes all of it at `offset`, whatever write(2) takes at a time. */
int durable_write(int file, const void *data, size_t size, off_t offset);
/* Makes a folder below an open one; its entry is synced when it is new. */
int durable_make_folder(int parent, const char *name, mode_t mode);
/* Makes a folder and those above it that are missing; the entries of new ones are synced. */
int durable_make_folders(const char *path, mode_t mode);
/* The whole of a small file: written beside it, synced, renamed over it, and its entry synced. When
 * the last step alone failed, *is_replaced says so: the new file is there, but may not last. */
int durable_replace(int folder, const char *name, const void *data, size_t size, int *is_replaced);
/* Locks a file that is open (flock) and waits for it. */
int durable_lock(int file);

#endif

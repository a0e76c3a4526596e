/*
 * A store in a folder:
 *
 *     layout            the version of this layout
 *     lock              held while an object becomes visible or goes
 *     objects/ab/cdef…  the objects, byte for byte as they were put
 *     sheets/ab/cdef…   what is to be known of them besides (sheet.h), written first
 *     staging/          what is being written
 *
 * An object is there once its file is in objects/; a sheet without an object means nothing.
 */
#ifndef PERSIST_FILES_STORE_H
#define PERSIST_FILES_STORE_H

#include <spillway/abi.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "place.h"
#include "sheet.h"
#include "staged.h"

/* A put in pieces. */
typedef struct put {
    struct put *next;
    staged staged;
    EVP_MD_CTX *digest;
    char name[name_limit + 1];
    char media_type[media_type_limit + 1];
} put;

typedef struct store {
    char *path;
    int root, objects, sheets, staging, lock; /* open folders, and the lock's file */
    EVP_MD_CTX *digest;
    put *puts; /* under way */
    /* What stat's and list's objects point to. */
    char name[name_limit + 1];
    sheet sheet;
    /* A bit a shard: its folders' entries are synced. */
    uint8_t settled[shard_count / 8];
} store;

/* store.c */
spw_status store_open(store *store, spw_call *call);
void store_close(store *store);
/* Fails the call for a system call on the object of this name. */
spw_status store_failed(store *store, spw_call *call, int error, const char *doing, spw_str name);
spw_status store_no_memory(spw_call *call);
/* SPW_INVALID for a name that is not legal. */
spw_status store_check_name(spw_call *call, spw_str name);
/* Syncs an open folder's folder; 0 or an errno. */
int store_sync_folder(int parent, const char *name);

/* read.c */
/* Opens an object and says what is known of it; 0 or an errno: ENOENT: there is none, EBADMSG: its
 * sheet is damaged. */
int object_open(store *store, spw_str name, int *file, struct stat *status, sheet *sheet);
/* Whether the open file has this SHA-256: 1 or 0, or a negated errno. */
int object_is_whole(store *store, int file, const uint8_t sha256[digest_size]);
/* When it was stored, since 1970-01-01 UTC. */
int64_t object_time(const struct stat *status);
void object_describe(spw_str name, const struct stat *status, const sheet *sheet,
                     spw_object *object);
spw_status store_get(void *instance, spw_call *call, spw_str name, uint64_t offset, uint64_t length,
                     spw_output *output);
spw_status store_stat(void *instance, spw_call *call, spw_str name, spw_object *object);

/* put.c */
spw_status store_put(void *instance, spw_call *call, spw_object *object, const spw_bytes *parts,
                     size_t part_count);
spw_status store_put_begin(void *instance, spw_call *call, const spw_object *object, void **made);
spw_status store_put_write(void *instance, spw_call *call, void *put, spw_bytes bytes);
spw_status store_put_finish(void *instance, spw_call *call, void *put, spw_object *object);
void store_put_abort(void *instance, spw_call *call, void *put);
spw_status store_remove(void *instance, spw_call *call, spw_str name);

/* list.c */
spw_status store_list(void *instance, spw_call *call, spw_str prefix, spw_str page, uint32_t limit,
                      void (*each)(void *context, const spw_object *object), void *context);

#endif

/*
 * Where an object lies: a folder by the first two characters of its name, a file by the rest.
 *
 * No character of a name but the letters, digits, '_' and '-' reaches the file system where it
 * could mean something: a dot in the folder's name is written '=', a file name that is empty or
 * starts with a dot gets a '=' before it. '=' is in no legal name, so each place has one name.
 */
#ifndef PERSIST_FILES_PLACE_H
#define PERSIST_FILES_PLACE_H

#include <spillway/abi.h>
#include <stdbool.h>

enum { name_limit = 200, shard_count = 1 << 16 };

typedef struct place {
    char folder[3];
    char file[name_limit + 2];
} place;

/* What a folder holds: the first one or two characters of names, or "" when it is no such folder.
 */
typedef struct shard {
    char start[3];
} shard;

bool place_is_legal(spw_str name);
place place_of(spw_str name); /* a legal one */
/* The number of the folder, below shard_count. */
uint32_t place_shard(const place *place);
/* The start of names that the entry of a folder stands for; false: none. */
bool place_read_folder(const char *folder, shard *shard);
/* The whole name of a file in it, into room of name_limit + 1; false: not one of ours. */
bool place_read_file(const shard *shard, const char *file, char *name);

#endif

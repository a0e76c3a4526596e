/*
 * An object's sheet: what its bytes and its name do not say. A small text file, one fact a line:
 *
 *     spillway-object 1
 *     sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
 *     media-type application/json
 *
 * An object has one when it has a media type, or when its name is not its SHA-256.
 */
#ifndef PERSIST_FILES_SHEET_H
#define PERSIST_FILES_SHEET_H

#include <spillway/abi.h>
#include <stdbool.h>

#include "digest.h"

enum { media_type_limit = 255, sheet_limit = 512 };

typedef struct sheet {
    uint8_t sha256[digest_size];
    char media_type[media_type_limit + 1];
} sheet;

bool sheet_is_media_type(spw_str media_type);
bool sheet_is_needed(const sheet *sheet, spw_str name);
size_t sheet_write(const sheet *sheet, char text[sheet_limit]);
/* False: the text is not a sheet. */
bool sheet_read(const char *text, size_t size, sheet *sheet);

#endif

/*
 * An RFC 6901 JSON Pointer as tokens.
 */
#ifndef SPILLWAY_WALK_POINTER_H
#define SPILLWAY_WALK_POINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WALK_MAX_TOKENS 32
#define WALK_TOKEN_ROOM 128

typedef struct walk_pointer {
    char tokens[WALK_MAX_TOKENS][WALK_TOKEN_ROOM];
    size_t sizes[WALK_MAX_TOKENS];
    unsigned count;
} walk_pointer;

/* NULL, or what is wrong with the pointer. */
const char *walk_pointer_read(walk_pointer *pointer, const char *text);
/* Whether a token, as an array's index, is this one. */
bool walk_token_is_index(const walk_pointer *pointer, unsigned at, uint64_t index);

#endif

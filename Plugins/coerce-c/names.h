/*
 * The names that an object had so far: declared ones by number, the others by their text. However
 * many there are, and whatever they are, one more costs about the same.
 */
#ifndef COERCE_NAMES_H
#define COERCE_NAMES_H

#include "plan.h"

typedef struct names {
    uint8_t *declared; /* a byte a member */
    uint32_t declared_room;
    js_span *others; /* decoded */
    uint64_t *hashes;
    uint32_t count, room;
    uint32_t *table; /* number of another name + 1; made when there are more than a few */
    uint32_t table_room;
    bool indexed;
} names;

typedef enum names_answer { NAMES_NEW, NAMES_TWICE, NAMES_NO_MEMORY } names_answer;

/* Starts anew, for an object with this many declared members; false: no memory. */
bool names_begin(names *names, uint32_t declared);
names_answer names_add_declared(names *names, uint32_t number);
/* The name is borrowed until the next begin. */
names_answer names_add(names *names, uint64_t seed, js_span name);
void names_free(names *names);

#endif

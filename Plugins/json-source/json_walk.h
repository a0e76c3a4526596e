/*
 * A JSON text that comes in pieces, checked in full as it comes (RFC 8259, UTF-8 included), and the
 * elements of one array in it found: the one that a JSON Pointer names.
 *
 * It keeps no bytes, only where things are: memory does not grow with the text. An object at the
 * pointer is one element.
 */
#ifndef SPILLWAY_JSON_WALK_H
#define SPILLWAY_JSON_WALK_H

#include "../common/json.h"
#include "walk_number.h"
#include "walk_pointer.h"

typedef enum walk_event {
    WALK_MORE,    /* all bytes are used */
    WALK_ELEMENT, /* [element, offset) is an element */
    WALK_FAULT    /* see fault, line, column */
} walk_event;

typedef struct json_walk {
    const walk_pointer *pointer;
    uint64_t offset;  /* bytes used */
    uint64_t element; /* where the latest element starts */
    bool in_element;
    const char *fault; /* static text */
    uint64_t line, line_start;

    uint8_t state, after_string; /* what comes next */
    uint8_t left;                /* of an escape, a UTF-8 sequence */
    uint8_t low, high;           /* of the next byte of a UTF-8 sequence */
    uint8_t number;              /* walk_number */
    const char *word;            /* left of true, false, null */
    uint8_t objects[JS_MAX_DEPTH / 8];
    unsigned depth;

    unsigned path;                   /* open containers that lie on the pointer's path */
    uint64_t index[WALK_MAX_TOKENS]; /* of the next element in an array on the path */
    bool matches;                    /* the member that is next is on the path */
    bool found, in_target, is_single;
    unsigned target_depth; /* of the elements */
    bool naming;
    size_t name_size;
    char name[JS_ESCAPED_MAX(WALK_TOKEN_ROOM)];
} json_walk;

void json_walk_start(json_walk *walk, const walk_pointer *pointer);
/* Uses bytes up to the next event; how many, in `used`. */
walk_event json_walk_feed(json_walk *walk, const uint8_t *data, size_t size, size_t *used);
/* The text is at its end. WALK_MORE: it was whole. WALK_ELEMENT, then to be called again, or
 * WALK_FAULT. */
walk_event json_walk_end(json_walk *walk);
/* In bytes, from 1. */
static inline uint64_t json_walk_column(const json_walk *walk) {
    return walk->offset - walk->line_start + 1;
}

#endif

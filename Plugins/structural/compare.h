/*
 * Two records, value by value: the first difference that the account does not explain.
 */
#ifndef STRUCTURAL_COMPARE_H
#define STRUCTURAL_COMPARE_H

#include "account.h"

typedef enum difference_kind {
    SAME,
    TYPE_CHANGED,
    VALUE_CHANGED,
    GONE,         /* a member or element that was in `before` */
    APPEARED,     /* one that was not */
    NOT_REMOVED,  /* an event says that it was stripped or rescued, but it is there */
    OTHER_RESULT, /* an event says what it was coerced to, but it is something else */
    NO_MEMORY
} difference_kind;

typedef struct difference {
    difference_kind kind;
    uint32_t before;        /* node, or JT_NONE */
    uint32_t after;         /* node, or JT_NONE */
    const spw_event *event; /* NOT_REMOVED, OTHER_RESULT */
} difference;

typedef struct comparison {
    const jt_tree *before, *after;
    const account *account; /* NULL: nothing is explained */
    jt_tree *result;        /* room for what an event says came out */
    difference found;
} comparison;

/* True when nothing differs; else comparison->found says what. */
bool compare_records(comparison *comparison);

#endif

/*
 * One record on its way through the plan: what value.c and record.c share. All room is the
 * instance's and is used again for the next record.
 */
#ifndef COERCE_WALK_H
#define COERCE_WALK_H

#include "convert.h"
#include "names.h"

/* Where a value is: the chain of names and numbers from the root. */
typedef struct path {
    const struct path *up;
    js_span name; /* of a member; data NULL: an element */
    bool decoded; /* the name is decoded, else as written */
    uint32_t index;
} path;

typedef struct event {
    int32_t kind, loss;
    reason reason;
    size_t pointer, pointer_size; /* in walk.pointers */
    js_span before;
    size_t after, after_size; /* in walk.out */
} event;

/* The innermost misfit, or why the record as a whole ends. */
typedef struct trouble {
    reason reason;
    js_span before;
    buffer pointer;
} trouble;

typedef struct walk {
    const field *root;
    names *levels; /* one for each object that can be inside another */
    locale_t c;
    uint64_t seed;
    js_reader reader;
    buffer out;
    buffer text;     /* the decoded text of the value in hand */
    buffer compared; /* a decoded text that is compared with enum */
    buffer scratch;
    buffer names; /* decoded names; never moves during a record */
    buffer pointers;
    event *events;
    size_t event_count, event_room;
    bool spent; /* memory ran out; buffers have their own */
    trouble trouble;
} walk;

/* How a value went. `loss` is that of an event of its own; SPW_LOSS_NONE when it needs none: an
 * object or array reports what changed inside it. */
typedef struct step {
    verdict verdict;
    int32_t loss;
} step;

/* Takes the next value to its target, its JSON text appended to walk.out. After MISFIT the reader
 * is anywhere inside the value. */
step value_coerce(walk *walk, const field *field, const path *path);
/* The same for what it may be walked into. */
step object_coerce(walk *walk, const field *field, const path *path);
step array_coerce(walk *walk, const field *field, const path *path);

/* Notes why and where, and answers `verdict`. */
step walk_trouble(walk *walk, verdict verdict, reason reason, const path *path, js_span before);
/* The record is not JSON. */
step walk_broken(walk *walk);

/* KEPT, CHANGED (the result is in walk.out, the events in walk.events) or MISFIT (see trouble). */
verdict record_coerce(walk *walk, const char *data, size_t size);
bool walk_is_spent(const walk *walk);
void walk_free(walk *walk);

#endif

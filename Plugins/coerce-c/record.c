/*
 * The walk through a record: its objects and arrays, their output and events (docs/coercion.md,
 * sections 2, 4 and 5).
 */
#include <stdio.h>
#include <stdlib.h>

#include "walk.h"

/* --- pointers --- */

static void put_token(js_span name, buffer *out) {
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '~' || name.data[i] == '/') {
            buffer_append(out, name.data[i] == '~' ? "~0" : "~1", 2);
        } else {
            buffer_put(out, name.data[i]);
        }
    }
}

static void put_name(const path *path, buffer *out) {
    if (path->decoded || !memchr(path->name.data, '\\', path->name.size)) {
        js_span name = path->name;
        put_token(path->decoded ? name : (js_span){name.data + 1, name.size - 2}, out);
        return;
    }
    buffer decoded = {NULL, 0, 0, false}; /* rare: a name with escapes that is reported */
    char *room = buffer_reserve(&decoded, path->name.size);
    if (room) {
        put_token((js_span){room, js_unescape(path->name, room)}, out);
    } else {
        out->spent = true;
    }
    buffer_free(&decoded);
}

static void put_pointer(const path *path, buffer *out) {
    if (!path) {
        return;
    }
    put_pointer(path->up, out);
    buffer_put(out, '/');
    if (path->name.data) {
        put_name(path, out);
        return;
    }
    char digits[16];
    buffer_append(out, digits, (size_t)snprintf(digits, sizeof digits, "%u", path->index));
}

step walk_trouble(walk *walk, verdict verdict, reason reason, const path *path, js_span before) {
    walk->trouble.reason = reason;
    walk->trouble.before = before;
    walk->trouble.pointer.used = 0;
    put_pointer(path, &walk->trouble.pointer);
    return (step){.verdict = verdict};
}

step walk_broken(walk *walk) {
    return walk_trouble(walk, ABORTED, REASON_NOT_JSON, NULL, (js_span){NULL, 0});
}

/* --- events --- */

typedef struct mark {
    size_t out, events, pointers;
} mark;

static mark mark_here(const walk *walk) {
    return (mark){walk->out.used, walk->event_count, walk->pointers.used};
}

static void go_back(walk *walk, mark mark) {
    walk->out.used = mark.out;
    walk->event_count = mark.events;
    walk->pointers.used = mark.pointers;
}

static void add_event(walk *walk, const path *path, event event) {
    if (walk->event_count == walk->event_room) {
        size_t larger = walk->event_room ? walk->event_room * 2 : 16;
        struct event *moved = realloc(walk->events, larger * sizeof event);
        if (!moved) {
            walk->spent = true;
            return;
        }
        walk->events = moved;
        walk->event_room = larger;
    }
    event.pointer = walk->pointers.used;
    put_pointer(path, &walk->pointers);
    event.pointer_size = walk->pointers.used - event.pointer;
    walk->events[walk->event_count++] = event;
}

/* A value with an event of its own, whose output starts at `after`. */
static void add_coerced(walk *walk, const path *path, int32_t loss, js_span before, size_t after) {
    add_event(walk, path,
              (event){.kind = SPW_EVENT_COERCED,
                      .loss = loss,
                      .before = before,
                      .after = after,
                      .after_size = walk->out.used - after});
}

/* --- containers --- */

/* What was read since `start`. */
static js_span since(const walk *walk, const char *start) {
    return (js_span){start, (size_t)(walk->reader.at - start)};
}

/* Closes the text of an object or array: as written when nothing changed in it. */
static step close_container(walk *walk, bool did_change, size_t out, js_span written, char end) {
    if (did_change) {
        buffer_put(&walk->out, end);
        return (step){.verdict = CHANGED};
    }
    walk->out.used = out;
    buffer_append(&walk->out, written.data, written.size);
    return (step){.verdict = KEPT};
}

step array_coerce(walk *walk, const field *field, const path *path) {
    const char *start = walk->reader.at;
    size_t out = walk->out.used;
    bool did_change = false;
    struct path element = {.up = path};
    if (!js_enter(&walk->reader)) {
        return walk_broken(walk);
    }
    buffer_put(&walk->out, '[');
    for (; js_element(&walk->reader); element.index++) {
        if (element.index) {
            buffer_put(&walk->out, ',');
        }
        const char *value = walk->reader.at;
        size_t after = walk->out.used;
        step one = value_coerce(walk, field->items, &element);
        if (one.verdict == MISFIT || one.verdict == ABORTED) {
            return one;
        }
        did_change = did_change || one.verdict == CHANGED;
        if (one.loss) {
            add_coerced(walk, &element, one.loss, since(walk, value), after);
        }
    }
    if (walk->reader.error) {
        return walk_broken(walk);
    }
    return close_container(walk, did_change, out, since(walk, start), ']');
}

typedef struct object {
    const field *field;
    const path *path;
    names *names;
    uint32_t expected; /* members mostly come in the order of the contract */
    bool did_change, has_members;
} object;

/* A name as written, decoded; size SIZE_MAX: it has a lone surrogate. All names of a record fit in
 * as much room as the record, so that this room never moves under those handed out. */
static js_span decode_name(walk *walk, js_span written) {
    js_span inner = {written.data + 1, written.size - 2};
    if (!memchr(inner.data, '\\', inner.size)) {
        return inner;
    }
    if (!walk->names.used &&
        !buffer_reserve(&walk->names, (size_t)(walk->reader.end - walk->reader.start))) {
        return inner;
    }
    char *room = walk->names.data + walk->names.used;
    size_t size = js_unescape(written, room);
    walk->names.used += size == SIZE_MAX ? 0 : size;
    return (js_span){room, size};
}

static uint32_t find_member(object *object, js_span name) {
    const field *field = object->field;
    uint32_t number = object->expected;
    if (number >= field->member_count || !spans_equal(field->members[number].name, name)) {
        number = plan_find(field, name.data, name.size);
    }
    if (number != PLAN_NO_MEMBER) {
        object->expected = number + 1;
    }
    return number;
}

/* Puts a member's name and colon, the comma before it included. */
static void put_member_start(walk *walk, object *object, js_span name) {
    if (object->has_members) {
        buffer_put(&walk->out, ',');
    }
    object->has_members = true;
    buffer_append(&walk->out, name.data, name.size);
    buffer_put(&walk->out, ':');
}

static step undeclared_member(walk *walk, object *object, const path *path) {
    js_span value;
    if (!js_value(&walk->reader, &value)) {
        return walk_broken(walk);
    }
    if (object->field->strip) {
        object->did_change = true;
        add_event(walk, path, (event){.kind = SPW_EVENT_STRIPPED, .before = value});
        return (step){.verdict = CHANGED};
    }
    put_member_start(walk, object, path->name);
    buffer_append(&walk->out, value.data, value.size);
    return (step){.verdict = KEPT};
}

/* A misfit in an optional member: the member is taken out and kept beside the record. */
static step rescue(walk *walk, object *object, const path *path, js_reader at) {
    js_span value;
    walk->reader = at;
    if (!js_value(&walk->reader, &value)) {
        return walk_broken(walk);
    }
    object->did_change = true;
    add_event(walk, path,
              (event){.kind = SPW_EVENT_RESCUED, .before = value, .reason = walk->trouble.reason});
    return (step){.verdict = CHANGED};
}

static step declared_member(walk *walk, object *object, const member *member, const path *path) {
    mark before = mark_here(walk);
    bool had_members = object->has_members;
    js_peek(&walk->reader); /* past the white space */
    js_reader at = walk->reader;
    put_member_start(walk, object, path->name);
    size_t after = walk->out.used;
    step one = value_coerce(walk, member->field, path);
    if (one.verdict == MISFIT && !member->essential) {
        go_back(walk, before);
        object->has_members = had_members;
        return rescue(walk, object, path, at);
    }
    object->did_change = object->did_change || one.verdict == CHANGED;
    if (one.loss) {
        add_coerced(walk, path, one.loss, since(walk, at.at), after);
    }
    return one;
}

static step one_member(walk *walk, object *object, js_span written) {
    js_span name = decode_name(walk, written);
    if (name.size == SIZE_MAX) {
        return walk_trouble(walk, ABORTED, REASON_LONE_SURROGATE, object->path, written);
    }
    path path = {.up = object->path, .name = written};
    uint32_t number = find_member(object, name);
    names_answer answer = number == PLAN_NO_MEMBER ? names_add(object->names, walk->seed, name)
                                                   : names_add_declared(object->names, number);
    walk->spent = walk->spent || answer == NAMES_NO_MEMORY;
    if (answer == NAMES_TWICE) {
        return walk_trouble(walk, ABORTED, REASON_DUPLICATE_MEMBER, &path, (js_span){NULL, 0});
    }
    return number == PLAN_NO_MEMBER
               ? undeclared_member(walk, object, &path)
               : declared_member(walk, object, &object->field->members[number], &path);
}

/* The first essential member that the object does not have, or NULL. */
static const member *find_missing(const object *object) {
    const field *field = object->field;
    for (uint32_t i = 0; i < field->essential_count; i++) {
        if (!object->names->declared[field->essential[i]]) {
            return &field->members[field->essential[i]];
        }
    }
    return NULL;
}

step object_coerce(walk *walk, const field *field, const path *path) {
    const char *start = walk->reader.at;
    size_t out = walk->out.used;
    object object = {.field = field, .path = path, .names = &walk->levels[field->level]};
    js_span name;
    if (!names_begin(object.names, field->member_count)) {
        walk->spent = true;
        return walk_broken(walk);
    }
    if (!js_enter(&walk->reader)) {
        return walk_broken(walk);
    }
    buffer_put(&walk->out, '{');
    while (js_member(&walk->reader, &name)) {
        step one = one_member(walk, &object, name);
        if (one.verdict == MISFIT || one.verdict == ABORTED) {
            return one;
        }
    }
    if (walk->reader.error) {
        return walk_broken(walk);
    }
    const member *missing = find_missing(&object);
    if (missing) {
        struct path place = {.up = path, .name = missing->name, .decoded = true};
        return walk_trouble(walk, MISFIT, REASON_MISSING, &place, (js_span){NULL, 0});
    }
    return close_container(walk, object.did_change, out, since(walk, start), '}');
}

/* --- the record --- */

static bool is_json(const char *data, size_t size) {
    js_reader reader = js_open(data, size);
    return js_value(&reader, NULL) && js_at_end(&reader);
}

static verdict reject_whole(walk *walk, reason reason) {
    return walk_trouble(walk, MISFIT, reason, NULL, (js_span){NULL, 0}).verdict;
}

verdict record_coerce(walk *walk, const char *data, size_t size) {
    walk->reader = js_open(data, size);
    walk->out.used = walk->names.used = walk->pointers.used = 0;
    walk->event_count = 0;
    if (js_peek(&walk->reader) != JS_OBJECT) {
        return reject_whole(walk, is_json(data, size) ? REASON_NOT_AN_OBJECT : REASON_NOT_JSON);
    }
    step whole = object_coerce(walk, walk->root, NULL);
    if (whole.verdict == KEPT || whole.verdict == CHANGED) {
        return js_at_end(&walk->reader) ? whole.verdict : reject_whole(walk, REASON_NOT_JSON);
    }
    return is_json(data, size) ? MISFIT : reject_whole(walk, REASON_NOT_JSON);
}

bool walk_is_spent(const walk *walk) {
    return walk->spent || walk->out.spent || walk->text.spent || walk->compared.spent ||
           walk->scratch.spent || walk->names.spent || walk->pointers.spent ||
           walk->trouble.pointer.spent;
}

void walk_free(walk *walk) {
    buffer *const buffers[] = {&walk->out,   &walk->text,     &walk->compared,       &walk->scratch,
                               &walk->names, &walk->pointers, &walk->trouble.pointer};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        buffer_free(buffers[i]);
    }
    free(walk->events);
}

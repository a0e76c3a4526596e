#include "verdict.h"

#include <stdio.h>
#include <string.h>

enum { reason_limit = 256, value_limit = 256 };

static spw_str text_of(const char *text) {
    return (spw_str){text, strlen(text)};
}

static spw_status reject(spw_call *call, spw_event *event, int32_t signal, const char *reason) {
    event->size = sizeof *event;
    event->kind = SPW_EVENT_REJECTED;
    event->signal = signal;
    event->reason = text_of(reason);
    return call->event(call, event);
}

spw_status verdict_record(spw_call *call, uint32_t index, int32_t signal, const char *reason) {
    spw_event event = {.index = index};
    return reject(call, &event, signal, reason);
}

spw_status verdict_not_json(spw_call *call, uint32_t index, int32_t signal, const char *what,
                            const jt_tree *tree) {
    char reason[reason_limit];
    snprintf(reason, sizeof reason, "%s is not JSON: %s at byte %zu", what, tree->error,
             tree->error_at);
    return verdict_record(call, index, signal, reason);
}

static const char *kind_name(int32_t kind) {
    return kind == SPW_EVENT_COERCED    ? "coerced"
           : kind == SPW_EVENT_STRIPPED ? "stripped"
                                        : "rescued";
}

spw_status verdict_stray(spw_call *call, uint32_t index, const spw_event *from) {
    char reason[reason_limit];
    snprintf(reason, sizeof reason, "an event says that it was %s, but the record never had it",
             kind_name(from->kind));
    spw_event event = {.index = index, .pointer = from->pointer};
    return reject(call, &event, SPW_SIGNAL_DIVERGENCE, reason);
}

static const char *type_name(uint8_t type) {
    static const char *const names[] = {"nothing", "null",   "boolean", "boolean",
                                        "number",  "string", "object",  "array"};
    return names[type];
}

/* A value as written, when it is short enough to go along. */
static spw_str value_of(const jt_tree *tree, uint32_t node) {
    if (node == JT_NONE || tree->nodes[node].raw.size > value_limit) {
        return (spw_str){NULL, 0};
    }
    return (spw_str){tree->nodes[node].raw.data, tree->nodes[node].raw.size};
}

static void say_why(const comparison *c, char *reason) {
    const difference *found = &c->found;
    switch (found->kind) {
    case TYPE_CHANGED:
        snprintf(reason, reason_limit, "the type changed from %s to %s, and no event says so",
                 type_name(c->before->nodes[found->before].type),
                 type_name(c->after->nodes[found->after].type));
        break;
    case GONE:
        snprintf(reason, reason_limit, "it is gone, and no event says so");
        break;
    case APPEARED:
        snprintf(reason, reason_limit, "it appeared, and no event says so");
        break;
    case NOT_REMOVED:
        snprintf(reason, reason_limit, "an event says that it was %s, but it is still there",
                 kind_name(found->event->kind));
        break;
    case OTHER_RESULT:
        snprintf(reason, reason_limit, "it is not what the event says that it was coerced to");
        break;
    default:
        snprintf(reason, reason_limit, "the value changed, and no event says so");
    }
}

spw_status verdict_difference(spw_call *call, uint32_t index, const comparison *c) {
    char reason[reason_limit];
    say_why(c, reason);
    bool was = c->found.before != JT_NONE;
    const jt_tree *tree = was ? c->before : c->after;
    uint32_t node = was ? c->found.before : c->found.after;
    size_t size = jt_pointer(tree, node, NULL, 0);
    char *pointer = call->allocate(call, size);
    if (!pointer) {
        return SPW_OVER_BUDGET;
    }
    jt_pointer(tree, node, pointer, size);
    spw_event event = {.index = index,
                       .pointer = {pointer, size},
                       .before = value_of(c->before, c->found.before),
                       .after = value_of(c->after, c->found.after)};
    return reject(call, &event, SPW_SIGNAL_DIVERGENCE, reason);
}

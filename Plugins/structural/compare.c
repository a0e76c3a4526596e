#include "compare.h"

#include <string.h>

static bool differs(comparison *c, difference_kind kind, uint32_t before, uint32_t after,
                    const spw_event *event) {
    c->found = (difference){.kind = kind, .before = before, .after = after, .event = event};
    return false;
}

static const spw_event *mark_of(const comparison *c, uint32_t before) {
    return c->account ? c->account->marks[before] : NULL;
}

static bool is_removed(const spw_event *mark) {
    return mark && mark->kind != SPW_EVENT_COERCED;
}

static bool is_same_text(js_span a, js_span b) {
    return a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

/* Numbers as written, strings by what they say; a lone surrogate only equals itself as written. */
static bool is_same_scalar(const jt_node *a, const jt_node *b) {
    return a->lone || b->lone ? is_same_text(a->raw, b->raw) : is_same_text(a->text, b->text);
}

static int compare_names(const jt_node *a, const jt_node *b) {
    if (a->name.size != b->name.size) {
        return a->name.size < b->name.size ? -1 : 1;
    }
    return a->name.size ? memcmp(a->name.data, b->name.data, a->name.size) : 0;
}

static bool compare_nodes(comparison *c, uint32_t before, uint32_t after);

/* Whether the value that came out is what the event says: by its bytes, else by what they mean. */
static bool check_result(comparison *c, uint32_t before, uint32_t after, const spw_event *event) {
    js_span said = {event->after.data, event->after.size};
    if (is_same_text(said, c->after->nodes[after].raw)) {
        return true;
    }
    if (!jt_parse(c->result, said.data, said.size)) {
        difference_kind kind = c->result->no_memory ? NO_MEMORY : OTHER_RESULT;
        return differs(c, kind, before, after, event);
    }
    comparison inner = {.before = c->result, .after = c->after};
    return compare_nodes(&inner, 0, after) || differs(c, OTHER_RESULT, before, after, event);
}

/* Both are sorted by name, so they are walked side by side. */
static bool compare_objects(comparison *c, const jt_node *before, const jt_node *after) {
    uint32_t i = 0, j = 0;
    while (i < before->count || j < after->count) {
        uint32_t b = i < before->count ? c->before->order[before->order + i] : JT_NONE;
        uint32_t a = j < after->count ? c->after->order[after->order + j] : JT_NONE;
        int order = b == JT_NONE   ? 1
                    : a == JT_NONE ? -1
                                   : compare_names(&c->before->nodes[b], &c->after->nodes[a]);
        if (order > 0) {
            return differs(c, APPEARED, JT_NONE, a, NULL);
        }
        if (order < 0 && !is_removed(mark_of(c, b))) {
            return differs(c, GONE, b, JT_NONE, NULL);
        }
        if (order == 0 && !compare_nodes(c, b, a)) {
            return false;
        }
        i++;
        j += order == 0 ? 1 : 0;
    }
    return true;
}

/* Elements keep their order; those that were removed leave the others side by side. */
static bool compare_arrays(comparison *c, const jt_node *before, const jt_node *after) {
    uint32_t j = 0;
    for (uint32_t i = 0; i < before->count; i++) {
        uint32_t b = c->before->order[before->order + i];
        if (is_removed(mark_of(c, b))) {
            continue;
        }
        if (j == after->count) {
            return differs(c, GONE, b, JT_NONE, NULL);
        }
        if (!compare_nodes(c, b, c->after->order[after->order + j++])) {
            return false;
        }
    }
    return j == after->count ||
           differs(c, APPEARED, JT_NONE, c->after->order[after->order + j], NULL);
}

/* Recursion is as deep as a record, at most JS_MAX_DEPTH. */
static bool compare_nodes(comparison *c, uint32_t before, uint32_t after) {
    const spw_event *mark = mark_of(c, before);
    if (mark) {
        return is_removed(mark) ? differs(c, NOT_REMOVED, before, after, mark)
                                : check_result(c, before, after, mark);
    }
    const jt_node *b = &c->before->nodes[before], *a = &c->after->nodes[after];
    if (b->type != a->type) {
        bool both_boolean = (b->type == JS_TRUE || b->type == JS_FALSE) &&
                            (a->type == JS_TRUE || a->type == JS_FALSE);
        return differs(c, both_boolean ? VALUE_CHANGED : TYPE_CHANGED, before, after, NULL);
    }
    if (b->type == JS_OBJECT) {
        return compare_objects(c, b, a);
    }
    if (b->type == JS_ARRAY) {
        return compare_arrays(c, b, a);
    }
    return is_same_scalar(b, a) || differs(c, VALUE_CHANGED, before, after, NULL);
}

bool compare_records(comparison *comparison) {
    comparison->found = (difference){.kind = SAME, .before = JT_NONE, .after = JT_NONE};
    return compare_nodes(comparison, 0, 0);
}

/*
 * Every value of a record changed in every way: caught when no event says so, at the right place,
 * and let through when one does. Then random lies, which must not hurt.
 */
#include "../../common/tree.h"
#include "gate.h"

static const char *const original =
    "{\"id\":\"CVE-2024-1\",\"n\":12.50,\"big\":12345678901234567890,\"ok\":true,\"none\":null,"
    "\"tags\":[\"a\",\"b\",{\"deep\":[1,[2,{}]]}],\"o\":{\"p\":{\"q~/"
    "r\":\"\\u00e9\"},\"\":0},\"e\":[]}";

typedef enum mutation { REPLACE, REMOVE, ADD_INSIDE } mutation;

typedef struct writer {
    const jt_tree *tree;
    uint32_t target;
    mutation how;
    const char *with;
    char *at;
} writer;

static void put(writer *w, js_span text) {
    memcpy(w->at, text.data, text.size);
    w->at += text.size;
}

/* Writes a node's value with the mutation at its place. */
static void write_node(writer *w, uint32_t node) {
    const jt_node *n = &w->tree->nodes[node];
    bool here = node == w->target;
    if (here && w->how == REPLACE) {
        w->at = stpcpy(w->at, w->with);
        return;
    }
    if (n->type != JS_OBJECT && n->type != JS_ARRAY) {
        put(w, n->raw);
        return;
    }
    const char *comma = "";
    *w->at++ = n->type == JS_OBJECT ? '{' : '[';
    uint32_t item = node + 1;
    for (uint32_t i = 0; i < n->count; i++, item = w->tree->nodes[item].end) {
        if (item == w->target && w->how == REMOVE) {
            continue;
        }
        w->at = stpcpy(w->at, comma);
        comma = ",";
        if (n->type == JS_OBJECT) {
            js_span name = w->tree->nodes[item].name;
            w->at += js_escape(name.data, name.size, w->at);
            *w->at++ = ':';
        }
        write_node(w, item);
    }
    if (here && w->how == ADD_INSIDE) {
        w->at = stpcpy(stpcpy(w->at, comma), w->with);
    }
    *w->at++ = n->type == JS_OBJECT ? '}' : ']';
}

static char *mutated(const jt_tree *tree, uint32_t target, mutation how, const char *with) {
    char *text = malloc(strlen(original) * 6 + 256);
    writer w = {.tree = tree, .target = target, .how = how, .with = with, .at = text};
    write_node(&w, 0);
    *w.at = 0;
    return text;
}

static size_t caught, let_through;

/* Without an event the change is found at `pointer`; with it, it is fine. */
static void check(const char *changed, const char *pointer, const spw_event *event) {
    size_t count;
    const spw_event *found = judge(original, changed, NULL, 0, &count);
    CHECK(count == 1 && found->signal == SPW_SIGNAL_DIVERGENCE, "%s", changed);
    CHECK(kit_equal(found->pointer, pointer), "%s: %.*s", pointer, (int)found->pointer.size,
          found->pointer.data);
    caught++;
    if (event) {
        found = judge(original, changed, event, 1, &count);
        CHECK(count == 0, "%s: %.*s", changed, (int)found->reason.size, found->reason.data);
        let_through++;
    }
}

static void check_node(const jt_tree *tree, uint32_t node) {
    static const char *const values[] = {"0", "\"x\"", "null", "false", "[7]", "{\"x\":7}", "12.5"};
    char pointer[256], inner[300];
    pointer[jt_pointer(tree, node, pointer, sizeof pointer - 1)] = 0;
    const jt_node *n = &tree->nodes[node];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        bool same =
            strlen(values[i]) == n->raw.size && !memcmp(values[i], n->raw.data, n->raw.size);
        char start = *values[i];
        bool container =
            (start == '[' && n->type == JS_ARRAY) || (start == '{' && n->type == JS_OBJECT);
        if (same || container) {
            continue; /* another container of its kind differs further down */
        }
        char *text = mutated(tree, node, REPLACE, values[i]);
        spw_event event = about(SPW_EVENT_COERCED, pointer, values[i]);
        check(text, pointer, &event);
        free(text);
    }
    if (node) {
        spw_event event = about(SPW_EVENT_RESCUED, pointer, "");
        char *text = mutated(tree, node, REMOVE, NULL);
        size_t count;
        judge(original, text, NULL, 0, &count);
        CHECK(count == 1, "%s", text); /* an array notices at the first that moved up */
        judge(original, text, &event, 1, &count);
        CHECK(count == 0, "%s", text);
        caught++, let_through++;
        free(text);
    }
    if (n->type == JS_OBJECT || n->type == JS_ARRAY) {
        bool object = n->type == JS_OBJECT;
        char *text = mutated(tree, node, ADD_INSIDE, object ? "\"added\":1" : "1");
        object ? snprintf(inner, sizeof inner, "%s/added", pointer)
               : snprintf(inner, sizeof inner, "%s/%u", pointer, n->count);
        check(text, inner, NULL);
        free(text);
    }
}

static uint32_t seed = 2463534242u;

static uint32_t below(uint32_t limit) {
    seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
    return seed % limit;
}

static spw_event lie(void) {
    static const char *const pointers[] = {
        "",        "/",       "/id",         "/tags/2/deep/1/1",
        "/tags/9", "/tags/-", "/o/p/q~0~1r", "/o/p/q~2",
        "/o/",     "~",       "//",          "/tags/18446744073709551617",
        "/id/x/y", "/e/0",    "/o/p/q~"};
    static const char *const texts[] = {"",     "1",           "\"CVE-2024-1\"",    "{",
                                        "[[[[", "\"\\ud800\"", "{\"a\":1,\"a\":2}", "\xFF"};
    spw_event event = about((int32_t)below(8), pointers[below(sizeof pointers / sizeof *pointers)],
                            texts[below(sizeof texts / sizeof *texts)]);
    event.index = below(4) ? 0 : below(UINT32_MAX);
    return event;
}

/* Events that lie, over bytes that are broken: a verdict, and no harm. */
static void fuzz(unsigned rounds) {
    size_t size = strlen(original), rejected = 0;
    char *text = malloc(size + 1);
    for (unsigned round = 0; round < rounds; round++) {
        memcpy(text, original, size + 1);
        for (uint32_t i = below(3); i > 0; i--) {
            text[below((uint32_t)size)] = "{}[],:\"\\0a\xC3 "[below(12)];
        }
        spw_event events[8];
        size_t event_count = below(9), count;
        for (size_t i = 0; i < event_count; i++) {
            events[i] = lie();
        }
        judge(original, text, events, event_count, &count);
        CHECK(count <= 1);
        rejected += count;
    }
    CHECK(rejected > rounds / 4 && rejected < rounds, "%zu", rejected);
    free(text);
}

/* Great records and many events take no squares of time. */
static void test_wide(void) {
    enum { members = 20000 };
    char *before = malloc(members * 40), *after = malloc(members * 40);
    char(*pointers)[16] = malloc(members * sizeof *pointers);
    spw_event *events = malloc(members * sizeof *events);
    char *b = stpcpy(before, "{\"list\":["), *a = stpcpy(after, "{\"list\":[");
    for (unsigned i = 0; i < members; i++) {
        b += sprintf(b, "%s\"%u\"", i ? "," : "", i);
        a += sprintf(a, "%s%u", i ? "," : "", i);
        snprintf(pointers[i], sizeof *pointers, "/list/%u", i);
        char *text = malloc(8);
        snprintf(text, 8, "%u", i);
        events[i] = about(SPW_EVENT_COERCED, pointers[i], text);
    }
    strcpy(b, "]}");
    strcpy(a, "]}");
    size_t count;
    judge(before, after, events, members, &count);
    CHECK(count == 0);
    const spw_event *found = judge(before, after, events, members - 1, &count);
    CHECK(count == 1 && kit_equal(found->pointer, "/list/19999"));
    for (unsigned i = 0; i < members; i++) {
        free((void *)(uintptr_t)events[i].after.data);
    }
    free(events);
    free(pointers);
    free(before);
    free(after);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    kit_plugin plugin = kit_load(argv[1]);
    gate = kit_open(&plugin, SPW_VALIDATOR, "gate", NULL, NULL, NULL);
    jt_tree tree = {0};
    CHECK(jt_parse(&tree, original, strlen(original)));
    for (uint32_t node = 0; node < tree.count; node++) {
        check_node(&tree, node);
    }
    printf("  %zu silent changes caught, %zu accounted ones let through\n", caught, let_through);
    CHECK(caught > 100 && let_through > 100);
    fuzz(50000);
    test_wide();
    jt_free(&tree);
    kit_close(&gate);
    return 0;
}

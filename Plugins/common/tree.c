#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fail(jt_tree *tree, const char *why, size_t at) {
    tree->error = why;
    tree->error_at = at;
    return false;
}

static bool out_of_memory(jt_tree *tree) {
    tree->no_memory = true;
    return fail(tree, "no memory left to read it", 0);
}

/* Room for `more` elements beyond `count`. */
static bool grow(jt_tree *tree, void **array, uint32_t *room, uint32_t count, uint32_t more,
                 size_t element) {
    if (more <= *room - count) {
        return true;
    }
    uint64_t larger = *room ? (uint64_t)*room * 2 : 64;
    while (larger - count < more) {
        larger *= 2;
    }
    if (larger > UINT32_MAX || larger > SIZE_MAX / element) {
        return out_of_memory(tree);
    }
    void *moved = realloc(*array, (size_t)larger * element);
    if (!moved) {
        return out_of_memory(tree);
    }
    *array = moved;
    *room = (uint32_t)larger;
    return true;
}

/* The text of a string as written. `limit` is the size of the whole JSON text: all decoded strings
 * of it fit in as much, so the room never moves under views that were handed out. */
static bool decode(jt_tree *tree, js_span raw, size_t limit, js_span *text, bool *lone) {
    js_span inner = {raw.data + 1, raw.size - 2};
    if (!memchr(inner.data, '\\', inner.size)) {
        *text = inner;
        return true;
    }
    if (!tree->decoded_used && tree->decoded_room < limit) {
        free(tree->decoded);
        tree->decoded_room = 0;
        tree->decoded = malloc(limit);
        if (!tree->decoded) {
            return out_of_memory(tree);
        }
        tree->decoded_room = limit;
    }
    char *room = tree->decoded + tree->decoded_used;
    size_t size = js_unescape(raw, room);
    if (size == SIZE_MAX) {
        *text = inner;
        *lone = true;
        return true;
    }
    *text = (js_span){room, size};
    tree->decoded_used += size;
    return true;
}

static int compare_names(js_span a, js_span b) {
    if (a.size != b.size) {
        return a.size < b.size ? -1 : 1;
    }
    return !a.size ? 0 : memcmp(a.data, b.data, a.size);
}

static bool is_before(const jt_tree *tree, uint32_t a, uint32_t b) {
    int order = compare_names(tree->nodes[a].name, tree->nodes[b].name);
    return order ? order < 0 : a < b;
}

static void insertion_sort(const jt_tree *tree, uint32_t *members, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        uint32_t moving = members[i], at = i;
        for (; at && is_before(tree, moving, members[at - 1]); at--) {
            members[at] = members[at - 1];
        }
        members[at] = moving;
    }
}

static void sift_down(const jt_tree *tree, uint32_t *heap, uint32_t at, uint32_t count) {
    uint32_t moving = heap[at];
    for (;;) {
        uint64_t child = (uint64_t)at * 2 + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && is_before(tree, heap[child], heap[child + 1])) {
            child++;
        }
        if (!is_before(tree, moving, heap[child])) {
            break;
        }
        heap[at] = heap[child];
        at = (uint32_t)child;
    }
    heap[at] = moving;
}

/* Heap sort, since no order of names makes it slow. */
static void heap_sort(const jt_tree *tree, uint32_t *members, uint32_t count) {
    for (uint32_t at = count / 2; at-- > 0;) {
        sift_down(tree, members, at, count);
    }
    for (uint32_t last = count - 1; last > 0; last--) {
        uint32_t largest = members[0];
        members[0] = members[last];
        members[last] = largest;
        sift_down(tree, members, 0, last);
    }
}

/* Sorts, and looks for a name that is there twice. */
static void sort_members(jt_tree *tree, uint32_t *members, uint32_t count) {
    if (count <= 16) {
        insertion_sort(tree, members, count);
    } else {
        heap_sort(tree, members, count);
    }
    for (uint32_t i = 1; i < count; i++) {
        bool same =
            compare_names(tree->nodes[members[i - 1]].name, tree->nodes[members[i]].name) == 0;
        if (same && members[i] < tree->duplicate) {
            tree->duplicate = members[i];
        }
    }
}

/* Lists the items of an object or array in place order, and sorts members. */
static bool list_items(jt_tree *tree, uint32_t container) {
    jt_node *node = &tree->nodes[container];
    node->order = tree->order_count;
    if (!grow(tree, (void **)&tree->order, &tree->order_room, tree->order_count, node->count,
              sizeof(uint32_t))) {
        return false;
    }
    uint32_t *items = tree->order + tree->order_count;
    tree->order_count += node->count;
    uint32_t at = container + 1;
    for (uint32_t i = 0; i < node->count; i++) {
        items[i] = at;
        at = tree->nodes[at].end;
    }
    if (node->type == JS_OBJECT) {
        sort_members(tree, items, node->count);
    }
    return true;
}

static bool add_node(jt_tree *tree, js_reader *reader, uint32_t parent, const js_span *name,
                     uint32_t *added) {
    js_type type = js_peek(reader);
    if (!type) {
        return fail(tree, reader->error, js_offset(reader));
    }
    if (!grow(tree, (void **)&tree->nodes, &tree->room, tree->count, 1, sizeof(jt_node))) {
        return false;
    }
    uint32_t index = tree->count++;
    jt_node *node = &tree->nodes[index];
    *node = (jt_node){.type = (uint8_t)type, .parent = parent, .end = index + 1};
    if (parent != JT_NONE) {
        node->position = tree->nodes[parent].count++;
    }
    size_t limit = (size_t)(reader->end - reader->start);
    if (name && !decode(tree, *name, limit, &node->name, &node->lone)) {
        return false;
    }
    if (type == JS_OBJECT || type == JS_ARRAY) {
        node->raw.data = reader->at;
        if (!js_enter(reader)) {
            return fail(tree, reader->error, js_offset(reader));
        }
    } else {
        if (!js_value(reader, &node->raw)) {
            return fail(tree, reader->error, js_offset(reader));
        }
        node->text = node->raw;
        if (type == JS_STRING && !decode(tree, node->raw, limit, &node->text, &node->lone)) {
            return false;
        }
    }
    if (node->lone && tree->lone == JT_NONE) {
        tree->lone = index;
    }
    *added = index;
    return true;
}

/* Ends an object or array whose last item was read. */
static bool close_container(jt_tree *tree, js_reader *reader, uint32_t index) {
    jt_node *node = &tree->nodes[index];
    node->end = tree->count;
    node->raw.size = (size_t)(reader->at - node->raw.data);
    node->text = node->raw;
    return list_items(tree, index);
}

static bool is_container(const jt_tree *tree, uint32_t node) {
    return tree->nodes[node].type == JS_OBJECT || tree->nodes[node].type == JS_ARRAY;
}

static bool parse_root(jt_tree *tree, js_reader *reader) {
    uint32_t open = JT_NONE, added;
    if (!add_node(tree, reader, JT_NONE, NULL, &added)) {
        return false;
    }
    if (is_container(tree, added)) {
        open = added;
    }
    while (open != JT_NONE) {
        bool object = tree->nodes[open].type == JS_OBJECT;
        js_span name;
        if (object ? js_member(reader, &name) : js_element(reader)) {
            if (!add_node(tree, reader, open, object ? &name : NULL, &added)) {
                return false;
            }
            if (is_container(tree, added)) {
                open = added;
            }
        } else if (reader->error) {
            return fail(tree, reader->error, js_offset(reader));
        } else {
            if (!close_container(tree, reader, open)) {
                return false;
            }
            open = tree->nodes[open].parent;
        }
    }
    return js_at_end(reader) || fail(tree, "something after the value", js_offset(reader));
}

bool jt_parse(jt_tree *tree, const char *data, size_t size) {
    tree->count = tree->order_count = 0;
    tree->decoded_used = 0;
    tree->duplicate = tree->lone = JT_NONE;
    tree->error = NULL;
    tree->error_at = 0;
    tree->no_memory = false;
    if (size >= UINT32_MAX) {
        return fail(tree, "larger than 4 GiB", 0);
    }
    js_reader reader = js_open(data ? data : "", size);
    return parse_root(tree, &reader);
}

void jt_free(jt_tree *tree) {
    free(tree->nodes);
    free(tree->order);
    free(tree->decoded);
    *tree = (jt_tree){0};
}

uint32_t jt_find(const jt_tree *tree, uint32_t object, const char *name, size_t size) {
    const jt_node *node = &tree->nodes[object];
    if (node->type != JS_OBJECT) {
        return JT_NONE;
    }
    const uint32_t *members = tree->order + node->order;
    uint32_t low = 0, high = node->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_names(tree->nodes[members[middle]].name, (js_span){name, size}) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == node->count ||
        compare_names(tree->nodes[members[low]].name, (js_span){name, size}) != 0) {
        return JT_NONE;
    }
    return members[low];
}

/* Whether a token as written in a pointer says this name. */
static bool token_is(js_span token, js_span name) {
    size_t at = 0;
    for (size_t i = 0; i < token.size; i++, at++) {
        char c = token.data[i];
        if (c == '~') {
            i++;
            if (i == token.size || (token.data[i] != '0' && token.data[i] != '1')) {
                return false;
            }
            c = token.data[i] == '0' ? '~' : '/';
        }
        if (at == name.size || name.data[at] != c) {
            return false;
        }
    }
    return at == name.size;
}

/* Without '~' a token is a name; with it, it is decoded when it is short, else each is compared. */
static uint32_t find_token(const jt_tree *tree, uint32_t object, js_span token) {
    if (!memchr(token.data, '~', token.size)) {
        return jt_find(tree, object, token.data, token.size);
    }
    char name[256];
    if (token.size <= sizeof name) {
        size_t used = 0;
        for (size_t i = 0; i < token.size; i++) {
            char c = token.data[i];
            if (c == '~') {
                i++;
                if (i == token.size || (token.data[i] != '0' && token.data[i] != '1')) {
                    return JT_NONE;
                }
                c = token.data[i] == '0' ? '~' : '/';
            }
            name[used++] = c;
        }
        return jt_find(tree, object, name, used);
    }
    uint32_t at = object + 1;
    for (uint32_t i = 0; i < tree->nodes[object].count; i++, at = tree->nodes[at].end) {
        if (token_is(token, tree->nodes[at].name)) {
            return at;
        }
    }
    return JT_NONE;
}

static uint32_t find_element(const jt_tree *tree, uint32_t array, js_span token) {
    if (!token.size || token.size > 10 || (token.data[0] == '0' && token.size > 1)) {
        return JT_NONE;
    }
    uint64_t wanted = 0;
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] < '0' || token.data[i] > '9') {
            return JT_NONE;
        }
        wanted = wanted * 10 + (uint64_t)(token.data[i] - '0');
    }
    if (wanted >= tree->nodes[array].count) {
        return JT_NONE;
    }
    return tree->order[tree->nodes[array].order + wanted];
}

uint32_t jt_resolve(const jt_tree *tree, uint32_t node, const char *pointer, size_t size) {
    if (!size) {
        return node;
    }
    const char *at = pointer, *end = pointer + size;
    while (node != JT_NONE && at < end) {
        if (*at++ != '/') {
            return JT_NONE;
        }
        const char *slash = memchr(at, '/', (size_t)(end - at));
        js_span token = {at, (size_t)((slash ? slash : end) - at)};
        at += token.size;
        uint8_t type = tree->nodes[node].type;
        node = type == JS_OBJECT  ? find_token(tree, node, token)
               : type == JS_ARRAY ? find_element(tree, node, token)
                                  : JT_NONE;
    }
    return node;
}

static size_t put(char c, char *room, size_t size, size_t used) {
    if (used < size) {
        room[used] = c;
    }
    return used + 1;
}

size_t jt_pointer_token(const char *name, size_t name_size, char *room, size_t size, size_t used) {
    used = put('/', room, size, used);
    for (size_t i = 0; i < name_size; i++) {
        if (name[i] == '~' || name[i] == '/') {
            used = put('~', room, size, used);
            used = put(name[i] == '~' ? '0' : '1', room, size, used);
        } else {
            used = put(name[i], room, size, used);
        }
    }
    return used;
}

size_t jt_pointer(const jt_tree *tree, uint32_t node, char *room, size_t size) {
    uint32_t path[JS_MAX_DEPTH + 1];
    size_t depth = 0;
    for (; tree->nodes[node].parent != JT_NONE; node = tree->nodes[node].parent) {
        path[depth++] = node;
    }
    size_t used = 0;
    while (depth--) {
        const jt_node *at = &tree->nodes[path[depth]];
        char number[16];
        js_span token = at->name;
        if (tree->nodes[at->parent].type == JS_ARRAY) {
            token = (js_span){number, (size_t)snprintf(number, sizeof number, "%u", at->position)};
        }
        used = jt_pointer_token(token.data, token.size, room, size, used);
    }
    return used;
}

/*
 * A JSON text as a tree that can be walked at will, on top of the reader in json.h, for plugins.
 *
 * Nodes lie in document order in one array; the subtree of node n is [n, nodes[n].end). Strings are
 * decoded, numbers stay as written. The members of each object are sorted too, so that looking one
 * up, or matching two objects, costs no more than n log n whatever a hostile record says.
 *
 * A tree is used again and again: its buffers grow to what its texts need and are kept, so that a
 * text that fits allocates nothing. Views point into the text that was parsed, or into the tree;
 * both hold until the next parse.
 */
#ifndef SPILLWAY_PLUGINS_TREE_H
#define SPILLWAY_PLUGINS_TREE_H

#include "json.h"

#ifdef __cplusplus
extern "C" {
#endif

#define JT_NONE UINT32_MAX

typedef struct jt_node {
    uint8_t type;      /* js_type */
    bool lone;         /* the name or the text holds a lone surrogate and is left as written */
    uint32_t parent;   /* JT_NONE: the root */
    uint32_t position; /* in its parent, from 0 */
    uint32_t end;      /* one past the subtree: the next sibling, when there is one */
    uint32_t count;    /* members or elements */
    uint32_t order;    /* where its items start in jt_tree.order; members are sorted there */
    js_span name;      /* member: decoded, without quotes */
    js_span text;      /* string: decoded, without quotes; else as `raw` */
    js_span raw;       /* the value as written */
} jt_node;

typedef struct jt_tree {
    jt_node *nodes;
    uint32_t count, room;
    uint32_t *order; /* elements by place; members by size of name, name, and place */
    uint32_t order_count, order_room;
    char *decoded;
    size_t decoded_used, decoded_room;
    uint32_t duplicate; /* a member whose name its object has already, or JT_NONE */
    uint32_t lone;      /* the first node with a lone surrogate, or JT_NONE */
    const char *error;  /* static text */
    size_t error_at;    /* byte */
    bool no_memory;     /* the error is that memory ran out */
} jt_tree;

/* Parses one whole JSON text; false: tree->error. A zeroed tree is an empty one. */
bool jt_parse(jt_tree *tree, const char *data, size_t size);
void jt_free(jt_tree *tree);

/* The member of an object with this name (of several: the first), or JT_NONE. */
uint32_t jt_find(const jt_tree *tree, uint32_t object, const char *name, size_t size);
/* What an RFC 6901 JSON Pointer, counted from `node`, points to, or JT_NONE. */
uint32_t jt_resolve(const jt_tree *tree, uint32_t node, const char *pointer, size_t size);
/* The JSON Pointer of a node into room, as much as fits; returns its whole size. */
size_t jt_pointer(const jt_tree *tree, uint32_t node, char *room, size_t size);
/* Appends one token, '/' included, at `used`, as much as fits; returns the new whole size. */
size_t jt_pointer_token(const char *name, size_t name_size, char *room, size_t size, size_t used);

#ifdef __cplusplus
}
#endif

#endif

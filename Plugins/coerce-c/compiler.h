/*
 * What the files that compile a contract share: plan.c, schema.c, annotations.c.
 */
#ifndef COERCE_COMPILER_H
#define COERCE_COMPILER_H

#include <string.h>

#include "plan.h"

/* Memory of a plan. */
typedef struct plan_block {
    struct plan_block *next;
    _Alignas(16) char data[];
} plan_block;

typedef struct compiler {
    jt_tree *tree;
    spw_call *call;
    spw_str contract_name;
    plan_block **blocks;
    uint32_t levels;
    uint32_t fields; /* so far */
    bool no_memory;
} compiler;

/* Zeroed memory that lives as long as the plan; NULL after having said so. */
void *compiler_take(compiler *compiler, size_t count, size_t size);
/* Says why the contract can't be used, naming the node's pointer; false. */
bool compiler_refuse(compiler *compiler, uint32_t node, const char *why);

static inline uint32_t compiler_find(const compiler *compiler, uint32_t object, const char *name) {
    return jt_find(compiler->tree, object, name, strlen(name));
}
static inline const jt_node *compiler_node(const compiler *compiler, uint32_t node) {
    return &compiler->tree->nodes[node];
}
static inline bool compiler_is(const compiler *compiler, uint32_t node, const char *text) {
    js_span is = compiler->tree->nodes[node].text;
    return compiler->tree->nodes[node].type == JS_STRING && is.size == strlen(text) &&
           memcmp(is.data, text, is.size) == 0;
}

/* A keyword's value into *flag, *number or *list; absent: unchanged. False: refused. */
bool compiler_flag(compiler *compiler, uint32_t object, const char *keyword, bool *flag);
bool compiler_number(compiler *compiler, uint32_t object, const char *keyword, uint64_t least,
                     uint64_t most, uint64_t *number);
bool compiler_texts(compiler *compiler, uint32_t object, const char *keyword, texts *list);
/* The digits of a unit, "s" 0, "ms" 3, "us" 6, "ns" 9; UINT32_MAX for none of them. */
uint32_t compiler_unit(const compiler *compiler, uint32_t node);

/* The contract's root into the field of the record. */
bool schema_read_record(compiler *compiler, field *root);
/* From a schema through its $ref, and those behind it, to the one that says the type; each counts
 * as a level of depth. False: refused. */
bool reference_follow(compiler *compiler, uint32_t *schema, uint32_t *depth);
/* Whether a property is a key: its schema says so, or one that it refers to. */
bool reference_is_key(compiler *compiler, uint32_t schema, bool *key);
/* x-coerce of a schema into its field. */
bool annotations_read(compiler *compiler, uint32_t schema, field *field);

#endif

/*
 * $ref inside a contract.
 */
#include <string.h>

#include "compiler.h"

/* What a $ref points to; false: refused. */
static bool resolve(compiler *compiler, uint32_t reference, uint32_t *schema) {
    js_span text = compiler_node(compiler, reference)->text;
    bool usable = compiler_node(compiler, reference)->type == JS_STRING && text.size &&
                  text.data[0] == '#' && !memchr(text.data, '%', text.size);
    uint32_t found = usable ? jt_resolve(compiler->tree, 0, text.data + 1, text.size - 1) : JT_NONE;
    if (found == JT_NONE) {
        return compiler_refuse(compiler, reference,
                               "coercion follows only # and a pointer to what the contract has");
    }
    *schema = found;
    return true;
}

static uint32_t find_reference(const compiler *compiler, uint32_t schema) {
    return compiler_node(compiler, schema)->type == JS_OBJECT
               ? compiler_find(compiler, schema, "$ref")
               : JT_NONE;
}

/* In one draft what stands beside a $ref is ignored, in another it counts: so it may say nothing.
 */
static bool refuse_siblings(compiler *compiler, uint32_t schema) {
    static const char *const refused[] = {
        "type",    "format",    "enum",      "properties",  "required", "additionalProperties",
        "items",   "minLength", "maxLength", "x-precision", "x-scale",  "x-time-precision",
        "x-coerce"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        uint32_t found = compiler_find(compiler, schema, refused[i]);
        if (found != JT_NONE) {
            return compiler_refuse(compiler, found, "has to stand in the schema that $ref names");
        }
    }
    return true;
}

bool reference_follow(compiler *compiler, uint32_t *schema, uint32_t *depth) {
    uint32_t reference;
    while ((reference = find_reference(compiler, *schema)) != JT_NONE) {
        if (!refuse_siblings(compiler, *schema) || !resolve(compiler, reference, schema)) {
            return false;
        }
        if (++*depth > PLAN_MAX_DEPTH) {
            return compiler_refuse(compiler, reference, "more than 64 nested schemas");
        }
    }
    return true;
}

bool reference_is_key(compiler *compiler, uint32_t schema, bool *key) {
    *key = false;
    for (uint32_t i = 0; i < PLAN_MAX_DEPTH && !*key; i++) {
        if (compiler_node(compiler, schema)->type != JS_OBJECT) {
            return true;
        }
        if (!compiler_flag(compiler, schema, "x-key", key)) {
            return false;
        }
        uint32_t reference = find_reference(compiler, schema);
        if (reference == JT_NONE) {
            return true;
        }
        if (!resolve(compiler, reference, &schema)) {
            return false;
        }
    }
    return true;
}

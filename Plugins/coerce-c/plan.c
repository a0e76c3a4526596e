#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "../common/say.h"
#include "compiler.h"

struct plan {
    jt_tree tree;
    char *text; /* what the tree's views point into */
    plan_block *blocks;
    field root;
    uint32_t levels;
};

static bool parse(plan *plan, const spw_create *create, spw_call *call) {
    plan->text = malloc(create->contract.size);
    if (!plan->text) {
        say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for the contract");
        return false;
    }
    memcpy(plan->text, create->contract.data, create->contract.size);
    if (!jt_parse(&plan->tree, plan->text, create->contract.size)) {
        say_invalid(call, "contract %.*s is not JSON, at byte %zu: %s",
                    (int)create->contract_name.size, create->contract_name.data,
                    plan->tree.error_at, plan->tree.error);
        return false;
    }
    return true;
}

spw_status plan_make(const spw_create *create, spw_call *call, plan **made) {
    if (!create->contract.size) {
        return say_invalid(call, "coercion needs a contract; the pipeline has none");
    }
    plan *plan = calloc(1, sizeof *plan);
    if (!plan) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for the plan of the contract");
    }
    compiler compiler = {.tree = &plan->tree,
                         .call = call,
                         .contract_name = create->contract_name,
                         .blocks = &plan->blocks};
    if (!parse(plan, create, call) || !schema_read_record(&compiler, &plan->root)) {
        bool no_memory = compiler.no_memory || plan->tree.no_memory || !plan->text;
        plan_free(plan);
        return no_memory ? SPW_FAILED : SPW_INVALID;
    }
    plan->levels = compiler.levels;
    *made = plan;
    return SPW_OK;
}

void plan_free(plan *plan) {
    for (plan_block *at = plan->blocks; at;) {
        plan_block *next = at->next;
        free(at);
        at = next;
    }
    jt_free(&plan->tree);
    free(plan->text);
    free(plan);
}

const field *plan_root(const plan *plan) {
    return &plan->root;
}

uint32_t plan_levels(const plan *plan) {
    return plan->levels;
}

uint64_t plan_hash(uint64_t seed, const char *text, size_t size) {
    const uint64_t factor = 0x9E3779B97F4A7C15u;
    uint64_t hash = (seed ^ size) * factor;
    for (; size >= 8; text += 8, size -= 8) {
        uint64_t eight;
        memcpy(&eight, text, 8);
        hash = (hash ^ eight) * factor;
        hash ^= hash >> 29;
    }
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (uint8_t)text[i]) * factor;
    }
    return hash ^ hash >> 32;
}

uint32_t plan_find(const field *object, const char *name, size_t size) {
    uint32_t at = (uint32_t)plan_hash(0, name, size) & object->slot_mask;
    for (; object->slots[at] != PLAN_NO_MEMBER; at = (at + 1) & object->slot_mask) {
        js_span is = object->members[object->slots[at]].name;
        if (is.size == size && memcmp(is.data, name, size) == 0) {
            return object->slots[at];
        }
    }
    return PLAN_NO_MEMBER;
}

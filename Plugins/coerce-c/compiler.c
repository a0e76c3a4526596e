#include "compiler.h"

#include <stdlib.h>
#include <string.h>

#include "../common/say.h"

void *compiler_take(compiler *compiler, size_t count, size_t size) {
    plan_block *block = calloc(1, sizeof(plan_block) + (count ? count : 1) * size);
    if (!block) {
        compiler->no_memory = true;
        say_fail(compiler->call, SPW_SIGNAL_OVER_BUDGET, "no memory for the plan of the contract");
        return NULL;
    }
    block->next = *compiler->blocks;
    *compiler->blocks = block;
    return block->data;
}

bool compiler_refuse(compiler *compiler, uint32_t node, const char *why) {
    char pointer[512];
    size_t size = jt_pointer(compiler->tree, node, pointer, sizeof pointer);
    size = size < sizeof pointer ? size : sizeof pointer;
    say_invalid(compiler->call, "contract %.*s, at '%.*s': %s", (int)compiler->contract_name.size,
                compiler->contract_name.data, (int)size, pointer, why);
    return false;
}

bool compiler_flag(compiler *compiler, uint32_t object, const char *keyword, bool *flag) {
    uint32_t node = compiler_find(compiler, object, keyword);
    if (node == JT_NONE) {
        return true;
    }
    js_type type = compiler_node(compiler, node)->type;
    *flag = type == JS_TRUE;
    return type == JS_TRUE || type == JS_FALSE ||
           compiler_refuse(compiler, node, "neither true nor false");
}

bool compiler_number(compiler *compiler, uint32_t object, const char *keyword, uint64_t least,
                     uint64_t most, uint64_t *number) {
    uint32_t node = compiler_find(compiler, object, keyword);
    if (node == JT_NONE) {
        return true;
    }
    js_span text = compiler_node(compiler, node)->text;
    bool digits = compiler_node(compiler, node)->type == JS_NUMBER && text.size <= 18;
    uint64_t value = 0;
    for (size_t i = 0; digits && i < text.size; i++) {
        digits = text.data[i] >= '0' && text.data[i] <= '9';
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    *number = value;
    return (digits && value >= least && value <= most) ||
           compiler_refuse(compiler, node, "not a whole number in the range of this keyword");
}

bool compiler_texts(compiler *compiler, uint32_t object, const char *keyword, texts *list) {
    uint32_t node = compiler_find(compiler, object, keyword);
    if (node == JT_NONE) {
        return true;
    }
    uint32_t count = compiler_node(compiler, node)->count;
    if (compiler_node(compiler, node)->type != JS_ARRAY) {
        return compiler_refuse(compiler, node, "not an array of strings");
    }
    js_span *items = compiler_take(compiler, count, sizeof *items);
    if (!items) {
        return false;
    }
    uint32_t at = node + 1;
    for (uint32_t i = 0; i < count; i++, at = compiler_node(compiler, at)->end) {
        if (compiler_node(compiler, at)->type != JS_STRING) {
            return compiler_refuse(compiler, at, "not a string");
        }
        items[i] = compiler_node(compiler, at)->text;
    }
    *list = (texts){items, count};
    return true;
}

uint32_t compiler_unit(const compiler *compiler, uint32_t node) {
    static const char *const units[] = {"s", "ms", "us", "ns"};
    for (uint32_t i = 0; i < 4; i++) {
        if (compiler_is(compiler, node, units[i])) {
            return i * 3;
        }
    }
    return UINT32_MAX;
}

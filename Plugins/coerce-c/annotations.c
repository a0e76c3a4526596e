#include <string.h>

#include "compiler.h"
#include "moment.h"

static bool is_known(js_span key) {
    static const char *const known[] = {"trim",
                                        "empty_as_null",
                                        "leading_zeros",
                                        "boolean_as_integer",
                                        "integer_as_boolean",
                                        "json_as_text",
                                        "to_utc",
                                        "wrap",
                                        "allow",
                                        "round",
                                        "true",
                                        "false",
                                        "formats",
                                        "zone",
                                        "epoch",
                                        "split"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (key.size == strlen(known[i]) && memcmp(key.data, known[i], key.size) == 0) {
            return true;
        }
    }
    return false;
}

static bool refuse_unknown(compiler *compiler, uint32_t object) {
    uint32_t at = object + 1;
    for (uint32_t i = 0; i < compiler_node(compiler, object)->count; i++) {
        if (!is_known(compiler_node(compiler, at)->name)) {
            return compiler_refuse(compiler, at, "not a key of x-coerce");
        }
        at = compiler_node(compiler, at)->end;
    }
    return true;
}

static bool read_flags(compiler *compiler, uint32_t object, field *field) {
    return compiler_flag(compiler, object, "trim", &field->trim) &&
           compiler_flag(compiler, object, "empty_as_null", &field->empty_as_null) &&
           compiler_flag(compiler, object, "leading_zeros", &field->leading_zeros) &&
           compiler_flag(compiler, object, "boolean_as_integer", &field->boolean_as_integer) &&
           compiler_flag(compiler, object, "integer_as_boolean", &field->integer_as_boolean) &&
           compiler_flag(compiler, object, "json_as_text", &field->json_as_text) &&
           compiler_flag(compiler, object, "to_utc", &field->to_utc) &&
           compiler_flag(compiler, object, "wrap", &field->wrap);
}

static bool read_allowed(compiler *compiler, uint32_t object, field *field) {
    texts allowed = {NULL, 0};
    if (!compiler_texts(compiler, object, "allow", &allowed)) {
        return false;
    }
    for (size_t i = 0; i < allowed.count; i++) {
        js_span one = allowed.items[i];
        if (one.size == 9 && memcmp(one.data, "precision", 9) == 0) {
            field->allow_precision = true;
        } else if (one.size == 10 && memcmp(one.data, "truncation", 10) == 0) {
            field->allow_truncation = true;
        } else {
            return compiler_refuse(compiler, compiler_find(compiler, object, "allow"),
                                   "a loss that is neither \"precision\" nor \"truncation\"");
        }
    }
    uint32_t round = compiler_find(compiler, object, "round");
    field->round_half_even = round != JT_NONE && compiler_is(compiler, round, "half-even");
    return round == JT_NONE || field->round_half_even ||
           compiler_refuse(compiler, round, "not \"half-even\", the one way to round");
}

static bool read_booleans(compiler *compiler, uint32_t object, field *field) {
    if (!compiler_texts(compiler, object, "true", &field->true_texts) ||
        !compiler_texts(compiler, object, "false", &field->false_texts)) {
        return false;
    }
    for (size_t i = 0; i < field->true_texts.count; i++) {
        js_span a = field->true_texts.items[i];
        bool both = a.size == 5 && memcmp(a.data, "false", 5) == 0;
        for (size_t j = 0; !both && j < field->false_texts.count; j++) {
            js_span b = field->false_texts.items[j];
            both = a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
        }
        if (both) {
            return compiler_refuse(compiler, compiler_find(compiler, object, "true"),
                                   "a text that means both true and false");
        }
    }
    for (size_t j = 0; j < field->false_texts.count; j++) {
        js_span b = field->false_texts.items[j];
        if (b.size == 4 && memcmp(b.data, "true", 4) == 0) {
            return compiler_refuse(compiler, compiler_find(compiler, object, "false"),
                                   "a text that means both true and false");
        }
    }
    return true;
}

static bool read_formats(compiler *compiler, uint32_t object, field *field) {
    if (!compiler_texts(compiler, object, "formats", &field->formats)) {
        return false;
    }
    bool dated = field->target == TARGET_DATE || field->target == TARGET_DATE_TIME;
    for (size_t i = 0; dated && i < field->formats.count; i++) {
        if (!moment_is_format(field->formats.items[i], field->target == TARGET_DATE_TIME)) {
            return compiler_refuse(
                compiler, compiler_find(compiler, object, "formats"),
                field->target == TARGET_DATE
                    ? "a form of a date has YYYY, MM and DD, each once, and no other token"
                    : "a form of a date-time has YYYY, MM, DD, HH and mm, each once, and ss or "
                      "not");
        }
    }
    return true;
}

static bool read_times(compiler *compiler, uint32_t object, field *field) {
    uint32_t zone = compiler_find(compiler, object, "zone");
    if (zone != JT_NONE) {
        field->zone = compiler_node(compiler, zone)->text;
        if (compiler_node(compiler, zone)->type != JS_STRING || !moment_is_zone(field->zone)) {
            return compiler_refuse(compiler, zone, "neither \"Z\" nor like \"+01:00\"");
        }
    }
    uint32_t epoch = compiler_find(compiler, object, "epoch");
    if (epoch != JT_NONE) {
        field->has_epoch = true;
        field->epoch_digits = compiler_unit(compiler, epoch);
        if (field->epoch_digits == UINT32_MAX) {
            return compiler_refuse(compiler, epoch, "neither \"s\", \"ms\", \"us\" nor \"ns\"");
        }
    }
    return true;
}

static bool read_split(compiler *compiler, uint32_t object, field *field) {
    uint32_t split = compiler_find(compiler, object, "split");
    if (split == JT_NONE) {
        return true;
    }
    field->split = compiler_node(compiler, split)->text;
    return (compiler_node(compiler, split)->type == JS_STRING && field->split.size) ||
           compiler_refuse(compiler, split, "not a text to split at");
}

bool annotations_read(compiler *compiler, uint32_t schema, field *field) {
    uint32_t object = compiler_find(compiler, schema, "x-coerce");
    if (object == JT_NONE) {
        return true;
    }
    if (compiler_node(compiler, object)->type != JS_OBJECT) {
        return compiler_refuse(compiler, object, "not an object");
    }
    if (field->target == TARGET_ANY && compiler_node(compiler, object)->count) {
        return compiler_refuse(compiler, object, "nothing to coerce to: the schema needs one type");
    }
    if (!refuse_unknown(compiler, object) || !read_flags(compiler, object, field) ||
        !read_allowed(compiler, object, field) || !read_booleans(compiler, object, field) ||
        !read_formats(compiler, object, field) || !read_times(compiler, object, field) ||
        !read_split(compiler, object, field)) {
        return false;
    }
    return !field->empty_as_null || field->nullable ||
           compiler_refuse(compiler, compiler_find(compiler, object, "empty_as_null"),
                           "needs a type that may be null");
}

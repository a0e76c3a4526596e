/*
 * One value: the steps that come before its target's own rule, that rule, and those after it
 * (docs/coercion.md, section 3).
 */
#include <string.h>

#include "number.h"
#include "walk.h"

static outcome source_convert(walk *walk, const field *field, source source);

/* --- enum --- */

/* The text of a JSON string; false when memory ran out. */
static bool decode(js_span raw, buffer *room, js_span *text) {
    *text = (js_span){raw.data + 1, raw.size - 2};
    if (!memchr(text->data, '\\', text->size)) {
        return true;
    }
    room->used = 0;
    char *decoded = buffer_reserve(room, raw.size);
    if (!decoded) {
        return false;
    }
    text->size = js_unescape(raw, decoded);
    text->data = decoded;
    return true;
}

static bool equals_constant(walk *walk, js_span result, const constant *constant) {
    if (constant->type == JS_STRING) {
        js_span text;
        return *result.data == '"' && decode(result, &walk->compared, &text) &&
               spans_equal(text, constant->text);
    }
    if (constant->type == JS_NUMBER) {
        number a, b;
        return number_read(result, true, &a) && number_read(constant->text, true, &b) &&
               number_equal(&a, &b);
    }
    return spans_equal(result, constant->text);
}

static bool is_in_enum(walk *walk, const field *field, size_t mark) {
    if (!field->constants || walk->out.spent) {
        return true;
    }
    js_span result = {walk->out.data + mark, walk->out.used - mark};
    for (size_t i = 0; i < field->constant_count; i++) {
        if (equals_constant(walk, result, &field->constants[i])) {
            return true;
        }
    }
    return false;
}

/* --- texts that become arrays --- */

static outcome split_convert(walk *walk, const field *field, js_span text) {
    int32_t loss = SPW_LOSS_REPRESENTATION;
    const char *at = text.data, *end = text.data + text.size;
    buffer_put(&walk->out, '[');
    while (text.size && at) {
        const char *cut = memmem(at, (size_t)(end - at), field->split.data, field->split.size);
        source part = {.type = JS_STRING, .text = {at, (size_t)((cut ? cut : end) - at)}};
        outcome one = source_convert(walk, field->items, part);
        if (one.verdict == MISFIT) {
            return one;
        }
        loss = one.loss > loss ? one.loss : loss;
        at = cut ? cut + field->split.size : NULL;
        if (cut) {
            buffer_put(&walk->out, ',');
        }
    }
    buffer_put(&walk->out, ']');
    return changed(loss);
}

static outcome array_convert(walk *walk, const field *field, const source *source) {
    if (source->type == JS_STRING && field->split.size) {
        return split_convert(walk, field, source->text);
    }
    if (!field->wrap) {
        return misfit(REASON_WRONG_TYPE);
    }
    buffer_put(&walk->out, '[');
    outcome one = source_convert(walk, field->items, *source);
    buffer_put(&walk->out, ']');
    if (one.verdict == MISFIT) {
        return one;
    }
    return changed(one.loss > SPW_LOSS_REPRESENTATION ? one.loss : SPW_LOSS_REPRESENTATION);
}

/* --- single values --- */

static outcome target_convert(walk *walk, const field *field, const source *source) {
    buffer *out = &walk->out;
    switch (field->target) {
    case TARGET_INT8:
    case TARGET_INT16:
    case TARGET_INT32:
    case TARGET_INT64:
    case TARGET_UINT8:
    case TARGET_UINT16:
    case TARGET_UINT32:
    case TARGET_UINT64:
        return integer_convert(field, source, out);
    case TARGET_FLOAT:
    case TARGET_DOUBLE:
        return float_convert(field, source, out, &walk->scratch, walk->c);
    case TARGET_DECIMAL:
        return decimal_convert(field, source, out);
    case TARGET_BOOLEAN:
        return boolean_convert(field, source, out);
    case TARGET_STRING:
        return string_convert(field, source, out);
    case TARGET_DATE:
        return date_convert(field, source, out);
    case TARGET_DATE_TIME:
        return date_time_convert(field, source, out);
    case TARGET_UUID:
        return uuid_convert(source, out);
    case TARGET_ARRAY:
        return array_convert(walk, field, source);
    case TARGET_ENUM:
        return source->type == JS_OBJECT || source->type == JS_ARRAY ? misfit(REASON_WRONG_TYPE)
                                                                     : kept();
    case TARGET_ANY:
        return kept();
    case TARGET_NULL:
    case TARGET_OBJECT:
        break;
    }
    return misfit(REASON_WRONG_TYPE);
}

/* What is kept goes to the output as written; a text that no longer is what was written, anew. */
static outcome put_kept(walk *walk, const source *source) {
    if (source->trimmed || !source->raw.size) {
        buffer_put_text(&walk->out, source->text.data, source->text.size);
        return source->trimmed ? changed(SPW_LOSS_REPRESENTATION) : kept();
    }
    buffer_append(&walk->out, source->raw.data, source->raw.size);
    return kept();
}

/* A text decoded and trimmed; false: it has a lone surrogate. */
static bool prepare_text(walk *walk, const field *field, source *source) {
    if (!source->text.data) {
        if (!decode(source->raw, &walk->text, &source->text)) {
            walk->spent = true;
            source->text = (js_span){"", 0};
        }
        if (source->text.size == SIZE_MAX) {
            return false;
        }
    }
    if (field->trim) {
        js_span trimmed = text_trim(source->text);
        source->trimmed = source->trimmed || trimmed.size != source->text.size;
        source->text = trimmed;
    }
    return true;
}

static outcome source_convert(walk *walk, const field *field, source source) {
    size_t mark = walk->out.used;
    if (source.type == JS_NULL && field->target != TARGET_ANY) {
        bool may_be_null = field->nullable || field->target == TARGET_NULL;
        return may_be_null ? put_kept(walk, &source) : misfit(REASON_NULL_NOT_ALLOWED);
    }
    if (source.type == JS_STRING && field->target != TARGET_ANY) {
        if (!prepare_text(walk, field, &source)) {
            return misfit(REASON_LONE_SURROGATE);
        }
        if (field->empty_as_null && !source.text.size) {
            buffer_append(&walk->out, "null", 4);
            return changed(SPW_LOSS_REPRESENTATION);
        }
    }
    outcome converted = target_convert(walk, field, &source);
    if (converted.verdict == KEPT) {
        converted = put_kept(walk, &source);
    }
    if (converted.verdict != MISFIT && !is_in_enum(walk, field, mark)) {
        return misfit(REASON_NOT_IN_ENUM);
    }
    return converted;
}

/* --- values of a record --- */

/* An object where an array of objects should be. */
static step wrap_object(walk *walk, const field *field, const path *path, js_reader at) {
    struct path inside = {.up = path};
    buffer_put(&walk->out, '[');
    step one = value_coerce(walk, field->items, &inside);
    buffer_put(&walk->out, ']');
    if (one.verdict == MISFIT) {
        js_span raw;
        walk->reader = at;
        if (!js_value(&walk->reader, &raw)) {
            return walk_broken(walk);
        }
        return walk_trouble(walk, MISFIT, walk->trouble.reason, path, raw);
    }
    if (one.verdict == ABORTED) {
        return one;
    }
    bool greater = one.loss > SPW_LOSS_REPRESENTATION;
    return (step){CHANGED, greater ? one.loss : SPW_LOSS_REPRESENTATION};
}

step value_coerce(walk *walk, const field *field, const path *path) {
    js_type type = js_peek(&walk->reader);
    if (type == JS_OBJECT && field->target == TARGET_OBJECT) {
        return object_coerce(walk, field, path);
    }
    if (type == JS_ARRAY && field->target == TARGET_ARRAY) {
        return array_coerce(walk, field, path);
    }
    if (type == JS_OBJECT && field->target == TARGET_ARRAY && field->wrap) {
        return wrap_object(walk, field, path, walk->reader);
    }
    source source = {.type = type};
    if (!type || !js_value(&walk->reader, &source.raw)) {
        return walk_broken(walk);
    }
    outcome converted = source_convert(walk, field, source);
    if (converted.verdict == MISFIT) {
        return walk_trouble(walk, MISFIT, converted.reason, path, source.raw);
    }
    return (step){converted.verdict, converted.loss};
}

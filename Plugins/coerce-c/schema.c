/*
 * Schemas into fields: types, keywords, members.
 */
#include <string.h>

#include "compiler.h"

static bool refuse_keywords(compiler *compiler, uint32_t schema) {
    static const char *const refused[] = {
        "$dynamicRef",       "$recursiveRef",         "allOf",      "anyOf", "oneOf",
        "patternProperties", "unevaluatedProperties", "prefixItems"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        uint32_t found = compiler_find(compiler, schema, refused[i]);
        if (found != JT_NONE) {
            return compiler_refuse(compiler, found,
                                   "coercion does not know this keyword; write the type in place");
        }
    }
    return true;
}

/* --- types --- */

typedef enum base {
    BASE_NONE,
    BASE_INTEGER,
    BASE_NUMBER,
    BASE_BOOLEAN,
    BASE_STRING,
    BASE_ARRAY,
    BASE_OBJECT,
    BASE_NULL,
    BASE_SEVERAL
} base;

static base base_of(const compiler *compiler, uint32_t node) {
    static const struct {
        const char *name;
        base base;
    } names[] = {{"integer", BASE_INTEGER}, {"number", BASE_NUMBER}, {"boolean", BASE_BOOLEAN},
                 {"string", BASE_STRING},   {"array", BASE_ARRAY},   {"object", BASE_OBJECT},
                 {"null", BASE_NULL}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (compiler_is(compiler, node, names[i].name)) {
            return names[i].base;
        }
    }
    return BASE_NONE;
}

static bool read_type_list(compiler *compiler, uint32_t list, base *type, bool *null) {
    uint32_t count = compiler_node(compiler, list)->count;
    uint32_t at = list + 1;
    *type = BASE_NONE;
    for (uint32_t i = 0; i < count; i++, at = compiler_node(compiler, at)->end) {
        base one = base_of(compiler, at);
        if (one == BASE_NONE) {
            return compiler_refuse(compiler, at, "not a type of JSON Schema");
        }
        if (one == BASE_NULL) {
            *null = true;
        } else {
            *type = *type == BASE_NONE || *type == one ? one : BASE_SEVERAL;
        }
    }
    if (!count) {
        return compiler_refuse(compiler, list, "an empty list of types");
    }
    if (*type == BASE_NONE) {
        *type = BASE_NULL;
    }
    return true;
}

static bool read_type(compiler *compiler, uint32_t schema, base *type, bool *null) {
    *type = BASE_NONE;
    *null = false;
    uint32_t node = compiler_find(compiler, schema, "type");
    if (node == JT_NONE) {
        return true;
    }
    if (compiler_node(compiler, node)->type == JS_ARRAY) {
        return read_type_list(compiler, node, type, null);
    }
    *type = base_of(compiler, node);
    return *type != BASE_NONE || compiler_refuse(compiler, node, "not a type of JSON Schema");
}

static target integer_target(const compiler *compiler, uint32_t format) {
    static const char *const names[] = {"int8",  "int16",  "int32",  "int64",
                                        "uint8", "uint16", "uint32", "uint64"};
    for (size_t i = 0; format != JT_NONE && i < 8; i++) {
        if (compiler_is(compiler, format, names[i])) {
            return TARGET_INT8 + (target)i;
        }
    }
    return TARGET_INT64;
}

static target string_target(const compiler *compiler, uint32_t format) {
    static const struct {
        const char *name;
        target target;
    } names[] = {{"decimal", TARGET_DECIMAL},
                 {"date", TARGET_DATE},
                 {"date-time", TARGET_DATE_TIME},
                 {"uuid", TARGET_UUID}};
    for (size_t i = 0; format != JT_NONE && i < 4; i++) {
        if (compiler_is(compiler, format, names[i].name)) {
            return names[i].target;
        }
    }
    return TARGET_STRING;
}

static target target_of(const compiler *compiler, uint32_t schema, base type) {
    uint32_t format = compiler_find(compiler, schema, "format");
    switch (type) {
    case BASE_INTEGER:
        return integer_target(compiler, format);
    case BASE_NUMBER:
        return format != JT_NONE && compiler_is(compiler, format, "float") ? TARGET_FLOAT
                                                                           : TARGET_DOUBLE;
    case BASE_BOOLEAN:
        return TARGET_BOOLEAN;
    case BASE_STRING:
        return string_target(compiler, format);
    case BASE_ARRAY:
        return TARGET_ARRAY;
    case BASE_OBJECT:
        return TARGET_OBJECT;
    case BASE_NULL:
        return TARGET_NULL;
    case BASE_SEVERAL:
        return TARGET_ANY;
    case BASE_NONE:
        break;
    }
    if (compiler_find(compiler, schema, "properties") != JT_NONE) {
        return TARGET_OBJECT;
    }
    return compiler_find(compiler, schema, "enum") != JT_NONE ? TARGET_ENUM : TARGET_ANY;
}

/* --- keywords --- */

static bool read_enum(compiler *compiler, uint32_t schema, field *field, bool *has_null) {
    uint32_t node = compiler_find(compiler, schema, "enum");
    if (node == JT_NONE || field->target == TARGET_ANY) {
        return true;
    }
    if (compiler_node(compiler, node)->type != JS_ARRAY) {
        return compiler_refuse(compiler, node, "not an array");
    }
    if (field->target == TARGET_ARRAY || field->target == TARGET_OBJECT) {
        return compiler_refuse(compiler, node, "coercion knows enum only for single values");
    }
    uint32_t count = compiler_node(compiler, node)->count;
    constant *constants = compiler_take(compiler, count, sizeof *constants);
    if (!constants) {
        return false;
    }
    uint32_t at = node + 1;
    for (uint32_t i = 0; i < count; i++, at = compiler_node(compiler, at)->end) {
        const jt_node *value = compiler_node(compiler, at);
        if (value->type == JS_ARRAY || value->type == JS_OBJECT) {
            return compiler_refuse(compiler, at, "coercion knows only single values in enum");
        }
        *has_null = *has_null || value->type == JS_NULL;
        constants[i] = (constant){(js_type)value->type, value->text};
    }
    field->constants = constants;
    field->constant_count = count;
    return true;
}

static bool read_decimal(compiler *compiler, uint32_t schema, field *field) {
    uint64_t precision = 0, scale = 0;
    if (compiler_find(compiler, schema, "x-precision") == JT_NONE) {
        return compiler_refuse(compiler, schema, "a decimal needs x-precision");
    }
    if (!compiler_number(compiler, schema, "x-precision", 1, 1000, &precision) ||
        !compiler_number(compiler, schema, "x-scale", 0, precision, &scale)) {
        return false;
    }
    field->precision = (uint32_t)precision;
    field->scale = (uint32_t)scale;
    return true;
}

static bool read_details(compiler *compiler, uint32_t schema, field *field) {
    if (field->target == TARGET_DECIMAL) {
        return read_decimal(compiler, schema, field);
    }
    if (field->target == TARGET_STRING) {
        return compiler_number(compiler, schema, "minLength", 0, UINT64_MAX, &field->min_length) &&
               compiler_number(compiler, schema, "maxLength", 0, UINT64_MAX, &field->max_length);
    }
    uint32_t unit = compiler_find(compiler, schema, "x-time-precision");
    if (field->target == TARGET_DATE_TIME && unit != JT_NONE) {
        field->time_digits = compiler_unit(compiler, unit);
        return field->time_digits != UINT32_MAX ||
               compiler_refuse(compiler, unit, "neither \"s\", \"ms\", \"us\" nor \"ns\"");
    }
    return true;
}

/* --- fields --- */

static bool read_schema(compiler *compiler, uint32_t schema, field *field, uint32_t depth,
                        uint32_t level);

static bool read_items(compiler *compiler, uint32_t schema, field *array, uint32_t depth,
                       uint32_t level) {
    field *items = compiler_take(compiler, 1, sizeof *items);
    if (!items) {
        return false;
    }
    array->items = items;
    uint32_t node = compiler_find(compiler, schema, "items");
    if (node == JT_NONE) {
        return true; /* zeroed: TARGET_ANY */
    }
    return read_schema(compiler, node, items, depth + 1, level);
}

/* The number of a declared name; one that `required` alone names is added, with the target any. */
static uint32_t member_number(field *object, member *members, const field *any, js_span name) {
    for (uint32_t i = 0; i < object->member_count; i++) {
        if (members[i].name.size == name.size &&
            memcmp(members[i].name.data, name.data, name.size) == 0) {
            return i;
        }
    }
    members[object->member_count] = (member){.name = name, .field = any};
    return object->member_count++;
}

static bool read_essential(compiler *compiler, uint32_t properties, field *object, member *members,
                           texts required) {
    uint32_t *essential =
        compiler_take(compiler, object->member_count + required.count, sizeof *essential);
    const field *any = compiler_take(compiler, 1, sizeof *any);
    if (!essential || !any) {
        return false;
    }
    uint32_t declared = object->member_count;
    for (size_t i = 0; i < required.count; i++) {
        uint32_t number = member_number(object, members, any, required.items[i]);
        if (!members[number].essential) {
            members[number].essential = true;
            essential[object->essential_count++] = number;
        }
    }
    uint32_t at = properties + 1;
    for (uint32_t i = 0; i < declared; i++, at = compiler_node(compiler, at)->end) {
        bool key = false;
        if (!reference_is_key(compiler, at, &key)) {
            return false;
        }
        if (key && !members[i].essential) {
            members[i].essential = true;
            essential[object->essential_count++] = i;
        }
    }
    object->essential = essential;
    return true;
}

static bool index_members(compiler *compiler, field *object) {
    uint32_t room = 4;
    while (room < object->member_count * 2) {
        room *= 2;
    }
    uint32_t *slots = compiler_take(compiler, room, sizeof *slots);
    if (!slots) {
        return false;
    }
    memset(slots, 0xFF, room * sizeof *slots);
    object->slots = slots;
    object->slot_mask = room - 1;
    for (uint32_t i = 0; i < object->member_count; i++) {
        js_span name = object->members[i].name;
        uint32_t at = (uint32_t)plan_hash(0, name.data, name.size) & object->slot_mask;
        while (slots[at] != PLAN_NO_MEMBER) {
            at = (at + 1) & object->slot_mask;
        }
        slots[at] = i;
    }
    return true;
}

static bool read_properties(compiler *compiler, uint32_t properties, field *object, member *members,
                            uint32_t depth) {
    if (properties == JT_NONE) {
        return true;
    }
    uint32_t at = properties + 1;
    object->member_count = compiler_node(compiler, properties)->count;
    for (uint32_t i = 0; i < object->member_count; i++, at = compiler_node(compiler, at)->end) {
        field *one = compiler_take(compiler, 1, sizeof *one);
        if (!one || !read_schema(compiler, at, one, depth + 1, object->level + 1)) {
            return false;
        }
        members[i] = (member){.name = compiler_node(compiler, at)->name, .field = one};
    }
    return true;
}

static bool read_object(compiler *compiler, uint32_t schema, field *object, uint32_t depth,
                        uint32_t level) {
    object->level = level;
    compiler->levels = level + 1 > compiler->levels ? level + 1 : compiler->levels;
    bool additional = true;
    texts required = {NULL, 0};
    if (!compiler_flag(compiler, schema, "additionalProperties", &additional) ||
        !compiler_texts(compiler, schema, "required", &required)) {
        return false;
    }
    object->strip = !additional;
    uint32_t properties = compiler_find(compiler, schema, "properties");
    if (properties != JT_NONE && compiler_node(compiler, properties)->type != JS_OBJECT) {
        return compiler_refuse(compiler, properties, "not an object");
    }
    size_t room = required.count;
    room += properties == JT_NONE ? 0 : compiler_node(compiler, properties)->count;
    member *members = compiler_take(compiler, room, sizeof *members);
    object->members = members;
    return members && read_properties(compiler, properties, object, members, depth) &&
           read_essential(compiler, properties, object, members, required) &&
           index_members(compiler, object);
}

static bool read_field(compiler *compiler, uint32_t schema, field *field, base type, bool null) {
    field->target = target_of(compiler, schema, type);
    field->min_length = 0;
    field->max_length = PLAN_NO_LIMIT;
    field->time_digits = PLAN_ANY_DIGITS;
    bool has_null = false;
    if (!read_enum(compiler, schema, field, &has_null)) {
        return false;
    }
    bool may_be_null = field->target == TARGET_ENUM || null;
    field->nullable = may_be_null && (!field->constants || has_null);
    return read_details(compiler, schema, field) && annotations_read(compiler, schema, field);
}

static bool read_schema(compiler *compiler, uint32_t schema, field *field, uint32_t depth,
                        uint32_t level) {
    if (depth > PLAN_MAX_DEPTH) {
        return compiler_refuse(compiler, schema, "more than 64 nested schemas");
    }
    if (++compiler->fields > PLAN_MAX_FIELDS) {
        return compiler_refuse(compiler, schema, "more than 65536 schemas in all");
    }
    if (!reference_follow(compiler, &schema, &depth)) {
        return false;
    }
    js_type kind = compiler_node(compiler, schema)->type;
    if (kind == JS_TRUE) {
        return true; /* zeroed: TARGET_ANY */
    }
    if (kind != JS_OBJECT) {
        return compiler_refuse(compiler, schema, "neither a schema nor true");
    }
    base type;
    bool null;
    if (!refuse_keywords(compiler, schema) || !read_type(compiler, schema, &type, &null) ||
        !read_field(compiler, schema, field, type, null)) {
        return false;
    }
    if (field->target == TARGET_ARRAY) {
        return read_items(compiler, schema, field, depth, level);
    }
    return field->target != TARGET_OBJECT || read_object(compiler, schema, field, depth, level);
}

/* What is wrong with the text as a whole. */
static bool refuse_text(compiler *compiler) {
    if (compiler->tree->duplicate != JT_NONE) {
        return compiler_refuse(compiler, compiler->tree->duplicate, "named twice");
    }
    if (compiler->tree->lone != JT_NONE) {
        return compiler_refuse(compiler, compiler->tree->lone,
                               "a lone surrogate, which UTF-8 can't say");
    }
    return true;
}

bool schema_read_record(compiler *compiler, field *root) {
    uint32_t schema = 0, depth = 1;
    base type;
    bool null;
    if (!refuse_text(compiler) || !reference_follow(compiler, &schema, &depth)) {
        return false;
    }
    if (compiler_node(compiler, schema)->type != JS_OBJECT) {
        return compiler_refuse(compiler, schema, "the contract is not a JSON object");
    }
    if (!refuse_keywords(compiler, schema) || !read_type(compiler, schema, &type, &null)) {
        return false;
    }
    if (type != BASE_NONE && type != BASE_OBJECT) {
        return compiler_refuse(compiler, compiler_find(compiler, schema, "type"),
                               "a record is an object");
    }
    uint32_t values = compiler_find(compiler, schema, "enum");
    if (values != JT_NONE) {
        return compiler_refuse(compiler, values, "coercion knows enum only for single values");
    }
    root->target = TARGET_OBJECT;
    return annotations_read(compiler, schema, root) &&
           read_object(compiler, schema, root, depth, 0);
}

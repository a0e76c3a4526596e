#include "columns.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../common/say.h"
#include "../common/tree.h"

enum { most_columns = 1900, most_references = 32 };

/* A contract being read. */
typedef struct reading {
    jt_tree tree;
    spw_call *call;
    spw_str name;
} reading;

/* The member of a schema, or of what its local $ref leads to; JT_NONE: neither has it. */
static uint32_t find(const jt_tree *tree, uint32_t schema, const char *member) {
    for (int i = 0; i < most_references && schema != JT_NONE; i++) {
        if (tree->nodes[schema].type != JS_OBJECT) {
            return JT_NONE;
        }
        uint32_t found = jt_find(tree, schema, member, strlen(member));
        if (found != JT_NONE) {
            return found;
        }
        uint32_t reference = jt_find(tree, schema, "$ref", 4);
        bool is_local = reference != JT_NONE && tree->nodes[reference].type == JS_STRING &&
                        tree->nodes[reference].text.size &&
                        tree->nodes[reference].text.data[0] == '#';
        if (!is_local) {
            return JT_NONE;
        }
        js_span to = tree->nodes[reference].text;
        schema = jt_resolve(tree, 0, to.data + 1, to.size - 1);
    }
    return JT_NONE;
}

static bool is_text(const jt_tree *tree, uint32_t node, const char *text) {
    return node != JT_NONE && tree->nodes[node].type == JS_STRING &&
           tree->nodes[node].text.size == strlen(text) &&
           memcmp(tree->nodes[node].text.data, text, strlen(text)) == 0;
}

/* The one type besides null, or JT_NONE when there are none or several. */
static uint32_t sole_type(const jt_tree *tree, uint32_t type) {
    if (type == JT_NONE || tree->nodes[type].type != JS_ARRAY) {
        return type;
    }
    uint32_t sole = JT_NONE;
    for (uint32_t at = type + 1; at < tree->nodes[type].end; at = tree->nodes[at].end) {
        if (is_text(tree, at, "null")) {
            continue;
        }
        if (sole != JT_NONE) {
            return JT_NONE;
        }
        sole = at;
    }
    return sole;
}

static void take_integer(const jt_tree *tree, uint32_t schema, column *column) {
    static const struct {
        const char *format;
        int64_t least, most;
    } ranges[] = {{"int8", INT8_MIN, INT8_MAX},    {"int16", INT16_MIN, INT16_MAX},
                  {"int32", INT32_MIN, INT32_MAX}, {"uint8", 0, UINT8_MAX},
                  {"uint16", 0, UINT16_MAX},       {"uint32", 0, UINT32_MAX}};
    uint32_t format = find(tree, schema, "format");
    column->kind = is_text(tree, format, "uint64") ? COLUMN_UINT64 : COLUMN_INTEGER;
    column->least = column->kind == COLUMN_UINT64 ? 0 : INT64_MIN;
    column->most = INT64_MAX;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (is_text(tree, format, ranges[i].format)) {
            column->least = ranges[i].least;
            column->most = ranges[i].most;
        }
    }
}

static void take_text(const jt_tree *tree, uint32_t schema, column *column) {
    uint32_t format = find(tree, schema, "format");
    column->kind = COLUMN_TEXT;
    column->may_look_like_number = !is_text(tree, format, "date") &&
                                   !is_text(tree, format, "date-time") &&
                                   !is_text(tree, format, "uuid");
}

/* Without a type: what an enum's values have in common. */
static void take_enum(const jt_tree *tree, uint32_t values, column *column) {
    bool are_texts = true;
    for (uint32_t at = values + 1; at < tree->nodes[values].end; at = tree->nodes[at].end) {
        uint8_t type = tree->nodes[at].type;
        are_texts = are_texts && (type == JS_STRING || type == JS_NULL);
    }
    column->kind = are_texts ? COLUMN_TEXT : COLUMN_ANY;
}

static void take_kind(const jt_tree *tree, uint32_t schema, column *column) {
    uint32_t written = find(tree, schema, "type");
    uint32_t type = sole_type(tree, written), values = find(tree, schema, "enum");
    column->kind = COLUMN_ANY;
    column->may_look_like_number = true;
    if (is_text(tree, type, "integer")) {
        take_integer(tree, schema, column);
    } else if (is_text(tree, type, "string")) {
        take_text(tree, schema, column);
    } else if (is_text(tree, type, "number")) {
        column->kind = COLUMN_NUMBER;
    } else if (is_text(tree, type, "boolean")) {
        column->kind = COLUMN_BOOLEAN;
    } else if (is_text(tree, type, "array")) {
        column->kind = COLUMN_ARRAY;
    } else if (is_text(tree, type, "object")) {
        column->kind = COLUMN_OBJECT;
    } else if (written == JT_NONE && values != JT_NONE && tree->nodes[values].type == JS_ARRAY) {
        take_enum(tree, values, column);
    } else if (written == JT_NONE && find(tree, schema, "properties") != JT_NONE) {
        column->kind = COLUMN_OBJECT;
    }
}

static spw_status no_memory(spw_call *call) {
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory left to read the contract");
}

static spw_status wrong(const reading *reading, const char *what, js_span about) {
    return say_invalid(reading->call, "contract %.*s: property '%.*s' %s", (int)reading->name.size,
                       reading->name.data, (int)about.size, about.data, what);
}

static spw_status check_name(const reading *reading, const columns *columns, js_span name) {
    static const char *const own[] = {COLUMN_SEQUENCE, COLUMN_RESCUED, COLUMN_UNDECLARED};
    if (name.size == 0 || memchr(name.data, 0, name.size)) {
        return wrong(reading, "can't name a column of SQLite", name);
    }
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strlen(own[i]) == name.size && strncasecmp(own[i], name.data, name.size) == 0) {
            return wrong(reading, "has the name of a column of the sink's own", name);
        }
    }
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->all[i].name_size == name.size &&
            strncasecmp(columns->all[i].name, name.data, name.size) == 0) {
            return wrong(reading,
                         "differs from another one by case alone, or is there twice; SQLite "
                         "takes them for one column",
                         name);
        }
    }
    return SPW_OK;
}

static spw_status add_column(const reading *reading, columns *columns, uint32_t property) {
    const jt_node *node = &reading->tree.nodes[property];
    spw_status status = check_name(reading, columns, node->name);
    if (status != SPW_OK) {
        return status;
    }
    column *added = &columns->all[columns->count++];
    *added = (column){.name = strndup(node->name.data, node->name.size),
                      .name_size = node->name.size,
                      .pointer = malloc(node->name.size * 2 + 1)};
    if (!added->name || !added->pointer) {
        return no_memory(reading->call);
    }
    added->pointer_size = jt_pointer_token(node->name.data, node->name.size, added->pointer,
                                           node->name.size * 2 + 1, 0);
    take_kind(&reading->tree, property, added);
    uint32_t key = find(&reading->tree, property, "x-key");
    added->is_key = key != JT_NONE && reading->tree.nodes[key].type == JS_TRUE;
    columns->key_count += added->is_key;
    return SPW_OK;
}

static spw_status add_columns(const reading *reading, columns *columns) {
    const jt_tree *tree = &reading->tree;
    uint32_t properties = find(tree, 0, "properties");
    uint32_t count = properties != JT_NONE && tree->nodes[properties].type == JS_OBJECT
                         ? tree->nodes[properties].count
                         : 0;
    if (!count || count > most_columns) {
        return say_invalid(reading->call,
                           "contract %.*s: sqlite-sink makes a column of each of `properties`; it "
                           "takes 1 to %d, and there are %u",
                           (int)reading->name.size, reading->name.data, most_columns, count);
    }
    uint32_t additional = find(tree, 0, "additionalProperties");
    columns->is_open = additional == JT_NONE || tree->nodes[additional].type != JS_FALSE;
    columns->all = calloc(count, sizeof *columns->all);
    if (!columns->all) {
        return no_memory(reading->call);
    }
    spw_status status = SPW_OK;
    for (uint32_t at = properties + 1; at < tree->nodes[properties].end && status == SPW_OK;
         at = tree->nodes[at].end) {
        status = add_column(reading, columns, at);
    }
    return status;
}

spw_status columns_read(spw_str contract, spw_str contract_name, spw_call *call, columns *columns) {
    *columns = (struct columns){0};
    if (!contract.size) {
        return say_invalid(call, "sqlite-sink needs a contract: the table's columns and key come "
                                 "from it");
    }
    reading reading = {.call = call, .name = contract_name};
    spw_status status;
    if (!jt_parse(&reading.tree, contract.data, contract.size)) {
        status = reading.tree.no_memory
                     ? no_memory(call)
                     : say_invalid(call, "contract %.*s: %s at byte %zu", (int)contract_name.size,
                                   contract_name.data, reading.tree.error, reading.tree.error_at);
    } else {
        status = add_columns(&reading, columns);
    }
    jt_free(&reading.tree);
    if (status != SPW_OK) {
        columns_free(columns);
    }
    return status;
}

void columns_free(columns *columns) {
    for (size_t i = 0; i < columns->count; i++) {
        free(columns->all[i].name);
        free(columns->all[i].pointer);
    }
    free(columns->all);
    *columns = (struct columns){0};
}

const char *column_kind_name(column_kind kind) {
    static const char *const names[] = {
        [COLUMN_INTEGER] = "an integer", [COLUMN_UINT64] = "an integer",
        [COLUMN_NUMBER] = "a number",    [COLUMN_BOOLEAN] = "a boolean",
        [COLUMN_TEXT] = "a string",      [COLUMN_ARRAY] = "an array",
        [COLUMN_OBJECT] = "an object",   [COLUMN_ANY] = "any value"};
    return names[kind];
}

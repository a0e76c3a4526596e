/*
 * The 120 published cases, each as an optional and as a required member `v`.
 */
#include "../../common/tree.h"

#include "harness.h"

#define CASES 120

static account told;

typedef struct test_case {
    jt_tree tree; /* of the line */
    char id[16];
    bool nullable;
} test_case;

static js_span text_of(const test_case *one, const char *name) {
    uint32_t node = jt_find(&one->tree, 0, name, strlen(name));
    CHECK(node != JT_NONE, "%s: no %s", one->id, name);
    return one->tree.nodes[node].text;
}

static bool is(js_span text, const char *word) {
    return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

/* --- contracts --- */

static void put_type(char *to, const char *type, bool nullable, const char *more) {
    sprintf(to, nullable ? "\"type\":[\"%s\",\"null\"]%s" : "\"type\":\"%s\"%s", type, more);
}

/* The schema's keywords for a target as the cases name it. */
static void put_target(char *to, const char *target, bool nullable) {
    char more[256];
    int a, b;
    if (strncmp(target, "array of ", 9) == 0) {
        char items[256];
        put_target(items, target + 9, false);
        snprintf(more, sizeof more, ",\"items\":{%.200s}", items);
        put_type(to, "array", nullable, more);
    } else if (strncmp(target, "enum ", 5) == 0) {
        sprintf(to, "\"enum\":%s", target + 5);
    } else if (sscanf(target, "decimal(%d,%d)", &a, &b) == 2) {
        snprintf(more, sizeof more, ",\"format\":\"decimal\",\"x-precision\":%d,\"x-scale\":%d", a,
                 b);
        put_type(to, "string", nullable, more);
    } else if (sscanf(target, "string(max %d)", &a) == 1) {
        snprintf(more, sizeof more, ",\"maxLength\":%d", a);
        put_type(to, "string", nullable, more);
    } else if (strcmp(target, "date-time(us)") == 0) {
        put_type(to, "string", nullable, ",\"format\":\"date-time\",\"x-time-precision\":\"us\"");
    } else if (strcmp(target, "date") == 0 || strcmp(target, "date-time") == 0 ||
               strcmp(target, "uuid") == 0) {
        snprintf(more, sizeof more, ",\"format\":\"%s\"", target);
        put_type(to, "string", nullable, more);
    } else if (strstr(target, "int")) {
        snprintf(more, sizeof more, ",\"format\":\"%s\"", target);
        put_type(to, "integer", nullable, more);
    } else if (strcmp(target, "double") == 0 || strcmp(target, "float32") == 0) {
        put_type(to, "number", nullable, *target == 'f' ? ",\"format\":\"float\"" : "");
    } else {
        CHECK(strcmp(target, "boolean") == 0 || strcmp(target, "string") == 0, "target %s", target);
        put_type(to, target, nullable, "");
    }
}

/* `declared` without nullable, which the type says: the cases name each in the same words. */
static void put_declared(char *to, const test_case *one) {
    uint32_t declared = jt_find(&one->tree, 0, "declared", 8);
    uint32_t at = declared + 1;
    char *start = to;
    *to = 0;
    for (uint32_t i = 0; i < one->tree.nodes[declared].count; i++, at = one->tree.nodes[at].end) {
        const jt_node *node = &one->tree.nodes[at];
        if (!is(node->name, "nullable")) {
            to += sprintf(to, "%s\"%.*s\":%.*s", to == start ? "" : ",", (int)node->name.size,
                          node->name.data, (int)node->raw.size, node->raw.data);
        }
    }
}

static void put_contract(char *to, const test_case *one, bool required) {
    char target[128], schema[512], declared[512];
    js_span name = text_of(one, "target");
    snprintf(target, sizeof target, "%.*s", (int)name.size, name.data);
    put_target(schema, target, one->nullable);
    put_declared(declared, one);
    sprintf(to, "{\"type\":\"object\",\"properties\":{\"v\":{%s,\"x-coerce\":{%s}}}%s}", schema,
            declared, required ? ",\"required\":[\"v\"]" : "");
}

/* --- outcomes --- */

static void check_value(const test_case *one, kit_instance *instance, const char *output) {
    js_span out = text_of(one, "out"), loss = text_of(one, "loss");
    char wanted[512];
    snprintf(wanted, sizeof wanted, "{\"a\":1,\"v\":%.*s,\"z\":[ ]}", (int)out.size, out.data);
    CHECK(strcmp(output, wanted) == 0, "%s: %s, wanted %s", one->id, output, wanted);
    snprintf(wanted, sizeof wanted, " %.*s\n", (int)loss.size, loss.data);
    bool lost = false;
    for (char *line = told.text; *line; line = strchr(line, '\n') + 1) {
        CHECK(strncmp(line, "coerced /v", 10) == 0, "%s: %s", one->id, line);
        char *end = strchr(line, '\n') + 1;
        lost = lost || strncmp(end - strlen(wanted), wanted, strlen(wanted)) == 0;
    }
    CHECK(lost, "%s: wanted loss%s%s", one->id, wanted, told.text);
    check_stable(instance, output);
}

static void check_case(const test_case *one, const char *library_contract, bool required,
                       const kit_plugin *plugin) {
    kit_instance instance = kit_open(plugin, SPW_HANDLER, "coerce", NULL, library_contract, NULL);
    char record[512], *output;
    js_span in = text_of(one, "in"), expect = text_of(one, "expect");
    int size =
        snprintf(record, sizeof record, "{\"a\":1,\"v\":%.*s,\"z\":[ ]}", (int)in.size, in.data);
    fate fate = run_record(&instance, record, (size_t)size, &output, &told);
    if (is(expect, "keep")) {
        CHECK(fate == PASSED, "%s: not kept: %s", one->id, told.text);
    } else if (is(expect, "value")) {
        CHECK(fate == EMITTED, "%s: not coerced: %s", one->id, told.text);
        check_value(one, &instance, output);
    } else if (required) {
        CHECK(fate == REJECTED && strncmp(told.text, "rejected 101 /v", 15) == 0, "%s: %s", one->id,
              told.text);
    } else {
        char start[600];
        snprintf(start, sizeof start, "rescued /v %.*s ", (int)in.size, in.data);
        CHECK(fate == EMITTED && strcmp(output, "{\"a\":1,\"z\":[ ]}") == 0, "%s: %s", one->id,
              output);
        CHECK(strncmp(told.text, start, strlen(start)) == 0 && strchr(told.text, '\n')[1] == 0,
              "%s: %s", one->id, told.text);
        check_stable(&instance, output);
    }
    free(output);
    kit_close(&instance);
}

static void check_line(const kit_plugin *plugin, const char *line, size_t size) {
    static test_case one;
    CHECK(jt_parse(&one.tree, line, size), "%.*s", (int)size, line);
    snprintf(one.id, sizeof one.id, "?");
    js_span id = text_of(&one, "id");
    snprintf(one.id, sizeof one.id, "%.*s", (int)id.size, id.data);
    uint32_t declared = jt_find(&one.tree, 0, "declared", 8);
    one.nullable = jt_find(&one.tree, declared, "nullable", 8) != JT_NONE;
    for (int required = 0; required <= 1; required++) {
        char contract[2048];
        put_contract(contract, &one, required);
        check_case(&one, contract, required, plugin);
    }
}

int main(int count, char **arguments) {
    CHECK(count == 2, "usage: cases PLUGIN.so");
    kit_plugin plugin = kit_load(arguments[1]);
    char *text = kit_read_file("../../Tests/Fixtures/coercion/coercion.ndjson", NULL);
    int cases = 0;
    for (char *line = text; *line; cases++) {
        char *end = strchr(line, '\n');
        CHECK(end, "a last line without its end");
        check_line(&plugin, line, (size_t)(end - line));
        line = end + 1;
    }
    CHECK(cases == CASES, "%d cases instead of %d", cases, CASES);
    printf("%d cases, each optional and required\n", cases);
    free(text);
    return 0;
}

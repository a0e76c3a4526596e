/*
 * What a contract or options can be wrong in, and calls at their limits: none and many records,
 * deep ones, long ones, and a budget that is too small.
 */
#include "harness.h"

static account told;

/* --- create --- */

typedef struct refusal {
    const char *contract, *pointer; /* what the message has to name */
} refusal;

#define V(schema) "{\"properties\":{\"v\":" schema "}}"

static const refusal refusals[] = {
    {NULL, "contract"},
    {"{", "JSON"},
    {"[]", "''"},
    {"true", "''"},
    {"{\"type\":\"array\"}", "'/type'"},
    {"{\"type\":\"object\",\"type\":\"object\"}", "'/type'"},
    {"{\"$ref\":\"#/x\"}", "'/$ref'"},
    {"{\"$ref\":\"#\"}", "'/$ref'"},
    {"{\"$ref\":1}", "'/$ref'"},
    {V("{\"$ref\":\"other.json\"}"), "'/properties/v/$ref'"},
    {V("{\"$ref\":\"#text\"}"), "'/properties/v/$ref'"},
    {V("{\"$ref\":\"#/%24defs/a\"}"), "'/properties/v/$ref'"},
    {V("{\"$ref\":\"#/properties/v\"}"), "'/properties/v/$ref'"},
    {V("{\"$ref\":\"#/properties/w\",\"type\":\"string\"},\"w\":{}"), "'/properties/v/type'"},
    {V("{\"type\":\"array\",\"items\":{\"$ref\":\"#/properties/v\"}}"), "64"},
    {"{\"enum\":[1]}", "'/enum'"},
    {"{\"properties\":[]}", "'/properties'"},
    {"{\"required\":\"v\"}", "'/required'"},
    {"{\"required\":[1]}", "'/required/0'"},
    {"{\"additionalProperties\":{}}", "'/additionalProperties'"},
    {V("false"), "'/properties/v'"},
    {V("1"), "'/properties/v'"},
    {"{\"properties\":{\"a/b\":{\"type\":\"text\"}}}", "'/properties/a~1b/type'"},
    {V("{\"type\":[\"string\",\"text\"]}"), "'/properties/v/type/1'"},
    {V("{\"type\":[]}"), "'/properties/v/type'"},
    {V("{\"type\":1}"), "'/properties/v/type'"},
    {V("{\"anyOf\":[]}"), "'/properties/v/anyOf'"},
    {V("{\"type\":\"array\",\"items\":[{}]}"), "'/properties/v/items'"},
    {V("{\"type\":\"array\",\"items\":{\"oneOf\":[]}}"), "'/properties/v/items/oneOf'"},
    {V("{\"type\":\"string\",\"enum\":[\"a\",[]]}"), "'/properties/v/enum/1'"},
    {V("{\"type\":\"array\",\"enum\":[]}"), "'/properties/v/enum'"},
    {V("{\"type\":\"string\",\"format\":\"decimal\"}"), "'/properties/v'"},
    {V("{\"type\":\"string\",\"format\":\"decimal\",\"x-precision\":0}"),
     "'/properties/v/x-precision'"},
    {V("{\"type\":\"string\",\"format\":\"decimal\",\"x-precision\":2,\"x-scale\":3}"),
     "'/properties/v/x-scale'"},
    {V("{\"type\":\"string\",\"maxLength\":-1}"), "'/properties/v/maxLength'"},
    {V("{\"type\":\"string\",\"format\":\"date-time\",\"x-time-precision\":\"m\"}"),
     "'/properties/v/x-time-precision'"},
    {V("{\"type\":\"string\",\"x-key\":1}"), "'/properties/v/x-key'"},
    {V("{\"type\":\"string\",\"x-coerce\":[]}"), "'/properties/v/x-coerce'"},
    {V("{\"x-coerce\":{\"trim\":true}}"), "'/properties/v/x-coerce'"},
    {V("{\"type\":\"string\",\"x-coerce\":{\"trmi\":true}}"), "'/properties/v/x-coerce/trmi'"},
    {V("{\"type\":\"string\",\"x-coerce\":{\"trim\":1}}"), "'/properties/v/x-coerce/trim'"},
    {V("{\"type\":\"string\",\"x-coerce\":{\"empty_as_null\":true}}"),
     "'/properties/v/x-coerce/empty_as_null'"},
    {V("{\"type\":\"integer\",\"x-coerce\":{\"allow\":[\"all\"]}}"),
     "'/properties/v/x-coerce/allow'"},
    {V("{\"type\":\"integer\",\"x-coerce\":{\"round\":\"up\"}}"), "'/properties/v/x-coerce/round'"},
    {V("{\"type\":\"boolean\",\"x-coerce\":{\"true\":[\"y\"],\"false\":[\"n\",\"y\"]}}"),
     "'/properties/v/x-coerce/true'"},
    {V("{\"type\":\"boolean\",\"x-coerce\":{\"false\":[\"true\"]}}"),
     "'/properties/v/x-coerce/false'"},
    {V("{\"type\":\"string\",\"format\":\"date\",\"x-coerce\":{\"formats\":[\"YYYY-MM\"]}}"),
     "'/properties/v/x-coerce/formats'"},
    {V("{\"type\":\"string\",\"format\":\"date-time\",\"x-coerce\":{\"zone\":\"CET\"}}"),
     "'/properties/v/x-coerce/zone'"},
    {V("{\"type\":\"string\",\"format\":\"date-time\",\"x-coerce\":{\"epoch\":\"min\"}}"),
     "'/properties/v/x-coerce/epoch'"},
    {V("{\"type\":\"array\",\"x-coerce\":{\"split\":\"\"}}"), "'/properties/v/x-coerce/split'"},
    {V("{\"type\":\"string\",\"title\":\"\\ud800\"}"), "'/properties/v/title'"},
};

static void check_refusal(const kit_plugin *plugin, const char *options, const char *contract,
                          const char *named) {
    char *error;
    kit_instance instance = kit_open(plugin, SPW_HANDLER, "coerce", options, contract, &error);
    CHECK(error, "accepted: %s", contract);
    CHECK(strstr(error, named), "%s: wanted %s: %s", contract, named, error);
    CHECK(!instance.instance, "an instance in spite of an error");
    free(error);
    kit_close(&instance);
}

/* `levels` objects in one another, each the member `o` of the one around it. */
static char *nested_contract(int levels) {
    static const char open[] = "{\"properties\":{\"o\":", close[] = "}}";
    char *text = malloc((size_t)levels * sizeof open * 2 + 32);
    size_t used = 0;
    for (int i = 1; i < levels; i++) {
        used += (size_t)sprintf(text + used, "%s", open);
    }
    used += (size_t)sprintf(text + used, "{}");
    for (int i = 1; i < levels; i++) {
        used += (size_t)sprintf(text + used, "%s", close);
    }
    return text;
}

/* 2^20 fields by 20 definitions, each used twice in the one before it. */
static void check_multiplied(const kit_plugin *plugin) {
    char text[4096], *at = text;
    at += sprintf(at, "{\"$ref\":\"#/$defs/0\",\"$defs\":{");
    for (int i = 0; i < 20; i++) {
        at += sprintf(at,
                      "\"%d\":{\"properties\":{\"a\":{\"$ref\":\"#/$defs/%d\"},"
                      "\"b\":{\"$ref\":\"#/$defs/%d\"}}},",
                      i, i + 1, i + 1);
    }
    sprintf(at, "\"20\":{}}}");
    check_refusal(plugin, NULL, text, "65536");
}

static void check_create(const kit_plugin *plugin) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        check_refusal(plugin, NULL, refusals[i].contract, refusals[i].pointer);
    }
    check_refusal(plugin, "{\"rescue\":false}", "{}", "rescue");
    check_refusal(plugin, "[]", "{}", "options");
    char *deep = nested_contract(64), *deeper = nested_contract(65);
    kit_instance instance = kit_open(plugin, SPW_HANDLER, "coerce", NULL, deep, NULL);
    kit_close(&instance);
    check_refusal(plugin, NULL, deeper, "64");
    check_multiplied(plugin);
    free(deep);
    free(deeper);
}

/* --- batches --- */

static kit_instance open_simple(const kit_plugin *plugin) {
    return kit_open(plugin, SPW_HANDLER, "coerce", NULL,
                    "{\"properties\":{\"id\":{\"type\":\"integer\",\"x-key\":true},"
                    "\"s\":{\"type\":\"string\",\"x-coerce\":{\"json_as_text\":true}},"
                    "\"d\":{\"type\":\"number\"}},\"additionalProperties\":false}",
                    NULL);
}

static void check_empty(const kit_plugin *plugin) {
    kit_instance instance = open_simple(plugin);
    spw_input input = kit_input(NULL, 0);
    spw_status status = run_input(&instance, &input);
    CHECK(status == SPW_OK || status == SPW_UNCHANGED, "status %d", status);
    check_sums(&instance, 0);
    kit_input_free(&input);
    kit_close(&instance);
}

/* Every third record passes, every third is changed, every third is rejected. */
static void check_many(const kit_plugin *plugin) {
    enum { COUNT = 9999 };
    static const char *const shapes[] = {"{\"id\":%d}", "{\"id\":\"%d\"}", "{\"id\":\"%dx\"}"};
    kit_instance instance = open_simple(plugin);
    char **records = malloc(COUNT * sizeof *records);
    for (int i = 0; i < COUNT; i++) {
        records[i] = malloc(32);
        snprintf(records[i], 32, shapes[i % 3], i);
    }
    spw_input input = kit_input((const char *const *)records, COUNT);
    CHECK(run_input(&instance, &input) == SPW_OK);
    check_sums(&instance, COUNT);
    size_t count;
    const spw_result *results = spw_frame_results(instance.frame, &count);
    CHECK(count == COUNT / 3 * 2, "%zu results", count);
    for (size_t i = 0; i < count; i++) {
        CHECK(results[i].passed == (results[i].index % 3 == 0), "record %u", results[i].index);
    }
    char last[32];
    snprintf(last, sizeof last, "{\"id\":%d}", COUNT - 2);
    spw_bytes bytes = spw_frame_bytes(instance.frame);
    CHECK(memcmp(bytes.data + bytes.size - strlen(last), last, strlen(last)) == 0);
    for (int i = 0; i < COUNT; i++) {
        free(records[i]);
    }
    free(records);
    kit_input_free(&input);
    kit_close(&instance);
}

/* A delete stays a delete. */
static void check_operation(const kit_plugin *plugin) {
    kit_instance instance = open_simple(plugin);
    spw_record record;
    spw_input input = one_record("{\"id\":\"1\"}", 10, &record);
    record.operation = SPW_DELETE;
    CHECK(run_input(&instance, &input) == SPW_OK);
    size_t count;
    const spw_result *results = spw_frame_results(instance.frame, &count);
    CHECK(count == 1 && results[0].operation == SPW_DELETE);
    kit_close(&instance);
}

/* --- single records at their limits --- */

static char *repeat(const char *start, const char *part, size_t times, const char *end) {
    size_t part_size = strlen(part);
    char *text = malloc(strlen(start) + part_size * times + strlen(end) + 1);
    char *at = text + sprintf(text, "%s", start);
    for (size_t i = 0; i < times; i++, at += part_size) {
        memcpy(at, part, part_size);
    }
    strcpy(at, end);
    return text;
}

static void check_fate(kit_instance *instance, char *record, fate wanted, const char *start) {
    char *output;
    fate fate = run_record(instance, record, strlen(record), &output, &told);
    CHECK(fate == wanted, "%.40s...: %d, %.200s", record, fate, told.text);
    CHECK(strncmp(told.text, start, strlen(start)) == 0, "%.200s", told.text);
    free(output);
    free(record);
}

/* A record of `levels` containers, closed. */
static char *nested(const char *start, size_t levels) {
    char *opened = repeat(start, "[", levels - 1, ""),
         *closed = repeat(opened, "]", levels - 1, "}");
    free(opened);
    return closed;
}

static void check_depth(const kit_plugin *plugin) {
    kit_instance instance = kit_open(plugin, SPW_HANDLER, "coerce", NULL, "{}", NULL);
    check_fate(&instance, repeat("", "[", 100000, ""), REJECTED, "rejected 103 - - not_json");
    check_fate(&instance, repeat("{\"a\":", "[", 100000, ""), REJECTED, "rejected 103 - -");
    check_fate(&instance, repeat("{\"a\":", "{\"a\":", 100000, ""), REJECTED, "rejected 103 - -");
    check_fate(&instance, nested("{\"a\":", 1024), PASSED, "");
    check_fate(&instance, nested("{\"a\":", 1025), REJECTED, "rejected 103 - - not_json");
    kit_close(&instance);
}

static void check_length(const kit_plugin *plugin) {
    kit_instance instance = open_simple(plugin);
    check_fate(&instance, repeat("{\"id\":1,\"d\":1.", "7", 50000, "}"), EMITTED, "rescued /d");
    check_fate(&instance, repeat("{\"id\":1,\"d\":1e", "9", 50000, "}"), EMITTED, "rescued /d");
    check_fate(&instance, repeat("{\"id\":1,\"d\":1e-", "9", 50000, "}"), EMITTED, "rescued /d");
    check_fate(&instance, repeat("{\"id\":", "9", 50000, "}"), REJECTED, "rejected 101 /id");
    check_fate(&instance, repeat("{\"id\":1,\"s\":[0", ",\"\\\"\"", 50000, "]}"), EMITTED,
               "coerced /s");
    kit_close(&instance);
}

/* Many names that are not declared; the last one twice, or not. */
static void check_names(const kit_plugin *plugin) {
    kit_instance instance = kit_open(plugin, SPW_HANDLER, "coerce", NULL, "{}", NULL);
    for (int twice = 0; twice <= 1; twice++) {
        char *record = malloc(20000 * 16), *at = record;
        at += sprintf(at, "{\"n\":0");
        for (int i = 0; i < 20000 - twice; i++) {
            at += sprintf(at, ",\"n%d\":0", i);
        }
        sprintf(at, twice ? ",\"\\u006e7\":0}" : "}");
        check_fate(&instance, record, twice ? REJECTED : PASSED,
                   twice ? "rejected 101 /n7 - duplicate_member" : "");
    }
    kit_close(&instance);
}

/* --- budget --- */

/* Whatever the budget, the call ends well, or fails as over budget and breaks no rule. */
static void check_budget(const kit_plugin *plugin) {
    static const char *const records[] = {"{\"id\":\"1\",\"x\":\"0123456789\"}", "{\"id\":2}",
                                          "{\"id\":\"x\"}", "{\"id\":\"4\",\"s\":{}}"};
    kit_instance instance = open_simple(plugin);
    const spw_handler *handler = instance.table;
    spw_input input = kit_input(records, 4);
    int failed = 0, done = 0;
    for (uint64_t budget = 0; budget < 4096; budget += 16) {
        spw_frame_begin(instance.frame, &(spw_frame_setup){.batch_id = {"b", 1},
                                                           .tier = {"t", 1},
                                                           .attempt_key = {"k", 1},
                                                           .attempt = 1,
                                                           .budget = budget,
                                                           .record_count = 4});
        spw_status status = handler->handle(instance.instance, spw_frame_call(instance.frame),
                                            &input, spw_frame_output(instance.frame));
        spw_str violation = spw_frame_violation(instance.frame);
        CHECK(!violation.size, "%.*s", (int)violation.size, violation.data);
        if (status == SPW_FAILED) {
            CHECK(!done, "failed with more than what was enough");
            CHECK(spw_frame_signal(instance.frame) == SPW_SIGNAL_OVER_BUDGET);
            CHECK(spw_frame_message(instance.frame).size);
            failed++;
        } else {
            CHECK(status == SPW_OK, "status %d", status);
            check_sums(&instance, 4);
            done++;
        }
    }
    CHECK(failed > 10 && done > 10, "%d failed, %d done", failed, done);
    kit_input_free(&input);
    kit_close(&instance);
}

static void check_cancel(const kit_plugin *plugin) {
    static const char *records[1000];
    for (int i = 0; i < 1000; i++) {
        records[i] = "{\"id\":\"1\"}";
    }
    kit_instance instance = open_simple(plugin);
    const spw_handler *handler = instance.table;
    spw_input input = kit_input(records, 1000);
    spw_call *call = kit_begin(&instance, 1000);
    spw_frame_cancel(instance.frame);
    CHECK(handler->handle(instance.instance, call, &input, spw_frame_output(instance.frame)) ==
          SPW_FAILED);
    CHECK(spw_frame_signal(instance.frame) == SPW_SIGNAL_TIMEOUT);
    kit_input_free(&input);
    kit_close(&instance);
}

int main(int count, char **arguments) {
    CHECK(count == 2, "usage: limits PLUGIN.so");
    kit_plugin plugin = kit_load(arguments[1]);
    CHECK(plugin.plugin.declares & SPW_DETERMINISTIC);
    CHECK(plugin.plugin.threads == SPW_THREADS_PER_LANE);
    check_create(&plugin);
    check_empty(&plugin);
    check_many(&plugin);
    check_operation(&plugin);
    check_depth(&plugin);
    check_length(&plugin);
    check_names(&plugin);
    check_budget(&plugin);
    check_cancel(&plugin);
    printf("limits kept\n");
    return 0;
}

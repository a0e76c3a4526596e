/*
 * What the plugin says about records: which go on, and where and why the others do not.
 */
#include <pthread.h>

#include "kit.h"

static kit_plugin plugin;

/* Runs the handler over records; the events are the frame's. */
static spw_status handle(kit_instance *instance, const char *const *records, size_t count,
                         const spw_event **events, size_t *event_count) {
    spw_input input = kit_input(records, count);
    spw_call *call = kit_begin(instance, (uint32_t)count);
    const spw_handler *table = instance->table;
    spw_status status =
        table->handle(instance->instance, call, &input, spw_frame_output(instance->frame));
    *events = spw_frame_events(instance->frame, event_count);
    CHECK(spw_frame_violation(instance->frame).size == 0);
    size_t results;
    spw_frame_results(instance->frame, &results);
    CHECK(results == 0 && spw_frame_bytes(instance->frame).size == 0);
    kit_input_free(&input);
    return status;
}

static kit_instance handler(const char *options, const char *contract) {
    return kit_open(&plugin, SPW_HANDLER, "primary", options, contract, NULL);
}

/* One record under one contract: the first fault's pointer and reason, NULL when it is valid. */
static void expect(const char *contract, const char *record, const char *pointer,
                   const char *reason) {
    kit_instance instance = handler(NULL, contract);
    const spw_event *events;
    size_t count;
    CHECK(handle(&instance, &record, 1, &events, &count) == SPW_UNCHANGED);
    if (!pointer) {
        CHECK(count == 0, "%s: %.*s", record, (int)events->reason.size, events->reason.data);
    } else {
        CHECK(count == 1, "%s: %zu events", record, count);
        CHECK(events->kind == SPW_EVENT_REJECTED && events->signal == SPW_SIGNAL_SCHEMA_DRIFT);
        CHECK(kit_equal(events->pointer, pointer), "%s: %.*s", record, (int)events->pointer.size,
              events->pointer.data);
        CHECK(kit_equal(events->reason, reason), "%s: %.*s", record, (int)events->reason.size,
              events->reason.data);
    }
    kit_close(&instance);
}

static void refused(const char *options, const char *contract, const char *says) {
    char *error;
    kit_instance instance = kit_open(&plugin, SPW_HANDLER, "primary", options, contract, &error);
    CHECK(error && !instance.instance, "%s", contract ? contract : "");
    CHECK(strstr(error, says), "%s\n is not in\n%s", says, error);
    free(error);
    kit_close(&instance);
}

static void test_reasons(void) {
    expect("{\"properties\":{\"product\":{\"minLength\":1}}}", "{\"product\":\"\"}", "/product",
           "shorter than 1 character: found \"\"");
    expect("{\"type\":\"object\"}", "[1,2]", "", "expected object, found an array of 2 items");
    expect("{\"type\":[\"integer\",\"null\"]}", "1.5", "", "expected integer or null, found 1.5");
    expect("{\"type\":\"integer\"}", "1.0", NULL, NULL);
    expect("{\"type\":\"integer\"}", "1e400", NULL, NULL);
    expect("{\"type\":\"integer\"}", "123456789012345678901234567890", NULL, NULL);
    expect("{\"required\":[\"a/b\"]}", "{\"a\":1}", "/a~1b", "required, but missing");
    expect("{\"properties\":{\"a\":{\"required\":[\"b\"]}}}", "{\"a\":{}}", "/a/b",
           "required, but missing");
    expect("{\"additionalProperties\":false}", "{\"m~n\":[1]}", "/m~0n",
           "not declared by the contract: found an array of 1 item");
    expect("{\"properties\":{\"a\":{\"items\":{\"type\":\"string\"}}}}", "{\"a\":[\"x\",2]}",
           "/a/1", "expected string, found 2");
    expect("{\"enum\":[1,\"b\",null]}", "\"c\"", "", "expected one of 1, \"b\", null: found \"c\"");
    expect("{\"const\":{\"b\":1,\"a\":2.0}}", "{\"a\":2,\"b\":1e0}", NULL, NULL);
    expect("{\"maximum\":9007199254740993}", "9007199254740994", "",
           "more than 9007199254740993: found 9007199254740994");
    expect("{\"exclusiveMinimum\":0.1}", "0.1000000000000000000000000001", NULL, NULL);
    expect("{\"exclusiveMinimum\":0.1}", "1E-1", "", "not more than 0.1: found 1E-1");
    expect("{\"multipleOf\":0.01}", "4.02", NULL, NULL);
    expect("{\"multipleOf\":0.01}", "123456789012345678901234567890.125", "",
           "not a multiple of 0.01: found 123456789012345678901234567890.125");
    expect("{\"maxLength\":2}", "\"\\u00e9\xF0\x9F\x98\x80x\"", "",
           "longer than 2 characters: found 3");
    expect("{\"pattern\":\"^CVE-[0-9]{4}$\"}", "\"CVE-2024\\n\"", "",
           "does not match the pattern ^CVE-[0-9]{4}$: found \"CVE-2024\\n\"");
    expect("{\"format\":\"date\"}", "\"2023-02-29\"", "",
           "not a date (YYYY-MM-DD): found \"2023-02-29\"");
    expect("{\"format\":\"decimal\",\"x-precision\":4,\"x-scale\":2}", "\"12.340\"", NULL, NULL);
    expect("{\"format\":\"decimal\",\"x-precision\":4,\"x-scale\":2}", "\"123.4\"", "",
           "does not fit in decimal(4,2): found \"123.4\"");
    expect("{\"format\":\"decimal\"}", "\"1e2\"", "",
           "not a decimal number (like \"-12.50\"): found \"1e2\"");
    expect("{\"format\":\"int8\"}", "3000", NULL, NULL);
    expect("{\"uniqueItems\":true}", "[1,{\"a\":1,\"b\":2},{\"b\":2.0,\"a\":1}]", "",
           "items 1 and 2 are equal");
    expect("{\"anyOf\":[{\"type\":\"null\"},{\"minimum\":3}]}", "2", "",
           "fits no alternative of anyOf: found 2");
    expect("{\"not\":{\"required\":[\"a\"]}}", "{\"a\":1}", "",
           "fits what \"not\" forbids: found an object of 1 member");
    expect("false", "{}", "", "no value is allowed here: found an object of 0 members");
    expect("true", "{}", NULL, NULL);
}

static void test_strings(void) {
    expect("{}", "{\"a\":{\"b\":\"\\ud800\"}}", "/a/b",
           "holds a lone surrogate, which UTF-8 can't say");
    expect("{}", "{\"a\":\"\\ud83d\\ude00\"}", NULL, NULL);
    expect("{}", "{\"a\":1,\"b\":{\"c\":1,\"\\u0063\":2}}", "/b/c",
           "the object has this name twice");
    expect("{\"pattern\":\"^\\\\s$\"}", "\"\\u2003\"", NULL, NULL);
    expect("{\"pattern\":\"^[\\\\s\\\\S]{2}$\"}", "\"\\u00a0\\n\"", NULL, NULL);
    expect("{\"pattern\":\"^\\\\d$\"}", "\"\\u0663\"", "",
           "does not match the pattern ^\\d$: found \"\\u0663\"");
}

static void test_not_json(void) {
    static const char *const broken[] = {
        "", "<html>", "{\"a\":1", "{\"a\":1}x", "{\"a\":\"\xFF\"}", "{'a':1}", "<<<<<<< HEAD"};
    kit_instance instance = handler(NULL, "{}");
    const spw_event *events;
    size_t count, records = sizeof broken / sizeof *broken;
    CHECK(handle(&instance, broken, records, &events, &count) == SPW_UNCHANGED);
    CHECK(count == records);
    for (size_t i = 0; i < count; i++) {
        CHECK(events[i].index == i && events[i].kind == SPW_EVENT_REJECTED);
        CHECK(events[i].signal == SPW_SIGNAL_UNRECOVERABLE && events[i].pointer.size == 0);
        CHECK(memcmp(events[i].reason.data, "not JSON: ", 10) == 0);
    }
    CHECK(kit_equal(events[2].reason, "not JSON: the end inside an object or array at byte 6"),
          "%.*s", (int)events[2].reason.size, events[2].reason.data);
    kit_close(&instance);
}

/* The first fault rejects, eight more are told, the rest is not; good records beside go on. */
static void test_many_faults(void) {
    kit_instance instance = handler(NULL, "{\"additionalProperties\":{\"type\":\"string\"}}");
    const char *const records[] = {
        "{\"a\":\"x\"}",
        "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":0,\"k\":1}",
        "{}", "{\"z\":null,\"y\":\"\",\"x\":0}"};
    const spw_event *events;
    size_t count;
    CHECK(handle(&instance, records, 4, &events, &count) == SPW_UNCHANGED);
    CHECK(count == 11, "%zu", count);
    for (size_t i = 0; i < count; i++) {
        bool first = i == 0 || i == 9;
        CHECK(events[i].index == (i < 9 ? 1u : 3u));
        CHECK(events[i].kind == (first ? SPW_EVENT_REJECTED : SPW_EVENT_DIVERGED));
    }
    CHECK(kit_equal(events[0].pointer, "/a") && kit_equal(events[0].before, "1"));
    CHECK(kit_equal(events[8].pointer, "/i"));
    CHECK(kit_equal(events[9].pointer, "/z") && kit_equal(events[10].pointer, "/x"));
    kit_close(&instance);
}

static void test_refused_contracts(void) {
    refused(NULL, NULL, "the pipeline has no contract");
    refused(NULL, "{", "contract test.contract.json: not JSON: ");
    refused(NULL, "[]", "must be a schema");
    refused(NULL, "{\"a\":1,\"a\":2}", " at /a: the name is there twice");
    refused(NULL, "{\"title\":\"\\udc00\"}", " at /title: holds a lone surrogate");
    refused(NULL, "{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}",
            " at /$schema: draft \"");
    refused(NULL, "{\"properties\":{\"a\":{\"if\":{}}}}",
            " at /properties/a/if: keyword \"if\" is not supported yet");
    refused(NULL, "{\"dependentRequired\":{}}", "\"dependentRequired\" is not supported yet");
    refused(NULL, "{\"items\":{\"contains\":{}}}", " at /items/contains: ");
    refused(NULL, "{\"properties\":{\"a\":3}}", " at /properties/a: must be a schema");
    refused(NULL, "{\"$ref\":\"#/$defs/b\"}", " at /$ref: points to nothing");
    refused(NULL, "{\"$ref\":\"other.json\"}", "is not supported yet");
    refused(NULL, "{\"type\":\"text\"}", " at /type: must be one of");
    refused(NULL, "{\"required\":\"a\"}", " at /required: must be an array");
    refused(NULL, "{\"minLength\":-1}", " at /minLength: must be an integer");
    refused(NULL, "{\"minLength\":1.5}", " at /minLength: must be an integer");
    refused(NULL, "{\"minimum\":\"1\"}", " at /minimum: must be a number");
    refused(NULL, "{\"multipleOf\":0}", " at /multipleOf: must be a number above 0");
    refused(NULL, "{\"pattern\":\"(\"}", " at /pattern: is no regular expression");
    refused(NULL, "{\"pattern\":\"(?i)a\"}", "a group that ECMA-262 does not have");
    refused(NULL, "{\"pattern\":\"a*+\"}", "a possessive quantifier");
    refused(NULL, "{\"format\":\"decimal\",\"x-precision\":2,\"x-scale\":3}", " at /x-scale: ");
    refused(NULL, "{\"$ref\":\"#\"}", "refers to itself");
    refused(NULL,
            "{\"$defs\":{\"a\":{\"allOf\":[{\"$ref\":\"#/$defs/b\"}]},\"b\":{\"not\":{\"$ref\":\"#/"
            "$defs/a\"}}}}",
            "refers to itself");
}

static void test_options(void) {
    refused("{\"Root\":\"\"}", "{}", "unknown option \"Root\"");
    refused("{\"root\":1}", "{}", "option \"root\" must be a JSON Pointer");
    refused("{\"root\":\"a\"}", "{}", "option \"root\" must be a JSON Pointer");
    refused("{\"root\":\"/$defs/a\"}", "{}", "option \"root\" points to nothing");
    kit_instance instance =
        handler("{\"root\":\"/$defs/a\"}", "{\"if\":{},\"$defs\":{\"a\":{\"type\":\"array\"}}}");
    const char *const records[] = {"[]", "{}"};
    const spw_event *events;
    size_t count;
    CHECK(handle(&instance, records, 2, &events, &count) == SPW_UNCHANGED);
    CHECK(count == 1 && events[0].index == 1);
    kit_close(&instance);
}

/* Lines of the log from create. */
static char logged[1024];

static void keep_log(void *context, const spw_call *call, int32_t level, spw_str message) {
    (void)context;
    (void)call;
    CHECK(level == SPW_LOG_WARNING);
    size_t used = strlen(logged);
    snprintf(logged + used, sizeof logged - used, "%.*s\n", (int)message.size, message.data);
}

static void warns(const char *contract, const char *says) {
    kit_instance instance = handler(NULL, "{}");
    spw_frame_set_log(instance.frame, keep_log, NULL);
    *logged = 0;
    spw_create create = {.size = sizeof create,
                         .interface_id = kit_str(SPW_HANDLER),
                         .options = kit_str("{}"),
                         .contract = kit_str(contract),
                         .contract_name = kit_str("c.json")};
    void *second = NULL;
    CHECK(plugin.plugin.create(&create, kit_begin(&instance, 0), &second) == SPW_OK);
    plugin.plugin.destroy(second);
    CHECK(says ? strstr(logged, says) != NULL : !*logged, "%s\n%s", contract, logged);
    kit_close(&instance);
}

static void test_warnings(void) {
    warns("{\"requierd\":[]}",
          "c.json: /requierd is no keyword and has no effect; did you mean \"required\"?");
    warns("{\"items\":{\"minlength\":3}}", "did you mean \"minLength\"?");
    warns("{\"tpye\":\"string\"}", "did you mean \"type\"?");
    warns("{\"dependencies\":{}}", "it is no keyword of draft 2020-12");
    warns("{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"prefixItems\":[]}",
          "of draft-07");
    warns(
        "{\"url\":\"https://"
        "example.org\",\"x-key\":true,\"x-typ\":1,\"unit\":\"m\",\"properties\":{\"requierd\":{}}}",
        NULL);
}

/* A recursive contract: deep records are judged, or refused, and never overrun a small stack. */
static void *judge_deep(void *context) {
    kit_instance *instance = context;
    static const unsigned depths[] = {300, 1000, 1024, 1025, 200000};
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        unsigned depth = depths[i];
        char *record = malloc(depth * 6 + 8), *at = record;
        for (unsigned d = 1; d < depth; d++) {
            at = stpcpy(at, "{\"a\":");
        }
        at = stpcpy(at, "{}");
        memset(at, '}', depth - 1);
        at[depth - 1] = 0;
        const spw_event *events;
        size_t count;
        CHECK(handle(instance, (const char *const *)&record, 1, &events, &count) == SPW_UNCHANGED);
        CHECK(count == (depth > 300), "%u: %zu", depth, count);
        if (count) {
            int32_t wanted = depth > 1024 ? SPW_SIGNAL_UNRECOVERABLE : SPW_SIGNAL_SCHEMA_DRIFT;
            CHECK(events->signal == wanted, "%u", depth);
            CHECK(memmem(events->reason.data, events->reason.size, "deeper", 6));
        }
        free(record);
    }
    return NULL;
}

static void test_depth(void) {
    kit_instance instance = handler(
        NULL,
        "{\"properties\":{\"a\":{\"allOf\":[{\"$ref\":\"#\"}]}},\"additionalProperties\":false}");
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
#ifdef __SANITIZE_ADDRESS__
    pthread_attr_setstacksize(&attributes, 8 << 20); /* its frames are larger */
#else
    pthread_attr_setstacksize(&attributes, 512 << 10);
#endif
    CHECK(pthread_create(&thread, &attributes, judge_deep, &instance) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    pthread_attr_destroy(&attributes);
    kit_close(&instance);
}

static void test_work_is_bounded(void) {
    kit_instance instance = handler(NULL, "{\"properties\":{\"a\":{\"anyOf\":[{\"$ref\":\"#\"},{\"$"
                                          "ref\":\"#\"}]}},\"required\":[\"a\"]}");
    char record[64 * 6 + 8], *at = record;
    for (unsigned d = 0; d < 64; d++) {
        at = stpcpy(at, "{\"a\":");
    }
    strcpy(at, "{}");
    memset(at + 2, '}', 64);
    at[66] = 0;
    const char *text = record;
    const spw_event *events;
    size_t count;
    CHECK(handle(&instance, &text, 1, &events, &count) == SPW_UNCHANGED);
    CHECK(count == 1 && memmem(events->reason.data, events->reason.size, "too many steps", 14));
    kit_close(&instance);
    instance = handler(NULL, "{\"pattern\":\"^(a+)+$\"}");
    text = "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"";
    CHECK(handle(&instance, &text, 1, &events, &count) == SPW_UNCHANGED);
    CHECK(count == 1 && memmem(events->reason.data, events->reason.size, "too many steps", 14));
    kit_close(&instance);
}

/* Twenty thousand names and items do not take squares of time. */
static void test_wide(void) {
    enum { count = 20000 };
    char *record = malloc(count * 24 + 16), *at = stpcpy(record, "{");
    for (unsigned i = 0; i < count; i++) {
        at += sprintf(at, "\"n%u\":[%u],", i, i);
    }
    strcpy(at, "\"n7\":1}");
    expect("{\"uniqueItems\":true}", record, "/n7", "the object has this name twice");
    free(record);
    record = malloc(count * 8 + 16), at = stpcpy(record, "[");
    for (unsigned i = 0; i < count; i++) {
        at += sprintf(at, "%u,", i);
    }
    strcpy(at, "3]");
    expect("{\"uniqueItems\":true}", record, "", "items 3 and 20000 are equal");
    free(record);
}

static void test_validator(void) {
    kit_instance instance =
        kit_open(&plugin, SPW_VALIDATOR, "gate", NULL, "{\"required\":[\"a\"]}", NULL);
    const spw_validator *table = instance.table;
    const char *const good[] = {"{\"a\":1}"}, *const bad[] = {"{}"};
    spw_input a = kit_input(good, 1), b = kit_input(bad, 1);
    size_t count;
    spw_call *call = kit_begin(&instance, 1);
    CHECK(table->validate(instance.instance, call, &b, &a, NULL, 0) == SPW_OK);
    spw_frame_events(instance.frame, &count);
    CHECK(count == 0);
    call = kit_begin(&instance, 1);
    CHECK(table->validate(instance.instance, call, &a, &b, NULL, 0) == SPW_OK);
    spw_frame_events(instance.frame, &count);
    CHECK(count == 1);
    call = kit_begin(&instance, 1);
    CHECK(table->validate(instance.instance, call, &b, NULL, NULL, 0) == SPW_OK);
    spw_frame_events(instance.frame, &count);
    CHECK(count == 1);
    kit_input_free(&a);
    kit_input_free(&b);
    kit_close(&instance);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    plugin = kit_load(argv[1]);
    CHECK(kit_equal(plugin.plugin.name, "spillway/contract"));
    CHECK(plugin.plugin.interface_count == 2);
    test_reasons();
    test_strings();
    test_not_json();
    test_many_faults();
    test_refused_contracts();
    test_options();
    test_warnings();
    test_depth();
    test_work_is_bounded();
    test_wide();
    test_validator();
    return 0;
}

/*
 * What the gate lets through, and what it says about the rest.
 */
#include "gate.h"

#define COERCED(pointer, after) about(SPW_EVENT_COERCED, pointer, after)
#define STRIPPED(pointer) about(SPW_EVENT_STRIPPED, pointer, "")
#define RESCUED(pointer) about(SPW_EVENT_RESCUED, pointer, "")

#define PASSES(before, after, ...)                                                                 \
    do {                                                                                           \
        spw_event given[] = {about(0, "", ""), __VA_ARGS__};                                       \
        expect(before, after, given, sizeof given / sizeof *given, NULL, NULL);                    \
    } while (0)
#define DIVERGES(pointer, why, before, after, ...)                                                 \
    do {                                                                                           \
        spw_event given[] = {about(0, "", ""), __VA_ARGS__};                                       \
        expect(before, after, given, sizeof given / sizeof *given, pointer, why);                  \
    } while (0)

static void expect(const char *before, const char *after, const spw_event *events,
                   size_t event_count, const char *pointer, const char *why) {
    size_t count;
    const spw_event *found = judge(before, after, events, event_count, &count);
    if (!pointer) {
        CHECK(count == 0, "%s -> %s: %.*s: %.*s", before, after, (int)found->pointer.size,
              found->pointer.data, (int)found->reason.size, found->reason.data);
        return;
    }
    CHECK(count == 1, "%s -> %s", before, after);
    CHECK(found->signal == SPW_SIGNAL_DIVERGENCE && found->index == 0);
    CHECK(kit_equal(found->pointer, pointer), "%s -> %s: %.*s", before, after,
          (int)found->pointer.size, found->pointer.data);
    CHECK(memmem(found->reason.data, found->reason.size, why, strlen(why)), "%.*s",
          (int)found->reason.size, found->reason.data);
}

static void test_silent_changes(void) {
    DIVERGES("/a", "the type changed from number to string", "{\"a\":1}", "{\"a\":\"1\"}");
    DIVERGES("/a", "the type changed from null to boolean", "{\"a\":null}", "{\"a\":false}");
    DIVERGES("/a", "the value changed", "{\"a\":true}", "{\"a\":false}");
    DIVERGES("/a", "the value changed", "{\"a\":1.0}", "{\"a\":1}");
    DIVERGES("/a", "the value changed", "{\"a\":9007199254740993}", "{\"a\":9007199254740992}");
    DIVERGES("/a", "the value changed", "{\"a\":\"x \"}", "{\"a\":\"x\"}");
    DIVERGES("/a", "the value changed", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud801\"}");
    DIVERGES("/a", "the value changed", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\\\ud800\"}");
    DIVERGES("/a", "it is gone", "{\"a\":1,\"b\":2}", "{\"b\":2}");
    DIVERGES("/b", "it appeared", "{\"a\":1}", "{\"a\":1,\"b\":2}");
    DIVERGES("/a", "it is gone", "{\"a\":1}", "{\"b\":1}");
    DIVERGES("/a/1", "it is gone", "{\"a\":[1,2]}", "{\"a\":[1]}");
    DIVERGES("/a/1", "it appeared", "{\"a\":[1]}", "{\"a\":[1,1]}");
    DIVERGES("/a/0", "the value changed", "{\"a\":[1,2]}", "{\"a\":[2,1]}");
    DIVERGES("/m~0n/x~1y", "the value changed", "{\"m~n\":{\"x/y\":1}}", "{\"m~n\":{\"x/y\":2}}");
    DIVERGES("", "the type changed from object to array", "{}", "[]");
    DIVERGES("/a", "the value changed", "{\"a\":1,\"a\":2}", "{\"a\":2}");
    DIVERGES("/a", "it is gone", "{\"a\":1,\"a\":2}", "{\"a\":1}");
    DIVERGES("", "what came out is not JSON", "{\"a\":1}", "{\"a\":1");
    DIVERGES("", "what went in is not JSON", "<html>", "{}");
}

static void test_same(void) {
    PASSES("{\"a\":1,\"b\":[{\"c\":null}]}", "{\"a\":1,\"b\":[{\"c\":null}]}");
    PASSES("{\"a\":1,\"b\":2}", " { \"b\" : 2, \"a\" : 1 } ");
    PASSES("{\"a\":\"\\u00e9\\/\"}", "{\"\\u0061\":\"\xC3\xA9/\"}");
    PASSES("{\"a\":1,\"a\":2}", "{ \"a\":1,\"a\":2}");
    PASSES("not JSON", "not JSON");
}

static void test_accounted(void) {
    PASSES("{\"a\":\"1\"}", "{\"a\":1}", COERCED("/a", "1"));
    PASSES("{\"a\":\" x\",\"b\":2}", "{\"a\":\"x\",\"b\":2}", COERCED("/a", "\"x\""));
    PASSES("{\"a\":\" x\"}", "{\"a\":\"x\"}", COERCED("/a", "\"\\u0078\""));
    PASSES("{\"c\":\"1, 2\"}", "{\"c\":[\"1\",\"2\"]}", COERCED("/c", "[\"1\",\"2\"]"));
    PASSES("{\"c\":{\"x\":1,\"y\":2}}", "{\"c\":[{\"x\":1}]}", STRIPPED("/c/0/y"),
           COERCED("/c", "[{\"x\":1}]"));
    PASSES("{\"a\":1,\"b\":2}", "{\"b\":2}", STRIPPED("/a"));
    PASSES("{\"a\":1,\"b\":2}", "{\"a\":1}", RESCUED("/b"));
    PASSES("{\"a\":[1,\"x\",3]}", "{\"a\":[1,3]}", RESCUED("/a/1"));
    PASSES("{\"a\":{\"b\":[{\"c/d\":\"7\"}]}}", "{\"a\":{\"b\":[{\"c/d\":7}]}}",
           COERCED("/a/b/0/c~1d", "7"));
    PASSES("{\"a\":\" 1\"}", "{\"a\":1}", COERCED("/a", "\"1\""), COERCED("/a", "1"));
    PASSES("{\"a\":\"1\"}", "{\"b\":1}", COERCED("", "{\"b\":1}"));
}

static void test_false_accounts(void) {
    DIVERGES("/a", "not what the event says", "{\"a\":\"1\"}", "{\"a\":2}", COERCED("/a", "1"));
    DIVERGES("/a", "not what the event says", "{\"a\":\"1\"}", "{\"a\":1.0}", COERCED("/a", "1"));
    DIVERGES("/a", "not what the event says", "{\"a\":\"1\"}", "{\"a\":1}", COERCED("/a", ""));
    DIVERGES("/a", "not what the event says", "{\"a\":\"1\"}", "{\"a\":1}", COERCED("/a", "{\"x"));
    DIVERGES("/a", "not what the event says", "{\"a\":1}", "{\"a\":1}", COERCED("/a", "2"));
    DIVERGES("/c", "not what the event says", "{\"c\":\"1,2\"}", "{\"c\":[\"1\"]}",
             COERCED("/c", "[\"1\",\"2\"]"));
    DIVERGES("/a", "it is gone", "{\"a\":\"1\"}", "{}", COERCED("/a", "1"));
    DIVERGES("/a", "says that it was stripped, but it is still there", "{\"a\":1}", "{\"a\":1}",
             STRIPPED("/a"));
    DIVERGES("/a", "says that it was rescued, but it is still there", "{\"a\":1}", "{\"a\":null}",
             RESCUED("/a"));
    DIVERGES("/b", "it is gone", "{\"a\":1,\"b\":2}", "{}", STRIPPED("/a"));
    DIVERGES("/b", "the value changed", "{\"a\":\"1\",\"b\":2}", "{\"a\":1,\"b\":3}",
             COERCED("/a", "1"));
    DIVERGES("/z", "the record never had it", "{\"a\":1}", "{\"a\":1}", STRIPPED("/z"));
    DIVERGES("/a/b", "the record never had it", "{\"a\":1}", "{\"a\":1}", COERCED("/a/b", "1"));
    DIVERGES("a", "the record never had it", "{\"a\":1}", "{\"a\":1}", COERCED("a", "1"));
    DIVERGES("/a/01", "the record never had it", "{\"a\":[1,2]}", "{\"a\":[1,2]}",
             RESCUED("/a/01"));
    DIVERGES("", "says that it was stripped", "{\"a\":1}", "{\"a\":2}", STRIPPED(""));
    /* One that explains nothing here, and one of another record, explain nothing. */
    DIVERGES("/a", "the value changed", "{\"a\":1}", "{\"a\":2}",
             about(SPW_EVENT_DIVERGED, "/a", "2"));
    spw_event other = COERCED("/a", "2");
    other.index = 7;
    DIVERGES("/a", "the value changed", "{\"a\":1}", "{\"a\":2}", other);
}

/* Rows belong together by ordinal; events by their index before. */
static void test_rows(void) {
    const char *const went_in[] = {"{\"a\":0}", "{\"a\":\"1\"}", "{\"a\":2}", "{\"a\":3}"};
    const char *const came_out[] = {"{\"a\":1}", "{\"a\":9}", "{\"a\":3}"};
    spw_input before = kit_input(went_in, 4), after = kit_input(came_out, 3);
    spw_record *rows = (spw_record *)(uintptr_t)after.records;
    rows[0].ordinal = 1, rows[1].ordinal = 2, rows[2].ordinal = 3;
    spw_event event = COERCED("/a", "1");
    event.index = 1;
    size_t count;
    const spw_event *found = judge_inputs(&before, &after, &event, 1, &count);
    CHECK(count == 1 && found->index == 1 && kit_equal(found->pointer, "/a"));

    rows[1].ordinal = 1; /* two of one */
    found = judge_inputs(&before, &after, &event, 1, &count);
    CHECK(count == 1 && found->index == 1 &&
          memmem(found->reason.data, found->reason.size, "more than one", 13));

    rows[1].ordinal = 2, rows[2].ordinal = 8; /* one from nowhere */
    found = judge_inputs(&before, &after, &event, 1, &count);
    CHECK(count == 2 && found[1].index == 2 &&
          memmem(found[1].reason.data, found[1].reason.size, "no record of its ordinal", 24));

    rows[2].ordinal = 3;
    rows[2].operation = SPW_DELETE;
    found = judge_inputs(&before, &after, &event, 1, &count);
    CHECK(count == 2 && memmem(found[1].reason.data, found[1].reason.size, "operation", 9));

    spw_call *call = kit_begin(&gate, 3);
    const spw_validator *table = gate.table;
    rows[2].ordinal = 0; /* against the rules of the ABI */
    CHECK(table->validate(gate.instance, call, &before, &after, &event, 1) == SPW_INVALID);
    rows[2].ordinal = 3, rows[2].length = 1000;
    CHECK(table->validate(gate.instance, call, &before, &after, &event, 1) == SPW_INVALID);
    kit_input_free(&before);
    kit_input_free(&after);
}

static void test_alone(void) {
    const char *const records[] = {"{}", "[]", "{\"a\":", " {\"a\":1} ", "\"{}\""};
    spw_input input = kit_input(records, 5);
    size_t count;
    const spw_event *found = judge_inputs(&input, NULL, NULL, 0, &count);
    CHECK(count == 3 && found[0].index == 1 && found[1].index == 2 && found[2].index == 4);
    for (size_t i = 0; i < count; i++) {
        CHECK(found[i].signal == SPW_SIGNAL_UNRECOVERABLE);
    }
    kit_input_free(&input);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    kit_plugin plugin = kit_load(argv[1]);
    CHECK(kit_equal(plugin.plugin.name, "spillway/structural"));
    char *error;
    gate = kit_open(&plugin, SPW_VALIDATOR, "gate", "{\"strict\":true}", NULL, &error);
    CHECK(error && strstr(error, "strict"), "%s", error ? error : "no error");
    free(error);
    kit_close(&gate);
    gate = kit_open(&plugin, SPW_VALIDATOR, "gate", NULL, NULL, NULL);
    test_silent_changes();
    test_same();
    test_accounted();
    test_false_accounts();
    test_rows();
    test_alone();
    kit_close(&gate);
    return 0;
}

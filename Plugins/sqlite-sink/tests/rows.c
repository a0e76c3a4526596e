/*
 * What becomes of records in the table: types, outcomes, the order guard, tombstones, rejects.
 */
#include "table.h"

/* --- types --- */

static void a_table_is_made_from_the_contract(void) {
    target target = new_target(
        "{\"type\":\"object\",\"properties\":{"
        "\"i\":{\"type\":\"integer\",\"x-key\":true},\"u\":{\"type\":\"integer\",\"format\":"
        "\"uint64\"},\"f\":{\"type\":\"number\"},\"b\":{\"type\":[\"null\",\"boolean\"]},"
        "\"s\":{\"$ref\":\"#/$defs/text\",\"x-key\":true},\"d\":{\"type\":\"string\",\"format\":"
        "\"decimal\",\"x-precision\":10,\"x-scale\":2},\"a\":{\"type\":\"array\"},\"o\":{"
        "\"properties\":{}},\"e\":{\"enum\":[\"x\",null]},\"x\":{\"enum\":[\"x\",1]},\"y\":true,"
        "\"quote\\\"d ~/\":{\"type\":\"string\"}},\"$defs\":{\"text\":{\"type\":\"string\"}}}");
    DELIVER(&target, "i",
            {"{\"i\":-9223372036854775808,\"u\":18446744073709551615,\"f\":0.1,\"b\":true,"
             "\"s\":\"t\\u0065xt\",\"d\":\"1.50\",\"a\":[ 1, {\"k\" : \"a  b\"} ],\"o\":{ },"
             "\"e\":\"x\",\"x\":\"x\",\"y\": {\"z\" : [ ]},\"quote\\\"d ~/\":\"q\"}",
             .rescued = "[{\"pointer\":\"/n\"}]"});
    CHECK_QUERY("SELECT name,type,pk FROM pragma_table_info('rows')",
                "i|INTEGER|1;u||0;f|REAL|0;b|INTEGER|0;s|TEXT|2;d|TEXT|0;a|TEXT|0;o|TEXT|0;"
                "e|TEXT|0;x|TEXT|0;y|TEXT|0;quote\"d ~/|TEXT|0;_sequence|INTEGER|0;"
                "_rescued_data|TEXT|0;_undeclared|TEXT|0");
    CHECK_QUERY("SELECT * FROM rows",
                "-9223372036854775808|18446744073709551615|0.1|1|text|1.50|[1,{\"k\":\"a  b\"}]|{}|"
                "x|\"x\"|{\"z\":[]}|q|1|[{\"pointer\":\"/n\"}]|NULL");
    CHECK_QUERY("SELECT typeof(u),typeof(f),typeof(b),typeof(d) FROM rows",
                "text|real|integer|text");
    end_target(&target);
}

static void numbers_are_exact_or_refused(void) {
    static const struct {
        const char *number, *integer, *real; /* NULL: refused */
    } cases[] = {{"0", "0", "0.0"},
                 {"1.0", "1", "1.0"},
                 {"1e2", "100", "100.0"},
                 {"12300e-2", "123", "123.0"},
                 {"0e999999999999", "0", "0.0"},
                 {"1.5", NULL, "1.5"},
                 {"1e-1", NULL, "0.1"},
                 {"9223372036854775807", "9223372036854775807", NULL},
                 {"-9223372036854775808", "-9223372036854775808", "-9.22337203685478e+18"},
                 {"9223372036854775808", NULL, "9.22337203685478e+18"},
                 {"9007199254740993", "9007199254740993", NULL},
                 {"9007199254740992", "9007199254740992", "9.00719925474099e+15"},
                 {"0.30000000000000004", NULL, "0.3"},
                 {"0.1234567890123456789", NULL, NULL},
                 {"0.1000000000000000055511151231257827021181583404541015625", NULL, "0.1"},
                 {"1e400", NULL, NULL},
                 {"-1e400", NULL, NULL},
                 {"1e-400", NULL, NULL},
                 {"1e99999999999999999999", NULL, NULL},
                 {"5e-324", NULL, "4.94065645841247e-324"},
                 {"1.7976931348623157e308", NULL, "1.79769313486232e+308"},
                 {"0.000000000000000000000000000000001e33", "1", "1.0"}};
    target target = new_target("{\"additionalProperties\":false,\"properties\":{"
                               "\"id\":{\"type\":\"integer\",\"x-key\":true},"
                               "\"i\":{\"type\":\"integer\"},\"f\":{\"type\":\"number\"}}}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const wanted[] = {cases[i].integer, cases[i].real};
        for (int column = 0; column < 2; column++) {
            char record[256];
            snprintf(record, sizeof record, "{\"id\":1,\"%s\":%s}", column ? "f" : "i",
                     cases[i].number);
            CHECK(prepare_stream(&target, "s", &(sent){record}, 1) == SPW_OK, "%s", why(&target));
            bool is_taken = target.outcomes[0] != SPW_OUTCOME_NONE;
            CHECK(is_taken == (wanted[column] != NULL), "%s", record);
            if (is_taken) {
                CHECK(commit_stream(&target, "s", 1, "") == SPW_OK);
                CHECK_QUERY(column ? "SELECT f FROM rows" : "SELECT i FROM rows", wanted[column]);
            } else {
                CHECK(abort_stream(&target, "s") == SPW_OK);
            }
        }
    }
    end_target(&target);
}

static void integers_keep_to_their_range(void) {
    static const struct {
        const char *format, *number;
        bool fits;
    } cases[] = {{"int8", "127", true},
                 {"int8", "128", false},
                 {"int8", "-128", true},
                 {"int8", "-129", false},
                 {"uint8", "255", true},
                 {"uint8", "-1", false},
                 {"int16", "32768", false},
                 {"uint16", "65535", true},
                 {"int32", "2147483647", true},
                 {"int32", "2147483648", false},
                 {"uint32", "4294967295", true},
                 {"uint32", "4294967296", false},
                 {"int64", "9223372036854775808", false},
                 {"uint64", "18446744073709551615", true},
                 {"uint64", "18446744073709551616", false},
                 {"uint64", "-1", false},
                 {"uint64", "1e19", true},
                 {"uint64", "2e19", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char contract[256], record[128];
        snprintf(contract, sizeof contract,
                 "{\"properties\":{\"n\":{\"type\":\"integer\",\"format\":\"%s\"}}}",
                 cases[i].format);
        snprintf(record, sizeof record, "{\"n\":%s}", cases[i].number);
        target target = new_target(contract);
        CHECK(prepare_stream(&target, "s", &(sent){record}, 1) == SPW_OK);
        CHECK((target.outcomes[0] == SPW_OUTCOME_INSERTED) == cases[i].fits, "%s %s",
              cases[i].format, cases[i].number);
        end_target(&target);
    }
}

/* Many large integers, written short: their digits need more room than the record has. */
static void short_large_integers_have_room(void) {
    char contract[16384] = "{\"additionalProperties\":false,\"properties\":{\"z\":{\"type\":"
                           "\"string\"}",
         record[16384] = "{";
    for (int i = 0; i < 100; i++) {
        sprintf(contract + strlen(contract),
                ",\"u%d\":{\"type\":\"integer\",\"format\":\"uint64\"}", i);
        sprintf(record + strlen(record), "\"u%d\":1e19,", i);
    }
    strcat(contract, "}}");
    strcat(record, "\"z\":\"\\u0041\\u0042\"}");
    target target = new_target(contract);
    DELIVER(&target, "i", {record});
    CHECK_QUERY("SELECT z,u0,u99 FROM rows", "AB|10000000000000000000|10000000000000000000");
    end_target(&target);
}

static void texts_are_kept_whole(void) {
    target target = new_target(KEYED);
    DELIVER(&target, "ii", {"{\"id\":\"a\\u0000b\\ud83d\\ude00\",\"t\":\"\"}"},
            {"{\"t\":\"caf\xC3\xA9\\n\\/\",\"id\":\"\"}"});
    CHECK_QUERY("SELECT hex(id),hex(t),n FROM rows ORDER BY _sequence",
                "610062F09F9880||NULL;|636166C3A90A2F|NULL");
    DELIVER(&target, "==", {"{\"id\":\"a\\u0000b\\ud83d\\ude00\",\"t\":\"\"}"},
            {"{\"t\":\"caf\xC3\xA9\\n\\/\",\"id\":\"\",\"n\":null}"});
    DELIVER(&target, "u", {"{\"id\":\"\"}", 3});
    end_target(&target);
}

static void undeclared_members_of_an_open_contract_are_kept(void) {
    target target = new_target("{\"properties\":{\"id\":{\"type\":\"string\",\"x-key\":true}}}");
    DELIVER(&target, "ii=u", {"{\"more\" : [ 1 , 2 ],\"id\":\"a\", \"\\u0041\" : {\"b\" : 1}}", 1},
            {"{\"id\":\"b\"}", 2}, {"{\"more\":[1,2],\"id\":\"a\",\"\\u0041\":{\"b\":1}}", 3},
            {"{\"id\":\"b\",\"more\":null}", 4});
    CHECK_QUERY("SELECT id,_undeclared FROM rows ORDER BY id",
                "a|{\"more\":[1,2],\"\\u0041\":{\"b\":1}};b|{\"more\":null}");
    end_target(&target);
}

/* --- outcomes --- */

static void a_keyed_record_ends_as_it_should(void) {
    target target = new_target(KEYED);
    CHECK(target.sink->keyed(target.kit.instance) == 1);
    CHECK(target.sink->promise == SPW_SINK_POSITION);
    DELIVER(&target, "iiu=u", {"{\"id\":\"a\",\"n\":1}", 1}, {"{\"id\":\"b\",\"n\":1}", 2},
            {"{\"id\":\"a\",\"n\":2}", 3}, {"{\"id\":\"a\",\"n\":2,\"t\":null}", 4},
            {"{\"id\":\"a\",\"n\":3}", 5});
    CHECK_QUERY("SELECT id,n,_sequence FROM rows ORDER BY id", "a|3|5;b|1|2");
    /* Later records of a key that is older in the table, and older ones. */
    DELIVER(&target, "ss=u", {"{\"id\":\"a\",\"n\":9}", 4}, {"{\"id\":\"b\",\"n\":9}", 1},
            {"{\"id\":\"a\",\"n\":3}", 5}, {"{\"id\":\"b\",\"n\":7}", 2});
    CHECK_QUERY("SELECT id,n,_sequence FROM rows ORDER BY id", "a|3|5;b|7|2");
    /* There and back again; unchanged ones move the sequence on. */
    DELIVER(&target, "uu=s", {"{\"id\":\"a\",\"n\":1}", 10}, {"{\"id\":\"a\",\"n\":3}", 11},
            {"{\"id\":\"b\",\"n\":7}", 20}, {"{\"id\":\"b\",\"n\":8}", 19});
    CHECK_QUERY("SELECT id,n,_sequence FROM rows ORDER BY id", "a|3|11;b|7|20");
    /* What was rescued is part of the row. */
    DELIVER(&target, "u=u", {"{\"id\":\"a\",\"n\":3}", 21, .rescued = "[{}]"},
            {"{\"id\":\"a\",\"n\":3}", 22, .rescued = "[{}]"}, {"{\"id\":\"a\",\"n\":3}", 23});
    end_target(&target);
}

static void a_deleted_key_is_guarded(void) {
    target target = new_target(KEYED);
    DELIVER(&target, "id=s", {"{\"id\":\"a\",\"n\":1}", 1}, {"{\"id\":\"a\"}", 5, SPW_DELETE},
            {"{\"id\":\"b\"}", 6, SPW_DELETE}, {"{\"id\":\"a\",\"n\":2}", 4});
    CHECK_QUERY("SELECT count(*) FROM rows", "0");
    CHECK_QUERY("SELECT * FROM _spillway_tombstones ORDER BY key", "rows|[\"a\"]|5;rows|[\"b\"]|6");
    DELIVER(&target, "ss=", {"{\"id\":\"b\",\"n\":1}", 5}, {"{\"id\":\"a\"}", 4, SPW_DELETE},
            {"{\"id\":\"a\"}", 5, SPW_DELETE});
    DELIVER(&target, "iis", {"{\"id\":\"a\",\"n\":3}", 7}, {"{\"id\":\"c\",\"n\":1}", 8},
            {"{\"id\":\"a\"}", 6, SPW_DELETE});
    CHECK_QUERY("SELECT id,n FROM rows ORDER BY id", "a|3;c|1");
    CHECK_QUERY("SELECT key FROM _spillway_tombstones", "[\"b\"]");
    DELIVER(&target, "di",
            {"{\"id\":\"c\",\"n\":\"of an older contract\",\"zz\":1}", 9, SPW_DELETE},
            {"{\"id\":\"c\",\"n\":5}", 10});
    CHECK_QUERY("SELECT id,n FROM rows ORDER BY id", "a|3;c|5");
    end_target(&target);
}

static void keys_of_several_columns_work(void) {
    target target = new_target("{\"properties\":{\"v\":{\"type\":\"string\"},"
                               "\"i\":{\"type\":\"integer\",\"x-key\":true},"
                               "\"f\":{\"type\":\"number\",\"x-key\":true},"
                               "\"s\":{\"type\":\"string\",\"x-key\":true}}}");
    DELIVER(&target, "iii=u", {"{\"i\":1,\"f\":0.1,\"s\":\"a\",\"v\":\"x\"}"},
            {"{\"i\":1,\"f\":0.1,\"s\":\"b\",\"v\":\"x\"}"},
            {"{\"i\":1,\"f\":0.2,\"s\":\"a\",\"v\":\"x\"}"},
            {"{\"i\":1,\"f\":0.1,\"s\":\"a\",\"v\":\"x\"}"},
            {"{\"i\":1,\"f\":0.1,\"s\":\"b\",\"v\":\"y\"}"});
    DELIVER(&target, "dsi", {"{\"i\":1,\"f\":0.1,\"s\":\"b\"}", 9, SPW_DELETE},
            {"{\"i\":1,\"f\":0.1,\"s\":\"b\"}", 8}, {"{\"i\":1,\"f\":0.1,\"s\":\"\\\"b\"}", 8});
    CHECK_QUERY("SELECT key FROM _spillway_tombstones", "[1,0.10000000000000001,\"b\"]");
    end_target(&target);
}

static void an_append_table_takes_all(void) {
    target target = new_target(APPENDED);
    CHECK(target.sink->keyed(target.kit.instance) == 0);
    DELIVER(&target, "iii", {"{\"id\":\"a\",\"n\":1}"}, {"{\"id\":\"a\",\"n\":1}"},
            {"{}", 1, .rescued = "[1]"});
    CHECK_QUERY("SELECT id,n,_sequence,_rescued_data FROM rows",
                "a|1|1|NULL;a|1|2|NULL;NULL|NULL|1|[1]");
    end_target(&target);
}

/* --- rejects --- */

static void check_reject(const char *contract, const char *record, int32_t operation,
                         int32_t signal, const char *pointer) {
    target target = new_target(contract);
    const sent records[] = {
        {"{\"id\":\"ok\"}", 1}, {record, 2, operation}, {"{\"id\":\"ok2\"}", 3}};
    CHECK(prepare_stream(&target, "s", records, 3) == SPW_OK, "%s: %s", record, why(&target));
    size_t count;
    const spw_event *events = spw_frame_events(target.kit.frame, &count);
    CHECK(count == 1, "%s: %zu events", record, count);
    CHECK(events->kind == SPW_EVENT_REJECTED && events->index == 1, "%s", record);
    CHECK(events->signal == signal, "%s: %d", record, events->signal);
    CHECK(kit_equal(events->pointer, pointer), "%s: %.*s", record, (int)events->pointer.size,
          events->pointer.data);
    CHECK(events->reason.size, "%s", record);
    CHECK(target.outcomes[1] == SPW_OUTCOME_NONE);
    CHECK(commit_stream(&target, "s", 3, "") != SPW_OK, "a rejected batch is not committed");
    CHECK(abort_stream(&target, "s") == SPW_OK);
    const sent rest[] = {records[0], records[2]};
    deliver(&target, rest, 2, "ii");
    CHECK_QUERY("SELECT count(*) FROM rows", "2");
    end_target(&target);
}

static void what_does_not_fit_is_rejected(void) {
    enum { drift = SPW_SIGNAL_SCHEMA_DRIFT, broken = SPW_SIGNAL_UNRECOVERABLE };
    static const struct {
        const char *record;
        int32_t signal;
        const char *pointer;
    } cases[] = {{"{\"id\":\"a\",\"n\":\"1\"}", drift, "/n"},
                 {"{\"id\":\"a\",\"n\":true}", drift, "/n"},
                 {"{\"id\":\"a\",\"n\":1.5}", drift, "/n"},
                 {"{\"id\":\"a\",\"n\":[]}", drift, "/n"},
                 {"{\"id\":\"a\",\"t\":1}", drift, "/t"},
                 {"{\"id\":\"a\",\"t\":\"\\ud83d\"}", drift, "/t"},
                 {"{\"id\":1}", drift, "/id"},
                 {"{\"id\":null}", drift, "/id"},
                 {"{\"n\":1}", drift, "/id"},
                 {"{}", drift, "/id"},
                 {"{\"id\":\"a\",\"n\":1,\"n\":2}", drift, "/n"},
                 {"{\"id\":\"a\",\"i~d/\":1}", drift, "/i~0d~1"},
                 {"{\"id\":\"a\",\"\\ud83d\":1}", drift, ""},
                 {"[]", drift, ""},
                 {"null", drift, ""},
                 {"\"a\"", drift, ""},
                 {"", broken, ""},
                 {"{", broken, ""},
                 {"{\"id\":\"a\"", broken, ""},
                 {"{\"id\":\"a\"}}", broken, ""},
                 {"{\"id\":\"a\xFF\"}", broken, ""},
                 {"{id:1}", broken, ""},
                 {"<html>", broken, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_reject(KEYED, cases[i].record, SPW_UPSERT, cases[i].signal, cases[i].pointer);
    }
    check_reject(KEYED, "{\"n\":1}", SPW_DELETE, drift, "/id");
    check_reject(APPENDED, "{\"id\":\"a\"}", SPW_DELETE, drift, "");
}

static void every_reject_of_a_batch_is_named(void) {
    target target = new_target(KEYED);
    const sent records[] = {
        {"{\"n\":1}"}, {"{\"id\":\"a\"}"}, {"nope"}, {"{\"id\":\"b\",\"t\":2}"}};
    CHECK(prepare_stream(&target, "s", records, 4) == SPW_OK);
    size_t count;
    const spw_event *events = spw_frame_events(target.kit.frame, &count);
    CHECK(count == 3 && events[0].index == 0 && events[1].index == 2 && events[2].index == 3);
    end_target(&target);
}

static void constraints_of_the_table_reject(void) {
    static const char *const tables[] = {
        "CREATE TABLE rows(id TEXT PRIMARY KEY,n INTEGER CHECK(n<10),t TEXT UNIQUE,"
        "_sequence INTEGER,_rescued_data TEXT)",
        "CREATE TABLE rows(id TEXT PRIMARY KEY,n INTEGER CHECK(n<10),"
        "t TEXT UNIQUE ON CONFLICT ROLLBACK,_sequence INTEGER,_rescued_data TEXT)",
        "CREATE TABLE rows(id TEXT PRIMARY KEY,n INTEGER CHECK(n<10),"
        "t TEXT UNIQUE,_sequence INTEGER,_rescued_data TEXT)WITHOUT ROWID"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        new_folder();
        execute(tables[i]);
        target target = open_target(KEYED);
        DELIVER(&target, "ii", {"{\"id\":\"a\",\"t\":\"x\"}"}, {"{\"id\":\"b\",\"t\":\"y\"}"});
        const sent records[] = {
            {"{\"id\":\"c\"}", 3}, {"{\"id\":\"b\",\"t\":\"x\"}", 4}, {"{\"id\":\"d\"}", 5}};
        CHECK(prepare_stream(&target, "s", records, 3) == SPW_OK, "%s", why(&target));
        size_t count;
        const spw_event *events = spw_frame_events(target.kit.frame, &count);
        CHECK(count == 1 && events->index == 1 && events->signal == SPW_SIGNAL_SCHEMA_DRIFT);
        CHECK(commit_stream(&target, "s", 9, "") != SPW_OK);
        CHECK(abort_stream(&target, "s") == SPW_OK);
        CHECK_QUERY("SELECT id,t FROM rows ORDER BY id", "a|x;b|y");
        const sent wrong[] = {{"{\"id\":\"c\",\"n\":10}", 3}};
        CHECK(prepare_stream(&target, "s", wrong, 1) == SPW_OK);
        spw_frame_events(target.kit.frame, &count);
        CHECK(count == 1);
        CHECK(abort_stream(&target, "s") == SPW_OK);
        DELIVER(&target, "ii", {"{\"id\":\"c\"}", 3}, {"{\"id\":\"d\"}", 5});
        end_target(&target);
    }
}

/* --- many --- */

/* A model in memory of keys, sequences and values goes along with random batches. */
static void random_batches_agree_with_a_model(void) {
    enum { keys = 40, rounds = 300 };
    struct {
        bool is_there, was_deleted;
        uint64_t sequence;
        int n;
    } model[keys] = {0};
    target target = new_target(KEYED);
    srand(7);
    for (uint64_t round = 0; round < rounds; round++) {
        char texts[32][64], wanted[33] = "";
        sent records[32];
        size_t count = 1 + (size_t)rand() % 32;
        for (size_t i = 0; i < count; i++) {
            int key = rand() % keys, n = rand() % 3;
            uint64_t late = rand() % 4 ? 0 : (uint64_t)(rand() % 60);
            uint64_t sequence = 100 + round * 32 + i - late;
            bool is_delete = rand() % 8 == 0;
            snprintf(texts[i], sizeof texts[i], "{\"n\":%d,\"id\":\"key%d\"}", n, key);
            records[i] = (sent){texts[i], sequence, is_delete ? SPW_DELETE : SPW_UPSERT, NULL};
            bool is_known = model[key].is_there || model[key].was_deleted;
            char *outcome = &wanted[i];
            if (is_known && model[key].sequence > sequence) {
                *outcome = 's';
                continue;
            }
            *outcome = is_delete              ? model[key].is_there ? 'd' : '='
                       : !model[key].is_there ? 'i'
                       : model[key].n == n    ? '='
                                              : 'u';
            model[key].is_there = !is_delete;
            model[key].was_deleted = is_delete;
            model[key].sequence = sequence;
            model[key].n = n;
        }
        wanted[count] = 0;
        deliver(&target, records, count, wanted);
    }
    char all[4096] = "";
    for (int i = 0; i < keys; i++) {
        if (model[i].is_there) {
            sprintf(all + strlen(all), "%skey%d|%d|%llu", *all ? ";" : "", i, model[i].n,
                    (unsigned long long)model[i].sequence);
        }
    }
    CHECK_QUERY("SELECT id,n,_sequence FROM rows ORDER BY CAST(substr(id,4) AS INTEGER)", all);
    end_target(&target);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    plugin = kit_load(arguments[1]);
    a_table_is_made_from_the_contract();
    numbers_are_exact_or_refused();
    integers_keep_to_their_range();
    short_large_integers_have_room();
    texts_are_kept_whole();
    undeclared_members_of_an_open_contract_are_kept();
    a_keyed_record_ends_as_it_should();
    a_deleted_key_is_guarded();
    keys_of_several_columns_work();
    an_append_table_takes_all();
    what_does_not_fit_is_rejected();
    every_reject_of_a_batch_is_named();
    constraints_of_the_table_reject();
    random_batches_agree_with_a_model();
    return 0;
}

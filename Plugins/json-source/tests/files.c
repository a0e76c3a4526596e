/* Documents as files: changes between runs, while read, crashes, and raw bytes again. */
#include "../../common/source_test.h"

#define FIXTURES "../../Tests/Fixtures/sources/cisa-kev/"

static const char records[] = ",\"records\":\"/v\"";

static seen run(const char *options, const char *position) {
    return read_all(options, position, 2, 1 << 20);
}

static void expect_nothing(const char *options, const char *position) {
    seen all = run(options, position);
    CHECK(all.status == SPW_END && all.count == 0, "%zu, %s", all.count, all.message);
    seen_free(&all);
}

static void check_keys(const seen *all, size_t count, const char *const *keys) {
    CHECK(all->status == SPW_END && all->count == count, "%zu, %s", all->count, all->message);
    for (size_t i = 0; i < count; i++) {
        CHECK(!strcmp(all->records[i].key, keys[i]), "%s, not %s", all->records[i].key, keys[i]);
    }
}
#define KEYS(...)                                                                                  \
    sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *const[]) {                \
        __VA_ARGS__                                                                                \
    }

/* A feed as a scraper stores it: good, an error page, good again. */
static void a_feed(void) {
    empty_folder();
    write_file("2024-01-01.json", "{\"v\":[{\"a\":1},{\"a\":2}]}");
    write_file("2024-01-02.json", "<html>Access Denied</html>\n");
    write_file("2024-01-03.json", "{\"v\":[{\"a\":3}]}");
    const char *options = options_for("*.json", records);
    seen all = run(options, NULL);
    check_keys(&all, KEYS("in/1:6", "in/1:14", "in/2:0", "in/3:6"));
    CHECK(all.records[2].size == 27 && strstr(all.records[2].reason, "2024-01-02.json:1:1: "));
    CHECK(all.records[2].signal == SPW_SIGNAL_UNRECOVERABLE);
    expect_nothing(options, all.records[3].position);
    seen_free(&all);
    check_restarts(options, 1);
}

/* A document that is another one now is read anew, whether it was read whole or in part. */
static void replaced(const char *more, bool broken) {
    empty_folder();
    const char *options = options_for("*", more);
    const char *was = broken ? "{\"v\":[{\"a\":1},{\"a\":" : "{\"v\":[{\"a\":1},{\"a\":2}]}";
    write_file("a", was);
    seen first = read_all(options, NULL, 1, 1 << 20);
    CHECK(first.count == (broken && !strstr(more, "prefix") ? 1 : 2));
    const char *end = first.records[first.count - 1].position;
    expect_nothing(options, end);
    if (broken) {
        append_file("a", "2}]}"); /* the download is whole by now */
    } else {
        write_file("a", "{\"v\":[{\"b\":1},{\"b\":2}]}");
    }
    seen second = run(options, end);
    check_keys(&second, KEYS("in/2:6", "in/2:14"));
    expect_nothing(options, second.records[1].position);
    if (first.count == 2 && !broken) {
        seen half = run(options, first.records[0].position);
        check_same_from(&second, 0, &half);
        seen_free(&half);
    }
    seen_free(&first);
    seen_free(&second);
}

/* With another document after it, so that it lies behind the position. */
static void replaced_earlier(void) {
    empty_folder();
    const char *options = options_for("*", records);
    write_file("a", "{\"v\":[{\"a\":1}]}");
    write_file("b", "{\"v\":[{\"b\":1}]}");
    seen first = run(options, NULL);
    const char *end = first.records[1].position;
    append_file("a", "\n"); /* grown: another document */
    seen second = run(options, end);
    check_keys(&second, KEYS("in/3:6"));
    expect_nothing(options, second.records[0].position);
    seen_free(&first);
    seen_free(&second);
}

static void atomic_tells_the_tail(void) {
    empty_folder();
    write_file("a", "{\"v\":[{\"a\":1},{\"a\":2}],\"n\":1}");
    const char *options = options_for("a", records);
    seen first = read_all(options, NULL, 1, 1 << 20);
    write_file("a", "{\"v\":[{\"a\":1},{\"a\":3}],\"n\":1}"); /* behind the position, unread */
    seen second = run(options, first.records[0].position);
    check_keys(&second, KEYS("in/2:6", "in/2:14"));
    seen_free(&first);
    seen_free(&second);
}

/* Written to between the check and the end: what was handed out stands, the rest is one record. */
static void changed_while_read(void) {
    empty_folder();
    FILE *file = fopen(place("a"), "wb");
    fprintf(file, "{\"v\":[{}");
    for (int i = 0; i < 100000; i++) {
        fprintf(file, ",{\"n\":%d}", 100000 + i);
    }
    fprintf(file, "]}");
    fclose(file);
    kit_instance source = start_source(options_for("a", records), NULL);
    seen all = {0};
    CHECK(see_next(&source, &all, 10, 1 << 20) == SPW_OK);
    CHECK(truncate(place("a"), 500000) == 0);
    while (see_next(&source, &all, 1000, 1 << 20) == SPW_OK) {
    }
    CHECK(all.status == SPW_END && all.count > 10, "%d %zu %s", all.status, all.count, all.message);
    const seen_record *rest = &all.records[all.count - 1];
    CHECK(rest->reason && strstr(rest->reason, "changed while it was read"), "%s", rest->reason);
    size_t offset = strtoul(strchr(rest->key, ':') + 1, NULL, 10);
    CHECK(offset + rest->size == 500000, "every byte is in a record");
    kit_close(&source);
    seen_free(&all);
}

static void killed_before_commit(const char *more) {
    empty_folder();
    const char *options = options_for("*", more);
    write_file("a", "{\"v\":[{\"a\":1},7,{\"a\":2}]}");
    write_file("b", "{\"v\":[]}");
    write_file("c", "{\"v\":[{\"c\":1}");
    write_file("d", "{\"v\":[{\"d\":1}]}");
    seen whole = read_all(options, NULL, 1, 1 << 20);
    for (size_t read = 0; read <= whole.count; read++) {
        for (size_t committed = 0; committed <= read; committed++) {
            kit_state_clear();
            kit_instance source = start_source(options, NULL);
            seen some = {0};
            for (size_t i = 0; i < read; i++) {
                CHECK(see_next(&source, &some, 1, 1 << 20) == SPW_OK);
            }
            if (read == whole.count) {
                CHECK(see_next(&source, &some, 1, 1 << 20) == SPW_END);
            }
            kit_close(&source);
            seen rest = run(options, committed ? some.records[committed - 1].position : NULL);
            check_same_from(&whole, committed, &rest);
            seen_free(&rest);
            seen_free(&some);
        }
    }
    seen_free(&whole);
}

/* Calls that are cut off all the time come to the end nevertheless. */
static void checks_in_pieces(void) {
    empty_folder();
    FILE *file = fopen(place("a"), "wb");
    fprintf(file, "{\"v\":[{}");
    for (int i = 0; i < 100000; i++) {
        fprintf(file, ",{\"n\":%d}", 100000 + i);
    }
    fprintf(file, "]}");
    fclose(file);
    kit_instance source = start_source(options_for("a", records), NULL);
    const spw_source *table = source.table;
    spw_batch batch = {.size = sizeof batch};
    int pending = 0;
    for (;; pending++) {
        spw_call *call = kit_begin(&source, 1000);
        spw_frame_cancel(source.frame);
        spw_status status = table->next(source.instance, call, 1000, 1 << 20, &batch);
        if (status == SPW_OK) {
            break;
        }
        CHECK(status == SPW_PENDING && pending < 1000, "%d %d", status, pending);
    }
    CHECK(pending > 5 && batch.input.record_count == 1000);
    CHECK(kit_equal(batch.input.raw_media_type, "application/json"));
    table->release(source.instance, batch.token);
    kit_close(&source);
}

static void parses_again(void) {
    const char *document = "{\"v\":[{\"a\":1},3,{\"v\":[{}]}]}";
    kit_instance source =
        kit_open(&tested, SPW_SOURCE, "in", "{\"files\":\"x\",\"records\":\"/v\"}", NULL, NULL);
    static const char *const whole_keys[] = {"in/4:0", "k", "k/2x"};
    for (size_t i = 0; i < 3; i++) {
        char second[32];
        snprintf(second, sizeof second, "%s/1", whole_keys[i]);
        seen all = parse_raw(&source, whole_keys[i], document, strlen(document));
        CHECK(all.count == 3 && !all.records[0].reason && all.records[1].reason);
        check_key(&all, 0, whole_keys[i], "{\"a\":1}");
        check_key(&all, 1, second, "3");
        seen_free(&all);
    }
    /* a record that looks like a document is a record, by its key */
    static const char *const record_keys[] = {"in/4:17", "in/4:0/2"};
    for (size_t i = 0; i < 2; i++) {
        seen one = parse_raw(&source, record_keys[i], "{\"v\":[{}]}", 10);
        CHECK(one.count == 1 && !one.records[0].reason);
        check_key(&one, 0, record_keys[i], "{\"v\":[{}]}");
        seen_free(&one);
    }
    static const char *const broken[] = {"", "<html>", "[{\"a\":1}", "{\"w\":[]}"};
    for (size_t i = 0; i < 4; i++) {
        seen one = parse_raw(&source, "in/4:0", broken[i], strlen(broken[i]));
        CHECK(one.count == 1 && one.records[0].signal == SPW_SIGNAL_UNRECOVERABLE);
        check_key(&one, 0, "in/4:0", broken[i]);
        seen_free(&one);
    }
    kit_close(&source);
}

static void raw_is_the_record(void) {
    empty_folder();
    write_file("a", "{\"v\":[{\"a\": [1, 2]}, 3 ,{\"v\":[{}]} ]}");
    write_file("b", "<html>");
    const char *options = options_for("*", records);
    seen all = run(options, NULL);
    CHECK(all.count == 4);
    kit_instance source = kit_open(&tested, SPW_SOURCE, "in", options, NULL, NULL);
    for (size_t i = 0; i < all.count; i++) {
        check_parse(&source, &all.records[i]);
    }
    kit_close(&source);
    seen_free(&all);
}

/* The catalogue as one document against the same as NDJSON, then a page that was no catalogue. */
static void catalogue(void) {
    const char *options = "{\"files\":[\"" FIXTURES "kev.json\",\"" FIXTURES "error-page.json\"],"
                          "\"records\":\"/vulnerabilities\"}";
    kit_state_clear();
    seen all = read_all(options, NULL, 3, 1 << 20);
    CHECK(all.status == SPW_END && all.count == 11, "%s", all.message);
    char *lines = kit_read_file(FIXTURES "kev.ndjson", NULL), *line = lines;
    for (size_t i = 1; i < all.count; i++) { /* error-page.json sorts before kev.json */
        CHECK(!all.records[i].reason);
        const char *at = all.records[i].bytes;
        for (bool quoted = false; *at; at++) {
            quoted ^= *at == '"' && at[-(at > all.records[i].bytes)] != '\\';
            if (quoted || !strchr(" \n", *at)) {
                CHECK(*at == *line++, "%s", at);
            }
        }
        CHECK(*line++ == '\n');
    }
    CHECK(!*line && all.records[0].reason && all.records[0].size == 456);
    free(lines);
    seen_free(&all);
    check_restarts(options, 1);
}

static void wrong_options(void) {
    check_invalid("{\"files\":\"a\",\"records\":\"v\"}", "records");
    check_invalid("{\"files\":\"a\",\"records\":\"/a~2\"}", "records");
    check_invalid("{\"files\":\"a\",\"records\":3}", "records");
    check_invalid("{\"files\":\"a\",\"document\":\"whole\"}", "document");
    check_invalid("{\"files\":\"a\",\"max_record_bytes\":3}", "max_record_bytes");
    check_invalid("{\"records\":\"\"}", "files");
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    begin_tests(argv[1]);
    a_feed();
    replaced(records, false);
    replaced(records, true);
    replaced(",\"records\":\"/v\",\"document\":\"prefix\"", false);
    replaced(",\"records\":\"/v\",\"document\":\"prefix\"", true);
    replaced_earlier();
    atomic_tells_the_tail();
    changed_while_read();
    killed_before_commit(records);
    killed_before_commit(",\"records\":\"/v\",\"document\":\"prefix\"");
    checks_in_pieces();
    parses_again();
    raw_is_the_record();
    catalogue();
    wrong_options();
    end_tests();
    return 0;
}

/* Lines: which are records, which are rejected, under which keys. */
#include "../../common/source_test.h"

static void lines_and_keys(void) {
    empty_folder();
    write_file("a.ndjson", "\xEF\xBB\xBF{\"a\":1}\r\n\n  \t\r\n {\"a\": [2]} \n{\"a\":3}");
    seen all = read_all(options_for("a.ndjson", ""), NULL, 100, 1 << 20);
    CHECK(all.status == SPW_END && all.count == 3);
    check_key(&all, 0, "in/1:3", "{\"a\":1}");
    check_key(&all, 1, "in/1:18", " {\"a\": [2]} ");
    check_key(&all, 2, "in/1:31", "{\"a\":3}");
    seen_free(&all);
    check_restarts(options_for("a.ndjson", ""), 1);
}

static void nothing_to_read(void) {
    empty_folder();
    write_file("empty.ndjson", "");
    write_file("blank.ndjson", "\n\n \r\n");
    write_file("mark.ndjson", "\xEF\xBB\xBF");
    seen all = read_all(options_for("*.ndjson", ""), NULL, 100, 1 << 20);
    CHECK(all.status == SPW_END && all.count == 0);
    seen_free(&all);
}

static void faulty_lines(void) {
    static const struct {
        const char *line;
        size_t size;
        const char *reason;
    } cases[] = {
        {"[1]", 3, "not a JSON object: a value that is no object, at byte 9"},
        {"\"x\"", 3, "a value that is no object"},
        {"{\"a\":1", 6, "at byte 15"},
        {"{\"a\":1}}", 8, "something follows the value, at byte 16"},
        {"{\"a\":1}{\"b\":2}", 14, "something follows the value"},
        {"{\"a\":\"\xE9\"}", 8, "not UTF-8, at byte 15"},
        {"{\"a\":\0}", 7, "at byte 14"},
        {"{\"a\":01}", 8, "leading zero"},
        {"\xFF\xFE{\0", 4, "at byte 9"},
        {"<html>", 6, "starts no value"},
        {"{'a':1}", 7, "without its name"},
        {"{\"a\":NaN}", 9, "starts no value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        empty_folder();
        write_file("a", "{\"n\": 1}\n");
        write_bytes("a", cases[i].line, cases[i].size, "ab");
        append_file("a", "\n{\"n\":2}\n");
        seen all = read_all(options_for("a", ""), NULL, 100, 1 << 20);
        CHECK(all.status == SPW_END && all.count == 3);
        const seen_record *faulty = &all.records[1];
        CHECK(strcmp(faulty->key, "in/1:9") == 0 && faulty->signal == SPW_SIGNAL_UNRECOVERABLE);
        CHECK(faulty->size == cases[i].size && !memcmp(faulty->raw, cases[i].line, faulty->size));
        CHECK(strstr(faulty->reason, cases[i].reason), "%s", faulty->reason);
        CHECK(!all.records[0].reason && !all.records[2].reason);
        seen_free(&all);
        check_restarts(options_for("a", ""), 1);
    }
}

static void deep_nesting(void) {
    empty_folder();
    char *line = malloc(100000);
    memset(line, '[', 100000);
    write_file("a", "{\"a\":");
    write_bytes("a", line, 100000, "ab");
    append_file("a", "\n{\"n\":2}");
    seen all = read_all(options_for("a", ""), NULL, 100, 1 << 20);
    CHECK(all.count == 2 && strstr(all.records[0].reason, "1024 levels"));
    CHECK(all.records[0].size == 100005);
    seen_free(&all);
    free(line);
}

/* An overlong line is kept whole; those around it are read. */
static void long_line(void) {
    empty_folder();
    size_t size = 3 << 20;
    char *line = malloc(size);
    memset(line, 'x', size);
    memcpy(line, "{\"a\":\"", 6);
    memcpy(line + size - 3, "\"}\n", 3);
    write_file("a", "{\"n\":1}\n");
    write_bytes("a", line, size, "ab");
    append_file("a", "{\"n\":3}\n");
    const char *options = options_for("a", ",\"max_record_bytes\":1000000");
    seen all = read_all(options, NULL, 100, 1 << 20);
    CHECK(all.status == SPW_END && all.count == 3);
    CHECK(all.records[1].signal == SPW_SIGNAL_CAPACITY && all.records[1].size == size - 1);
    CHECK(!memcmp(all.records[1].raw, line, size - 1), "its bytes are kept");
    CHECK(strstr(all.records[1].reason, "max_record_bytes"), "%s", all.records[1].reason);
    check_key(&all, 2, "in/1:3145736", "{\"n\":3}");
    seen_free(&all);
    check_restarts(options, 1);
    seen taken = read_all(options_for("a", ",\"max_record_bytes\":3145727"), NULL, 100, 1 << 20);
    CHECK(taken.count == 3 && !taken.records[1].reason, "just as long as it may be");
    seen_free(&taken);
    free(line);
}

/* Lines of every length around the borders of what is read at once. */
static void chunk_borders(void) {
    empty_folder();
    FILE *file = fopen(place("a"), "wb");
    size_t count = 0;
    for (int size = 65530; size < 65545; size++, count++) {
        fprintf(file, "{\"a\":\"%0*d\"}%s", size - 10, size, size % 2 ? "\r\n" : "\n");
    }
    fclose(file);
    seen all = read_all(options_for("a", ""), NULL, 100, 1 << 20);
    CHECK(all.count == count);
    size_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        char key[32];
        snprintf(key, sizeof key, "in/1:%zu", offset);
        CHECK(!strcmp(all.records[i].key, key) && !all.records[i].reason, "%s", key);
        CHECK(all.records[i].size == 65528 + i);
        offset += all.records[i].size + 1 + ((65530 + i) % 2);
    }
    seen_free(&all);
    check_restarts(options_for("a", ""), 3);
}

static void parses_again(void) {
    kit_instance source = kit_open(&tested, SPW_SOURCE, "in", "{\"files\":\"x\"}", NULL, NULL);
    seen good = parse_raw(&source, "in/7:90", "{\"a\":1}", 7);
    CHECK(good.count == 1 && !good.records[0].reason);
    check_key(&good, 0, "in/7:90", "{\"a\":1}");
    seen_free(&good);
    seen two = parse_raw(&source, "k", "{\"a\":1}\n{\"a\":2}\n[3]", 19);
    CHECK(two.count == 3 && two.records[2].signal == SPW_SIGNAL_UNRECOVERABLE);
    check_key(&two, 1, "k/1", "{\"a\":2}");
    check_key(&two, 2, "k/2", "[3]");
    seen_free(&two);
    seen bad = parse_raw(&source, "k", "<html>", 6);
    CHECK(bad.count == 1 && bad.records[0].signal == SPW_SIGNAL_UNRECOVERABLE);
    seen_free(&bad);
    seen none = parse_raw(&source, "k", " \n", 2);
    CHECK(none.count == 1 && none.records[0].size == 2 && none.records[0].reason);
    seen_free(&none);
    kit_close(&source);
}

static void wrong_options(void) {
    check_invalid("{}", "files");
    check_invalid("{\"files\":[]}", "files");
    check_invalid("{\"files\":3}", "files");
    check_invalid("{\"files\":[\"a\",3]}", "files");
    check_invalid("{\"files\":\"\"}", "files");
    check_invalid("{\"files\":\"a\",\"sort\":\"size\"}", "sort");
    check_invalid("{\"files\":\"a\",\"hash_prefix\":1}", "hash_prefix");
    check_invalid("{\"files\":\"a\",\"max_record_bytes\":0}", "max_record_bytes");
    check_invalid("{\"files\":\"a\",\"max_record_bytes\":-5}", "max_record_bytes");
    check_invalid("{\"files\":\"a\",\"max_record_bytes\":1.5}", "max_record_bytes");
    check_invalid("{\"files\":\"a\",\"fils\":1}", "fils");
    check_invalid("[]", "object");
    check_invalid("{\"files\":\"a\"", "object");
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    begin_tests(argv[1]);
    lines_and_keys();
    nothing_to_read();
    faulty_lines();
    deep_nesting();
    long_line();
    chunk_borders();
    parses_again();
    wrong_options();
    end_tests();
    return 0;
}

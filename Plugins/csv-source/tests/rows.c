/* Rows: cells, line ends, faults, under which keys, with which raw bytes. */
#include "../../common/source_test.h"

static seen read_text(const char *text, size_t size, const char *more) {
    empty_folder();
    write_bytes("a.csv", text, size, "wb");
    return read_all(options_for("a.csv", more), NULL, 100, 1 << 20);
}

typedef struct row_case {
    const char *text, *more, *records[4];
} row_case;

static void rows(void) {
    static const row_case cases[] = {
        {"a,b\n1,2\n3,4\n", "", {"{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":\"3\",\"b\":\"4\"}"}},
        {"a,b\r\n1,2\r\n3,4", "", {"{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":\"3\",\"b\":\"4\"}"}},
        {"a,b\r1,2\r3,4\r", "", {"{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":\"3\",\"b\":\"4\"}"}},
        {"a,b\n,\n\"\",\"\"\n", "", {"{\"a\":\"\",\"b\":\"\"}", "{\"a\":\"\",\"b\":\"\"}"}},
        {"a\n\"x \"\"y\"\"\nz\"\n1\n", "", {"{\"a\":\"x \\\"y\\\"\\nz\"}", "{\"a\":\"1\"}"}},
        {"a,b\n\"1,2\",3\n", "", {"{\"a\":\"1,2\",\"b\":\"3\"}"}},
        {"\n\r\na,b\n\n1,2\n\n\n", "", {"{\"a\":\"1\",\"b\":\"2\"}"}},
        {"\xEF\xBB\xBF\"a\",b\n 1 ,\t2\\\n", "", {"{\"a\":\" 1 \",\"b\":\"\\t2\\\\\"}"}},
        {"a;b\n1;2,3\n", ",\"delimiter\":\";\"", {"{\"a\":\"1\",\"b\":\"2,3\"}"}},
        {"a\tb\n1\t\"2\"\n", ",\"delimiter\":\"\\t\"", {"{\"a\":\"1\",\"b\":\"2\"}"}},
        {"a,b\n'1,''',\"2\n", ",\"quote\":\"'\"", {"{\"a\":\"1,'\",\"b\":\"\\\"2\"}"}},
        {"1,2\n3,4\n",
         ",\"header\":[\"x\",\"y\"]",
         {"{\"x\":\"1\",\"y\":\"2\"}", "{\"x\":\"3\",\"y\":\"4\"}"}},
        {"\xEF\xBB\xBF"
         "1\n",
         ",\"header\":[\"x\"]",
         {"{\"x\":\"1\"}"}},
        {"a,,c\n1,2,3\n", "", {"{\"a\":\"1\",\"\":\"2\",\"c\":\"3\"}"}},
        {"a\"b\",c\n", "", {NULL}},
        {"a,b\n", "", {NULL}},
        {"", "", {NULL}},
        {"\n\n", "", {NULL}},
        {"caf\xC3\xA9,\"x\ny\"\n\xE2\x82\xAC,1\n",
         "",
         {"{\"caf\xC3\xA9\":\"\xE2\x82\xAC\",\"x\\ny\":\"1\"}"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        seen all = read_text(cases[i].text, strlen(cases[i].text), cases[i].more);
        size_t count = 0;
        for (; count < 4 && cases[i].records[count]; count++) {
            CHECK(count < all.count && !all.records[count].reason, "%s", cases[i].text);
            CHECK(!strcmp(all.records[count].bytes, cases[i].records[count]), "%s",
                  all.records[count].bytes);
        }
        bool faulty = strstr(cases[i].text, "a\"b\"") != NULL; /* the header, so the file */
        CHECK(all.status == SPW_END && all.count == count + faulty, "%s: %zu", cases[i].text,
              all.count);
        seen_free(&all);
        check_restarts(options_for("a.csv", cases[i].more), 1);
    }
}

static void keys_and_raw_bytes(void) {
    const char *text = "\xEF\xBB\xBFid,\"t\"\r\n1,\"x\r\ny\"\r\n\r\n2,z";
    seen all = read_text(text, strlen(text), "");
    CHECK(all.count == 2);
    check_key(&all, 0, "in/1:11", "{\"id\":\"1\",\"t\":\"x\\r\\ny\"}");
    check_key(&all, 1, "in/1:23", "{\"id\":\"2\",\"t\":\"z\"}");
    CHECK(!strcmp(all.records[0].raw, "\xEF\xBB\xBFid,\"t\"\r\n1,\"x\r\ny\""));
    CHECK(!strcmp(all.records[1].raw, "\xEF\xBB\xBFid,\"t\"\r\n2,z"));
    kit_instance source = kit_open(&tested, SPW_SOURCE, "in", options_for("a.csv", ""), NULL, NULL);
    check_parse(&source, &all.records[0]);
    check_parse(&source, &all.records[1]);
    kit_close(&source);
    seen_free(&all);
}

static void faulty_rows(void) {
    static const struct {
        const char *row;
        size_t size;
        const char *reason;
    } cases[] = {
        {"1", 1, "line 4: 1 cell where the header has 2"},
        {"1,2,3", 5, "line 4: 3 cells where the header has 2"},
        {"1,2,", 4, "line 4: 3 cells"},
        {"1,a\"b", 5, "line 4: a quote inside a cell"},
        {"1,a\"b\"", 6, "line 4: a quote inside a cell"},
        {"1,\"a\"b", 6, "line 4: something follows the quote"},
        {"1,\"a\" ", 6, "line 4: something follows the quote"},
        {"1,\0", 3, "line 4: a NUL byte"},
        {"1,\xE9t\xE9", 5, "line 4: bytes that are not UTF-8"},
        {"\xFF\xFE,2", 4, "line 4: bytes that are not UTF-8"},
        {"<<<<<<< HEAD", 12, "line 4: 1 cell"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        empty_folder();
        write_file("a.csv", "a,b\r\n0,\"\r\n\"\r\n");
        write_bytes("a.csv", cases[i].row, cases[i].size, "ab");
        append_file("a.csv", "\r\n8,9\r\n");
        const char *options = options_for("a.csv", "");
        seen all = read_all(options, NULL, 100, 1 << 20);
        CHECK(all.status == SPW_END && all.count == 3, "%s", cases[i].row);
        const seen_record *faulty = &all.records[1];
        CHECK(!strcmp(faulty->key, "in/1:13") && faulty->signal == SPW_SIGNAL_UNRECOVERABLE);
        CHECK(strstr(faulty->reason, cases[i].reason), "%s", faulty->reason);
        CHECK(faulty->size == cases[i].size && !memcmp(faulty->bytes, cases[i].row, faulty->size));
        CHECK(faulty->raw_size == 5 + faulty->size && !memcmp(faulty->raw, "a,b\r\n", 5));
        check_key(&all, 2, strstr(all.records[2].key, "in/1:"), "{\"a\":\"8\",\"b\":\"9\"}");
        CHECK(!all.records[2].reason);
        kit_instance source = kit_open(&tested, SPW_SOURCE, "in", options, NULL, NULL);
        check_parse(&source, &all.records[0]);
        check_parse(&source, faulty);
        kit_close(&source);
        seen_free(&all);
        check_restarts(options, 1);
    }
}

static void quote_without_end(void) {
    const char *text = "a,b\n1,2\n3,\"x\n4,5\n6,7\n";
    seen all = read_text(text, strlen(text), "");
    CHECK(all.status == SPW_END && all.count == 2);
    check_key(&all, 1, "in/1:8", "3,\"x\n4,5\n6,7\n");
    CHECK(strstr(all.records[1].reason, "line 3: a quote that is not closed"), "%s",
          all.records[1].reason);
    seen_free(&all);
    check_restarts(options_for("a.csv", ""), 1);
}

/* A header that can't be used: the file is one record, bytes as they are. */
static void faulty_headers(void) {
    static const struct {
        const char *text;
        size_t size;
        const char *reason;
    } cases[] = {
        {"a,b,a\n1,2,3\n", 12, "two columns are named \"a\""},
        {"a,,\n1,2,3\n", 10, "two columns are named \"\""},
        {"\xEF\xBB\xBF\na,\"a\"\n1,2\n", 14, "line 2, the header: two columns"},
        {"a,\"b\n1,2\n", 9, "a quote that is not closed"},
        {"a,b\"\n1,2\n", 9, "a quote inside a cell"},
        {"a,\xE9\n1,2\n", 8, "not UTF-8"},
        {"a,\0\n1,2\n", 8, "a NUL byte"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        seen all = read_text(cases[i].text, cases[i].size, "");
        CHECK(all.status == SPW_END && all.count == 1, "%s: %zu", cases[i].text, all.count);
        const seen_record *file = &all.records[0];
        CHECK(!strcmp(file->key, "in/1:0") && file->signal == SPW_SIGNAL_UNRECOVERABLE);
        CHECK(strstr(file->reason, cases[i].reason), "%s", file->reason);
        CHECK(file->raw_size == cases[i].size && !memcmp(file->raw, cases[i].text, file->size));
        const char *options = options_for("a.csv", "");
        kit_instance source = kit_open(&tested, SPW_SOURCE, "in", options, NULL, NULL);
        check_parse(&source, file);
        kit_close(&source);
        seen_free(&all);
        check_restarts(options, 1);
    }
}

/* Files with other headers do not share batches; each row goes with its own header. */
static void headers_of_several_files(void) {
    empty_folder();
    write_file("a.csv", "x,y\n1,2\n3,4\n");
    write_file("b.csv", "x,y\n5,6\n");
    write_file("c.csv", "y,x\n7,8\n");
    write_file("d.csv", "x,x\n9,9\n");
    write_file("e.csv", "x,y\n0,0\n");
    const char *options = options_for("*.csv", "");
    seen all = read_all(options, NULL, 100, 1 << 20);
    CHECK(all.status == SPW_END && all.count == 6);
    CHECK(!all.records[1].last && all.records[2].last, "the same header shares a batch");
    CHECK(!strcmp(all.records[2].raw, "x,y\n5,6") && !strcmp(all.records[3].raw, "y,x\n7,8"));
    CHECK(!strcmp(all.records[4].raw, "x,x\n9,9\n") && all.records[4].reason);
    check_key(&all, 3, "in/3:4", "{\"y\":\"7\",\"x\":\"8\"}");
    CHECK(!strcmp(all.records[5].raw, "x,y\n0,0"));
    seen_free(&all);
    check_restarts(options, 1);
}

static void rows_are_appended(void) {
    empty_folder();
    write_file("a.csv", "x,y\n1,\"2\n\"\n");
    write_file("b.csv", "x,y\n3,4\n");
    const char *options = options_for("*.csv", "");
    seen first = read_all(options, NULL, 100, 1 << 20);
    const char *end = first.records[1].position;
    append_file("a.csv", "5\n");
    append_file("b.csv", "7,8\n");
    seen second = read_all(options, end, 100, 1 << 20);
    CHECK(second.status == SPW_END && second.count == 2, "%zu", second.count);
    check_key(&second, 0, "in/2:8", "{\"x\":\"7\",\"y\":\"8\"}");
    check_key(&second, 1, "in/3:11", "5");
    CHECK(strstr(second.records[1].reason, "line 4: 1 cell"), "%s", second.records[1].reason);
    CHECK(!strcmp(second.records[1].raw, "x,y\n5"));

    write_file("a.csv", "x,y\n9,9\n"); /* another file by now */
    seen third = read_all(options, second.records[1].position, 100, 1 << 20);
    CHECK(third.status == SPW_END && third.count == 1);
    check_key(&third, 0, "in/4:4", "{\"x\":\"9\",\"y\":\"9\"}");
    seen_free(&first);
    seen_free(&second);
    seen_free(&third);
}

/* Cells, quotes and CRLF on every place around the border of what is read at once. */
static void chunk_borders(void) {
    for (size_t shift = 0; shift < 24; shift++) {
        empty_folder();
        FILE *file = fopen(place("a.csv"), "wb");
        fprintf(file, "a,b\r\n%0*d,1\r\n", (int)(65536 - 30 + shift), 0);
        for (int i = 0; i < 4; i++) {
            fprintf(file, "%d,\"x\"\"\r\n,\"\r\n", i);
        }
        fclose(file);
        seen all = read_all(options_for("a.csv", ""), NULL, 100, 1 << 20);
        CHECK(all.status == SPW_END && all.count == 5, "%zu", shift);
        for (int i = 0; i < 4; i++) {
            char wanted[64];
            snprintf(wanted, sizeof wanted, "{\"a\":\"%d\",\"b\":\"x\\\"\\r\\n,\"}", i);
            CHECK(!strcmp(all.records[i + 1].bytes, wanted), "%s", all.records[i + 1].bytes);
        }
        seen_free(&all);
        check_restarts(options_for("a.csv", shift % 2 ? "" : ",\"hash_prefix\":false"), 1);
    }
}

static void wrong_options(void) {
    check_invalid("{\"files\":\"a\",\"delimiter\":\"\"}", "delimiter");
    check_invalid("{\"files\":\"a\",\"delimiter\":\",,\"}", "delimiter");
    check_invalid("{\"files\":\"a\",\"delimiter\":\"\\n\"}", "delimiter");
    check_invalid("{\"files\":\"a\",\"delimiter\":\"\xC3\xA9\"}", "delimiter");
    check_invalid("{\"files\":\"a\",\"delimiter\":\"\\\"\"}", "differ");
    check_invalid("{\"files\":\"a\",\"quote\":1}", "quote");
    check_invalid("{\"files\":\"a\",\"header\":false}", "header");
    check_invalid("{\"files\":\"a\",\"header\":[]}", "header");
    check_invalid("{\"files\":\"a\",\"header\":[\"a\",1]}", "header");
    check_invalid("{\"files\":\"a\",\"header\":[\"a\",\"b\",\"a\"]}", "\"a\" stands twice");
    check_invalid("{\"files\":\"a\",\"records\":\"\"}", "records");
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    begin_tests(argv[1]);
    rows();
    keys_and_raw_bytes();
    faulty_rows();
    quote_without_end();
    faulty_headers();
    headers_of_several_files();
    rows_are_appended();
    chunk_borders();
    wrong_options();
    end_tests();
    return 0;
}

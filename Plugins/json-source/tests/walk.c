/* Documents: which are whole, which broken and why, under every cut into batches. */
#include <dirent.h>

#include "../../common/source_test.h"

static const char suite[] = "../../Tests/Fixtures/sources/json-test-suite/test_parsing";

/* Which of the suite's documents are JSON, as far as a source can tell: the file's name says. Those
 * it leaves open have to be UTF-8, and may hold lone surrogates. */
static bool is_json(const char *name) {
    static const char *const broken[] = {
        "UTF-16",    "invalid_utf", "iso_latin",     "lone_utf8", "not_in_unic",  "overlong",
        "truncated", "utf16",       "UTF-8_invalid", "U+D800",    "invalid-utf-8"};
    if (name[0] != 'i') {
        return name[0] == 'y';
    }
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        if (strstr(name, broken[i])) {
            return false;
        }
    }
    return true;
}

/* Each document alone, and as a member in front of the records: what is said of it is the same. */
static void check_document(const char *path, const char *name) {
    size_t size;
    char *text = kit_read_file(path, &size);
    bool marked = size >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3);
    empty_folder();
    write_file("a", "{\"other\":");
    write_bytes("a", text + (marked ? 3 : 0), size - (marked ? 3 : 0), "ab");
    append_file("a", ",\"records\":[{}]}");
    seen all = read_all(options_for("a", ",\"records\":\"/records\""), NULL, 100, 1 << 20);
    CHECK(all.status == SPW_END && all.count == 1, "%s: %zu", name, all.count);
    CHECK(!all.records[0].reason == is_json(name), "%s: %s", name, all.records[0].reason);
    seen_free(&all);
    empty_folder();
    write_bytes("a", text, size, "wb");
    seen alone = read_all(options_for("a", ""), NULL, 100, 1 << 20);
    if (!is_json(name)) {
        CHECK(alone.count == 1 && alone.records[0].size == size, "%s", name);
        CHECK(alone.records[0].signal == SPW_SIGNAL_UNRECOVERABLE, "%s", name);
        CHECK(!memcmp(alone.records[0].raw, text, size), "%s", name);
    }
    seen_free(&alone);
    free(text);
}

static void json_test_suite(void) {
    DIR *documents = opendir(suite);
    CHECK(documents, "%s", suite);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(documents));) {
        if (strstr(entry->d_name, ".json")) {
            char path[512];
            snprintf(path, sizeof path, "%s/%s", suite, entry->d_name);
            check_document(path, entry->d_name);
            count++;
        }
    }
    closedir(documents);
    CHECK(count == 318, "%zu documents", count);
}

typedef struct found_case {
    const char *text, *pointer, *records[4];
} found_case;

static void finds_records(void) {
    static const found_case cases[] = {
        {"[{\"a\":1},{},{\"b\":[[1],{}]}]", "", {"{\"a\":1}", "{}", "{\"b\":[[1],{}]}"}},
        {" \n[ {\"a\" : 1 } , {\"b\": 2}\t] \n", "", {"{\"a\" : 1 }", "{\"b\": 2}"}},
        {"{\"a\":1}", "", {"{\"a\":1}"}},
        {"\xEF\xBB\xBF[{}]", "", {"{}"}},
        {"[]", "", {NULL}},
        {"{\"x\":[{\"v\":[{\"no\":1}]}],\"v\":[{\"a\":1}],\"w\":{\"v\":[{}]}}",
         "/v",
         {"{\"a\":1}"}},
        {"{\"v\":{\"w\":[{}]},\"w\":[1]}", "/v/w", {"{}"}},
        {"{\"v\":{\"a\":[{\"v\":{}}]}}", "/v", {"{\"a\":[{\"v\":{}}]}"}},
        {"[[{\"a\":1}],[{\"a\":2}]]", "/1", {"{\"a\":2}"}},
        {"[{\"r\":[{\"n\":0}]},3,{\"q\":1,\"r\":[{\"n\":2}]}]", "/2/r", {"{\"n\":2}"}},
        {"{\"a/b\":{\"m~n\":[{}]}}", "/a~1b/m~0n", {"{}"}},
        {"{\"v\\u0061l\":[{}]}", "/val", {"{}"}},
        {"{\"\":[{}]}", "/", {"{}"}},
        {"{\"0\":[{}]}", "/0", {"{}"}},
        {"{\"v\":[\"]\",\"\\\"]\",{\"a\":\"]}\"}]}",
         "/v",
         {"\"]\"", "\"\\\"]\"", "{\"a\":\"]}\"}"}},
        {"[1,-0.5e+3,true,[2]]", "", {"1", "-0.5e+3", "true", "[2]"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int prefix = 0; prefix < 2; prefix++) {
            char more[128];
            empty_folder();
            write_file("a", cases[i].text);
            snprintf(more, sizeof more, ",\"records\":\"%s\"%s", cases[i].pointer,
                     prefix ? ",\"document\":\"prefix\"" : "");
            seen all = read_all(options_for("a", more), NULL, 100, 1 << 20);
            size_t count = 0;
            for (; count < 4 && cases[i].records[count]; count++) {
                CHECK(count < all.count, "%s", cases[i].text);
                const char *text = cases[i].records[count];
                CHECK(!strcmp(all.records[count].bytes, text), "%s", all.records[count].bytes);
                CHECK(!all.records[count].reason == (*text == '{'), "%s", text);
                unsigned long offset = strtoul(strchr(all.records[count].key, ':') + 1, NULL, 10);
                CHECK(!strncmp(cases[i].text + offset, text, strlen(text)), "%lu", offset);
            }
            CHECK(all.status == SPW_END && all.count == count, "%s", cases[i].text);
            seen_free(&all);
            check_restarts(options_for("a", more), 1);
        }
    }
}

typedef struct broken_case {
    const char *text, *pointer;
    size_t before; /* records that stand in the mode `prefix` */
    const char *rest, *says;
} broken_case;

static const broken_case broken[] = {
    {"", "", 0, "", "a:1:1: the end where a value should be"},
    {"<HTML><HEAD>\n", "/v", 0, "<HTML><HEAD>\n", "a:1:1: a character that starts no value"},
    {"[{},\n {\"a\":1} x]", "", 2, " x]", "a:2:10: neither ',' nor ']' after an element"},
    {"[{}, {\"a\":1", "", 1, ", {\"a\":1", "a:1:12: the end inside an object"},
    {"[{}, {\"a\":\"x\ny\"}]", "", 1, ", {\"a\":\"x\ny\"}]", "a:1:13: a control character"},
    {"{\"v\":[{}]", "/v", 1, "]", "a:1:10: the end inside"},
    {"{\"v\":[{}]}\n<<<<<<<", "/v", 1, "]}\n<<<<<<<", "a:2:1: something follows"},
    {"{\"w\":[{}]}", "/v", 0, "{\"w\":[{}]}",
     "the pointer names nothing in this document; no "
     "records at \"/v\""},
    {"{\"v\":3}", "/v", 0, "{\"v\":3}", "a value that is no array and no object"},
    {"3", "", 0, "3", "a value that is no array and no object"},
    {"{\"v\":[{}],\"v\":[{\"b\":1}]}", "/v", 1, "],\"v\":[{\"b\":1}]}", "names two values"},
    {"[{},{\"a\":\"\xE9\"}]", "", 1, ",{\"a\":\"\xE9\"}]", "not UTF-8"},
    {"[{},{\"a\":01}]", "", 1, ",{\"a\":01}]", "leading zero"},
    {"[{},]", "", 1, ",]", "a:1:5: a character that starts no value"},
};

static void broken_documents(void) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char more[128];
        empty_folder();
        write_file("a", broken[i].text);
        snprintf(more, sizeof more, ",\"records\":\"%s\"", broken[i].pointer);
        seen all = read_all(options_for("a", more), NULL, 100, 1 << 20);
        CHECK(all.status == SPW_END && all.count == 1, "%s: %zu", broken[i].text, all.count);
        check_key(&all, 0, "in/1:0", broken[i].text);
        CHECK(all.records[0].signal == SPW_SIGNAL_UNRECOVERABLE);
        CHECK(strstr(all.records[0].reason, broken[i].says), "%s", all.records[0].reason);
        seen_free(&all);
        check_restarts(options_for("a", more), 1);
    }
}

static void broken_prefixes(void) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char more[128];
        empty_folder();
        write_file("a", broken[i].text);
        snprintf(more, sizeof more, ",\"document\":\"prefix\",\"records\":\"%s\"",
                 broken[i].pointer);
        seen all = read_all(options_for("a", more), NULL, 100, 1 << 20);
        size_t before = broken[i].before;
        CHECK(all.status == SPW_END && all.count == before + 1, "%s", broken[i].text);
        for (size_t good = 0; good < before; good++) {
            CHECK(!all.records[good].reason);
        }
        const seen_record *rest = &all.records[before];
        CHECK(!strcmp(rest->bytes, broken[i].rest), "%s", rest->bytes);
        CHECK(rest->signal == SPW_SIGNAL_UNRECOVERABLE && strstr(rest->reason, broken[i].says),
              "%s", rest->reason);
        seen_free(&all);
        check_restarts(options_for("a", more), 1);
    }
}

static void too_deep(void) {
    empty_folder();
    char *text = malloc(100000);
    memset(text, '[', 100000);
    write_bytes("a", text, 100000, "wb");
    seen all = read_all(options_for("a", ""), NULL, 100, 1 << 20);
    CHECK(all.count == 1 && all.records[0].size == 100000);
    CHECK(strstr(all.records[0].reason, "1:1025: nested deeper"), "%s", all.records[0].reason);
    seen_free(&all);
    free(text);
}

/* Documents far larger than what is read at once, with elements across every border. */
static void large_documents(void) {
    empty_folder();
    FILE *file = fopen(place("a"), "wb");
    fprintf(file, "{\"skipped\":\"%0*d\",\"v\":[", 200000, 0);
    for (int i = 0; i < 3000; i++) {
        fprintf(file, "%s\n  {\"n\":%d,\"t\":\"%0*d\\u00e9\xC3\xA9\"}", i ? "," : "", i, i % 97, 0);
    }
    fprintf(file, "]}");
    fclose(file);
    seen all = read_all(options_for("a", ",\"records\":\"/v\""), NULL, 64, 1 << 20);
    CHECK(all.status == SPW_END && all.count == 3000);
    for (int i = 0; i < 3000; i++) {
        char start[32];
        snprintf(start, sizeof start, "{\"n\":%d,", i);
        CHECK(!strncmp(all.records[i].bytes, start, strlen(start)) && !all.records[i].reason);
    }
    seen_free(&all);
    check_restarts(options_for("a", ",\"records\":\"/v\""), 500);
    check_restarts(options_for("a", ",\"records\":\"/v\",\"document\":\"prefix\""), 500);
    check_restarts(options_for("a", ",\"records\":\"/v\",\"hash_prefix\":false"), 1000);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    begin_tests(argv[1]);
    json_test_suite();
    finds_records();
    broken_documents();
    broken_prefixes();
    too_deep();
    large_documents();
    end_tests();
    return 0;
}

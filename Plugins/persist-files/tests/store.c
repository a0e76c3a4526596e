/*
 * What abi.h promises of spillway.store/1, tried on any store.
 *
 *     store PLUGIN.so [OPTIONS]
 *
 * Each '%s' in OPTIONS is replaced by an empty folder of the test's own. Another store's test sets
 * STORE_OPTIONS and includes this file (linked with -lcrypto).
 */
#include <dirent.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"

#ifndef STORE_OPTIONS
#define STORE_OPTIONS "{\"path\": \"%s/store\"}"
#endif

static kit_plugin plugin;
static const char *options_template = STORE_OPTIONS;

/* --- a folder of our own, and stores in it --- */

typedef struct bench {
    char folder[64];
    char *options;
    kit_instance instance;
    const spw_store *store;
} bench;

static char *fill_in(const char *folder) {
    char *filled = calloc(1, strlen(options_template) + 1000);
    for (const char *at = options_template; *at; at++) {
        if (strncmp(at, "%s", 2) == 0) {
            strcat(filled, folder);
            at++;
        } else {
            strncat(filled, at, 1);
        }
    }
    return filled;
}

static void open_store(bench *bench) {
    bench->instance = kit_open(&plugin, SPW_STORE, "cold", bench->options, NULL, NULL);
    bench->store = bench->instance.table;
}

static void reopen(bench *bench) {
    kit_close(&bench->instance);
    open_store(bench);
}

static bench new_bench(void) {
    bench made = {.folder = "/tmp/spillway-store-XXXXXX"};
    CHECK(mkdtemp(made.folder));
    made.options = fill_in(made.folder);
    open_store(&made);
    return made;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *ftw) {
    (void)status, (void)kind, (void)ftw;
    return remove(path);
}

static void end_bench(bench *bench) {
    kit_close(&bench->instance);
    nftw(bench->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(bench->options);
}

/* --- calls, made short --- */

static void hash(const void *data, size_t size, uint8_t digest[32]) {
    CHECK(EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) == 1);
}

static const char *why(const bench *bench) {
    static char text[4096];
    spw_str message = spw_frame_message(bench->instance.frame);
    snprintf(text, sizeof text, "%.*s", (int)message.size, message.size ? message.data : "");
    return text;
}

static spw_object object_of(const char *name, const void *data, size_t size, const char *media) {
    spw_object object = {
        .size = sizeof object, .name = kit_str(name), .length = size, .media_type = kit_str(media)};
    hash(data, size, object.sha256);
    return object;
}

static spw_status put_object(bench *bench, spw_object *object, const void *data, size_t size) {
    spw_bytes parts[] = {kit_bytes(data, size / 3), kit_bytes(NULL, 0),
                         kit_bytes((const char *)data + size / 3, size - size / 3)};
    return bench->store->put(bench->instance.instance, kit_begin(&bench->instance, 0), object,
                             parts, 3);
}

/* Puts and checks that it worked; answers whether it existed. */
static int put(bench *bench, const char *name, const void *data, size_t size, const char *media) {
    spw_object object = object_of(name, data, size, media);
    spw_status status = put_object(bench, &object, data, size);
    CHECK(status == SPW_OK, "put %s: %d: %s", name, status, why(bench));
    return object.existed;
}

static spw_status get(bench *bench, const char *name, uint64_t offset, uint64_t length) {
    return bench->store->get(bench->instance.instance, kit_begin(&bench->instance, 0),
                             kit_str(name), offset, length,
                             spw_frame_output(bench->instance.frame));
}

static void check_bytes(bench *bench, const char *name, uint64_t offset, uint64_t length,
                        const void *wanted, size_t size) {
    spw_status status = get(bench, name, offset, length);
    CHECK(status == SPW_OK, "get %s: %d: %s", name, status, why(bench));
    spw_bytes got = spw_frame_bytes(bench->instance.frame);
    CHECK(got.size == size, "%s: %zu bytes, not %zu", name, got.size, size);
    CHECK(size == 0 || memcmp(got.data, wanted, size) == 0, "%s", name);
}

static spw_status stat_object(bench *bench, const char *name, spw_object *object) {
    *object = (spw_object){.size = sizeof *object};
    return bench->store->stat(bench->instance.instance, kit_begin(&bench->instance, 0),
                              kit_str(name), object);
}

static void check_absent(bench *bench, const char *name) {
    spw_object object;
    CHECK(stat_object(bench, name, &object) == SPW_END, "%s", name);
    CHECK(get(bench, name, 0, UINT64_MAX) == SPW_END, "%s", name);
}

typedef struct listing {
    char names[2048][201];
    spw_object objects[2048];
    size_t count;
} listing;

static void take_listed(void *context, const spw_object *object) {
    listing *listing = context;
    CHECK(listing->count < 2048);
    snprintf(listing->names[listing->count], 201, "%.*s", (int)object->name.size,
             object->name.data);
    listing->objects[listing->count++] = *object;
}

static spw_status list(bench *bench, const char *prefix, const char *page, uint32_t limit,
                       listing *into) {
    into->count = 0;
    return bench->store->list(bench->instance.instance, kit_begin(&bench->instance, 0),
                              kit_str(prefix), kit_str(page), limit, take_listed, into);
}

static spw_status remove_object(bench *bench, const char *name) {
    return bench->store->remove(bench->instance.instance, kit_begin(&bench->instance, 0),
                                kit_str(name));
}

static size_t count_all(bench *bench) {
    static listing all;
    CHECK(list(bench, "", "", 2048, &all) == SPW_END);
    return all.count;
}

static void hex_name(const uint8_t digest[32], char name[65]) {
    for (int i = 0; i < 32; i++) {
        snprintf(name + 2 * i, 3, "%02x", digest[i]);
    }
}

/* --- the promises --- */

static void an_object_is_kept(void) {
    bench bench = new_bench();
    const char text[] = "{\"id\":1}\n\0\xFF raw bytes stay raw";
    char name[65];
    uint8_t digest[32];
    hash(text, sizeof text, digest);
    hex_name(digest, name);
    check_absent(&bench, name);
    struct timespec before, after;
    clock_gettime(CLOCK_REALTIME, &before);
    CHECK(put(&bench, name, text, sizeof text, "application/json") == 0);
    clock_gettime(CLOCK_REALTIME, &after);
    for (int round = 0; round < 2; round++) {
        check_bytes(&bench, name, 0, UINT64_MAX, text, sizeof text);
        spw_object object;
        CHECK(stat_object(&bench, name, &object) == SPW_OK, "%s", why(&bench));
        CHECK(kit_equal(object.name, name) && kit_equal(object.media_type, "application/json"));
        CHECK(object.length == sizeof text && memcmp(object.sha256, digest, 32) == 0);
        CHECK(object.stored_at_ns == 0 || (object.stored_at_ns / 1000000000 >= before.tv_sec - 2 &&
                                           object.stored_at_ns / 1000000000 <= after.tv_sec + 2));
        reopen(&bench);
    }
    end_bench(&bench);
}

static void a_name_is_put_once(void) {
    bench bench = new_bench();
    CHECK(put(&bench, "a", "first", 5, "text/plain") == 0);
    CHECK(put(&bench, "a", "first", 5, "text/plain") == 1);
    reopen(&bench);
    CHECK(put(&bench, "a", "second", 6, "text/html") == 1);
    check_bytes(&bench, "a", 0, UINT64_MAX, "first", 5);
    end_bench(&bench);
}

static void wrong_bytes_are_refused(void) {
    bench bench = new_bench();
    spw_object object = object_of("wrong", "abc", 3, "");
    CHECK(put_object(&bench, &object, "abd", 3) == SPW_INVALID);
    CHECK(*why(&bench), "a refusal says why");
    check_absent(&bench, "wrong");
    object = object_of("wrong", "abc", 3, "");
    void *pieces = NULL;
    spw_call *call = kit_begin(&bench.instance, 0);
    CHECK(bench.store->put_begin(bench.instance.instance, call, &object, &pieces) == SPW_OK);
    CHECK(bench.store->put_write(bench.instance.instance, kit_begin(&bench.instance, 0), pieces,
                                 kit_bytes("abd", 3)) == SPW_OK);
    CHECK(bench.store->put_finish(bench.instance.instance, kit_begin(&bench.instance, 0), pieces,
                                  &object) == SPW_INVALID);
    check_absent(&bench, "wrong");
    CHECK(count_all(&bench) == 0);
    end_bench(&bench);
}

/* Puts in pieces of `step` bytes; finish answers. */
static spw_status put_pieces(bench *bench, spw_object *object, const char *data, size_t size,
                             size_t step) {
    void *pieces = NULL, *instance = bench->instance.instance;
    CHECK(bench->store->put_begin(instance, kit_begin(&bench->instance, 0), object, &pieces) ==
              SPW_OK,
          "%s", why(bench));
    for (size_t at = 0; at < size; at += step) {
        size_t part = size - at < step ? size - at : step;
        CHECK(bench->store->put_write(instance, kit_begin(&bench->instance, 0), pieces,
                                      kit_bytes(data + at, part)) == SPW_OK,
              "%s", why(bench));
    }
    return bench->store->put_finish(instance, kit_begin(&bench->instance, 0), pieces, object);
}

static void pieces_are_the_same_as_a_whole(void) {
    bench bench = new_bench();
    const size_t size = 10 * 1000 * 1000 + 7;
    char *data = malloc(size);
    for (size_t i = 0; i < size; i++) {
        data[i] = (char)(i * 2654435761u >> 13);
    }
    spw_object object = object_of("pieces", data, size, "application/octet-stream");
    CHECK(put_pieces(&bench, &object, data, size, 65521) == SPW_OK, "%s", why(&bench));
    CHECK(object.existed == 0);
    CHECK(put(&bench, "whole", data, size, "application/octet-stream") == 0);
    CHECK(put(&bench, "pieces", data, size, "application/octet-stream") == 1);
    object = object_of("whole", data, size, "application/octet-stream");
    CHECK(put_pieces(&bench, &object, data, size, 1 << 20) == SPW_OK && object.existed == 1);
    reopen(&bench);
    check_bytes(&bench, "pieces", 0, UINT64_MAX, data, size);
    check_bytes(&bench, "whole", 0, UINT64_MAX, data, size);
    spw_object a, b;
    CHECK(stat_object(&bench, "pieces", &a) == SPW_OK);
    CHECK(kit_equal(a.media_type, "application/octet-stream"));
    CHECK(stat_object(&bench, "whole", &b) == SPW_OK);
    CHECK(a.length == size && b.length == size && memcmp(a.sha256, b.sha256, 32) == 0);
    free(data);
    end_bench(&bench);
}

static void a_wrong_length_is_refused(void) {
    bench bench = new_bench();
    spw_object object = object_of("short", "abc", 3, "");
    object.length = 4;
    CHECK(put_pieces(&bench, &object, "abc", 3, 1) == SPW_INVALID);
    check_absent(&bench, "short");
    end_bench(&bench);
}

static void an_abort_leaves_nothing(void) {
    bench bench = new_bench();
    void *instance = bench.instance.instance, *first = NULL, *second = NULL;
    spw_object a = object_of("aborted", "abcdef", 6, ""), b = object_of("kept", "xyz", 3, "");
    CHECK(bench.store->put_begin(instance, kit_begin(&bench.instance, 0), &a, &first) == SPW_OK);
    CHECK(bench.store->put_begin(instance, kit_begin(&bench.instance, 0), &b, &second) == SPW_OK);
    CHECK(bench.store->put_write(instance, kit_begin(&bench.instance, 0), first,
                                 kit_bytes("abcdef", 6)) == SPW_OK);
    CHECK(count_all(&bench) == 0);
    check_absent(&bench, "aborted");
    CHECK(bench.store->put_write(instance, kit_begin(&bench.instance, 0), second,
                                 kit_bytes("xyz", 3)) == SPW_OK);
    bench.store->put_abort(instance, kit_begin(&bench.instance, 0), first);
    CHECK(bench.store->put_finish(instance, kit_begin(&bench.instance, 0), second, &b) == SPW_OK);
    reopen(&bench);
    check_absent(&bench, "aborted");
    check_bytes(&bench, "kept", 0, UINT64_MAX, "xyz", 3);
    CHECK(count_all(&bench) == 1);
    end_bench(&bench);
}

static void an_empty_object_is_an_object(void) {
    bench bench = new_bench();
    CHECK(put(&bench, "empty", "", 0, "") == 0);
    CHECK(put(&bench, "empty", "", 0, "") == 1);
    spw_object pieces = object_of("empty-too", "", 0, "");
    CHECK(put_pieces(&bench, &pieces, "", 0, 1) == SPW_OK, "%s", why(&bench));
    reopen(&bench);
    check_bytes(&bench, "empty", 0, UINT64_MAX, "", 0);
    check_bytes(&bench, "empty-too", 0, UINT64_MAX, "", 0);
    spw_object object;
    CHECK(stat_object(&bench, "empty", &object) == SPW_OK && object.length == 0);
    CHECK(object.media_type.size == 0);
    end_bench(&bench);
}

static void a_part_is_read(void) {
    bench bench = new_bench();
    put(&bench, "digits", "0123456789", 10, "");
    check_bytes(&bench, "digits", 0, 10, "0123456789", 10);
    check_bytes(&bench, "digits", 3, 4, "3456", 4);
    check_bytes(&bench, "digits", 7, UINT64_MAX, "789", 3);
    check_bytes(&bench, "digits", 0, 1, "0", 1);
    check_bytes(&bench, "digits", 9, 100, "9", 1);
    check_bytes(&bench, "digits", 10, UINT64_MAX, "", 0);
    check_bytes(&bench, "digits", 11, 1, "", 0);
    check_bytes(&bench, "digits", UINT64_MAX, UINT64_MAX, "", 0);
    check_bytes(&bench, "digits", 5, 0, "", 0);
    end_bench(&bench);
}

static void a_budget_is_kept(void) {
    bench bench = new_bench();
    char *data = calloc(1, 1 << 20);
    put(&bench, "large", data, 1 << 20, "");
    spw_frame *frame = bench.instance.frame;
    spw_frame_begin(frame, &(spw_frame_setup){.budget = 1000, .attempt = 1});
    spw_status status = bench.store->get(bench.instance.instance, spw_frame_call(frame),
                                         kit_str("large"), 0, UINT64_MAX, spw_frame_output(frame));
    CHECK(status < 0, "%d", status);
    CHECK(spw_frame_over_budget(frame) && spw_frame_violation(frame).size == 0);
    check_bytes(&bench, "large", 0, UINT64_MAX, data, 1 << 20);
    free(data);
    end_bench(&bench);
}

static void illegal_names_are_refused(void) {
    char long_name[202];
    memset(long_name, 'a', 201);
    long_name[201] = 0;
    const char *const names[] = {"",      "/etc/passwd", "../up",  "a/b", "..\\up",  "a b",
                                 "a\nb",  "caf\xC3\xA9", "a%2Fb",  "a:b", long_name, "*",
                                 "a\x7F", "../../x",     "./here", "a~",  "=equals", "a'b\"c"};
    bench bench = new_bench();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        spw_object object = object_of(names[i], "abc", 3, "");
        CHECK(put_object(&bench, &object, "abc", 3) == SPW_INVALID, "'%s'", names[i]);
        CHECK(*why(&bench), "a refusal says why");
        void *pieces = NULL;
        CHECK(bench.store->put_begin(bench.instance.instance, kit_begin(&bench.instance, 0),
                                     &object, &pieces) == SPW_INVALID,
              "'%s'", names[i]);
        CHECK(get(&bench, names[i], 0, UINT64_MAX) == SPW_INVALID, "'%s'", names[i]);
        CHECK(stat_object(&bench, names[i], &object) == SPW_INVALID, "'%s'", names[i]);
        CHECK(remove_object(&bench, names[i]) == SPW_INVALID, "'%s'", names[i]);
    }
    spw_object object = object_of("nul", "abc", 3, "");
    object.name = (spw_str){"a\0b", 3};
    CHECK(put_object(&bench, &object, "abc", 3) == SPW_INVALID);
    CHECK(count_all(&bench) == 0);
    end_bench(&bench);
}

/* Names that a careless store takes for its own, or for the file system's. */
static const char *const odd_names[] = {
    ".",      "..",      "...",     "-",       "--",     "_",      "a",        "ab",      "abc",
    "a.",     "a..",     "ab.",     "..a",     ".a",     "AB",     "Ab",       "aB",      "lock",
    "layout", "tmp",     "ab..",    "ab...",   "0",      "00",     "000",      "ab-",     "ab.c",
    "-rf",    "CON",     "nul.txt", "aab",     "ab.tmp", "a.meta", "abc.meta", "objects", "..b",
    "..._",   ".hidden", "aa",      "staging", "..-"};

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void every_legal_name_works(void) {
    enum { count = sizeof odd_names / sizeof *odd_names };
    const char *sorted[count + 1];
    char longest[201];
    memset(longest, '.', 200);
    longest[200] = 0;
    memcpy(sorted, odd_names, sizeof odd_names);
    sorted[count] = longest;
    bench bench = new_bench();
    for (size_t i = 0; i <= count; i++) {
        CHECK(put(&bench, sorted[i], sorted[i], strlen(sorted[i]), i % 2 ? "text/plain" : "") == 0,
              "'%s'", sorted[i]);
    }
    reopen(&bench);
    qsort(sorted, count + 1, sizeof *sorted, by_bytes);
    static listing all;
    CHECK(list(&bench, "", "", 2048, &all) == SPW_END);
    CHECK(all.count == count + 1, "%zu", all.count);
    for (size_t i = 0; i <= count; i++) {
        CHECK(strcmp(all.names[i], sorted[i]) == 0, "'%s' where '%s' should be", all.names[i],
              sorted[i]);
        check_bytes(&bench, sorted[i], 0, UINT64_MAX, sorted[i], strlen(sorted[i]));
    }
    for (size_t i = 0; i <= count; i++) {
        CHECK(remove_object(&bench, sorted[i]) == SPW_OK, "%s", why(&bench));
        check_absent(&bench, sorted[i]);
        CHECK(count_all(&bench) == count - i);
    }
    end_bench(&bench);
}

/* Lists page by page and compares with what a sorted array of names says. */
static void check_pages(bench *bench, char (*names)[201], size_t count, const char *prefix,
                        uint32_t limit) {
    static listing page;
    char last[201] = "";
    size_t at = 0;
    for (;;) {
        spw_status status = list(bench, prefix, last, limit, &page);
        CHECK(status == SPW_OK || status == SPW_END, "%d: %s", status, why(bench));
        CHECK(page.count <= limit && (status == SPW_END || page.count == limit));
        for (size_t i = 0; i < page.count; i++, at++) {
            while (at < count && strncmp(names[at], prefix, strlen(prefix)) != 0) {
                at++;
            }
            CHECK(at < count && strcmp(page.names[i], names[at]) == 0, "prefix '%s', limit %u: %s",
                  prefix, limit, page.names[i]);
            CHECK(page.objects[i].length == strlen(names[at]));
        }
        if (status == SPW_END) {
            break;
        }
        memcpy(last, page.names[page.count - 1], sizeof last);
    }
    while (at < count) {
        CHECK(strncmp(names[at], prefix, strlen(prefix)) != 0, "%s is not listed", names[at]);
        at++;
    }
}

static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

static void lists_come_in_pages(void) {
    enum { count = 1000 };
    static char names[count][201];
    bench bench = new_bench();
    for (size_t i = 0; i < count; i++) {
        uint8_t digest[32];
        char source[32];
        snprintf(source, sizeof source, "object %zu", i);
        hash(source, strlen(source), digest);
        hex_name(digest, names[i]);
        if (i % 10 == 0) {
            snprintf(names[i], 201, "%c%zu.x", "ab-_.Z"[i / 10 % 6], i);
        }
        put(&bench, names[i], names[i], strlen(names[i]), i % 3 ? "application/json" : "");
    }
    qsort(names, count, sizeof *names, by_name);
    const uint32_t limits[] = {1000, 2000, 333, 100, 17, 999};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        check_pages(&bench, names, count, "", limits[i]);
    }
    const char *const prefixes[] = {"a", "ab", "abc", ".", "-", "0", "f", "zz", "Z3", names[500]};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        check_pages(&bench, names, count, prefixes[i], 1000);
        check_pages(&bench, names, count, prefixes[i], 3);
    }
    static listing page; /* a page token need not be the name of an object */
    CHECK(list(&bench, "", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff.", 10,
               &page) == SPW_END);
    CHECK(page.count == 0);
    CHECK(list(&bench, "a/b", "", 10, &page) == SPW_END && page.count == 0);
    end_bench(&bench);
}

static void a_removed_object_is_gone(void) {
    bench bench = new_bench();
    put(&bench, "one", "1", 1, "text/plain");
    put(&bench, "two", "2", 1, "");
    CHECK(remove_object(&bench, "one") == SPW_OK);
    CHECK(remove_object(&bench, "one") == SPW_OK, "one that is not there is a success");
    CHECK(remove_object(&bench, "never") == SPW_OK);
    reopen(&bench);
    check_absent(&bench, "one");
    CHECK(count_all(&bench) == 1);
    CHECK(put(&bench, "one", "other", 5, "") == 0);
    spw_object object;
    CHECK(stat_object(&bench, "one", &object) == SPW_OK);
    CHECK(object.media_type.size == 0 && object.length == 5);
    check_bytes(&bench, "one", 0, UINT64_MAX, "other", 5);
    end_bench(&bench);
}

static void two_instances_share_a_store(void) {
    bench first = new_bench(), second = first;
    open_store(&second);
    put(&first, "a", "from the first", 14, "");
    CHECK(put(&second, "a", "from the first", 14, "") == 1);
    put(&second, "b", "from the second", 15, "text/plain");
    check_bytes(&first, "b", 0, UINT64_MAX, "from the second", 15);
    CHECK(remove_object(&first, "b") == SPW_OK);
    check_absent(&second, "b");
    void *pieces = NULL; /* a third one that opens does not take away what the first writes */
    spw_object object = object_of("c", "abc", 3, "");
    CHECK(first.store->put_begin(first.instance.instance, kit_begin(&first.instance, 0), &object,
                                 &pieces) == SPW_OK);
    CHECK(first.store->put_write(first.instance.instance, kit_begin(&first.instance, 0), pieces,
                                 kit_bytes("abc", 3)) == SPW_OK);
    reopen(&second);
    CHECK(first.store->put_finish(first.instance.instance, kit_begin(&first.instance, 0), pieces,
                                  &object) == SPW_OK,
          "%s", why(&first));
    check_bytes(&second, "c", 0, UINT64_MAX, "abc", 3);
    kit_close(&second.instance);
    end_bench(&first);
}

static int give_away(const char *path, const struct stat *status, int kind, struct FTW *ftw) {
    (void)ftw;
    if (getuid() == 0 && lchown(path, 65534, 65534) != 0) {
        return -1;
    }
    (void)status;
    return chmod(path, kind == FTW_F ? 0400 : 0500);
}

static int take_back(const char *path, const struct stat *status, int kind, struct FTW *ftw) {
    (void)status, (void)kind, (void)ftw;
    return chmod(path, 0700);
}

static void try_to_put(bench *bench) {
    char *error = NULL;
    if (getuid() == 0) {
        CHECK(setgid(65534) == 0 && setuid(65534) == 0);
    }
    bench->instance = kit_open(&plugin, SPW_STORE, "cold", bench->options, NULL, &error);
    if (error) {
        CHECK(spw_frame_signal(bench->instance.frame) == SPW_SIGNAL_DENIED, "%d: %s",
              spw_frame_signal(bench->instance.frame), error);
        _exit(0);
    }
    bench->store = bench->instance.table;
    check_bytes(bench, "there", 0, UINT64_MAX, "abc", 3);
    spw_object object = object_of("new", "abc", 3, "text/plain");
    CHECK(put_object(bench, &object, "abc", 3) == SPW_FAILED);
    CHECK(spw_frame_signal(bench->instance.frame) == SPW_SIGNAL_DENIED, "%d: %s",
          spw_frame_signal(bench->instance.frame), why(bench));
    CHECK(*why(bench));
    _exit(0);
}

static void a_folder_without_rights_is_denied(void) {
    bench bench = new_bench();
    put(&bench, "there", "abc", 3, "text/plain");
    kit_close(&bench.instance);
    CHECK(nftw(bench.folder, give_away, 16, FTW_DEPTH | FTW_PHYS) == 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        try_to_put(&bench);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    nftw(bench.folder, take_back, 16, FTW_PHYS);
    open_store(&bench);
    CHECK(count_all(&bench) == 1);
    end_bench(&bench);
}

static void wrong_options_are_refused(void) {
    const char *const wrong[] = {"{}", "{\"path\":1}", "{\"path\":\"\"}",
                                 "{\"path\":\"/tmp/x\",\"no-such-option\":1}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *error = NULL;
        kit_instance made = kit_open(&plugin, SPW_STORE, "cold", wrong[i], NULL, &error);
        CHECK(error && *error, "%s", wrong[i]);
        CHECK(strstr(error, i == 3 ? "no-such-option" : "path"), "%s: %s", wrong[i], error);
        free(error);
        kit_close(&made);
    }
}

/* --- kill -9 --- */

/* The bytes of the n-th object of a life. */
static size_t body(unsigned life, unsigned n, char *room) {
    size_t size = (life * 7919 + n * 104729) % 60000;
    for (size_t i = 0; i < size; i++) {
        room[i] = (char)(i * 31 + n * 17 + life);
    }
    return size;
}

/* Puts objects until it is killed, and tells of each that was put. */
static void put_until_killed(bench *bench, unsigned life, int told) {
    static char data[60000];
    open_store(bench);
    for (unsigned n = 0;; n++) {
        size_t size = body(life, n, data);
        char name[32];
        snprintf(name, sizeof name, "%02x-%u-%u", n & 255, life, n);
        spw_object object = object_of(name, data, size, n % 2 ? "application/json" : "");
        if (n % 3) {
            CHECK(put_object(bench, &object, data, size) == SPW_OK, "%s", why(bench));
        } else {
            CHECK(put_pieces(bench, &object, data, size, 4096) == SPW_OK, "%s", why(bench));
        }
        CHECK(write(told, &n, sizeof n) == sizeof n);
    }
}

static void check_after_kill(bench *bench, unsigned life, unsigned put_count) {
    static char data[60000];
    static listing page;
    char last[201] = "";
    unsigned found = 0;
    spw_status status;
    do {
        status = list(bench, "", last, 2048, &page);
        CHECK(status == SPW_OK || status == SPW_END);
        for (size_t i = 0; i < page.count; i++) {
            unsigned of_life, n;
            CHECK(sscanf(page.names[i], "%*x-%u-%u", &of_life, &n) == 2, "%s", page.names[i]);
            size_t size = body(of_life, n, data);
            check_bytes(bench, page.names[i], 0, UINT64_MAX, data, size);
            found += of_life == life && n < put_count;
        }
        if (page.count) {
            memcpy(last, page.names[page.count - 1], sizeof last);
        }
    } while (status == SPW_OK);
    CHECK(found == put_count, "%u of %u objects are there", found, put_count);
}

static void a_killed_process_loses_nothing(void) {
    bench bench = new_bench();
    unsigned most = 0;
    for (unsigned life = 0; life < 20; life++) {
        int told[2];
        kit_close(&bench.instance);
        CHECK(pipe(told) == 0);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            close(told[0]);
            put_until_killed(&bench, life, told[1]);
        }
        close(told[1]);
        nanosleep(&(struct timespec){.tv_nsec = 3000000 + (long)(life * 2357 % 31) * 1300000},
                  NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        unsigned n, put_count = 0;
        while (read(told[0], &n, sizeof n) == sizeof n) {
            put_count = n + 1;
        }
        close(told[0]);
        most = put_count > most ? put_count : most;
        open_store(&bench);
        check_after_kill(&bench, life, put_count);
    }
    CHECK(most > 0, "no life was long enough for one put");
    end_bench(&bench);
}

int main(int count, char **arguments) {
    CHECK(count >= 2, "usage: store PLUGIN.so [OPTIONS]");
    plugin = kit_load(arguments[1]);
    options_template = count > 2 ? arguments[2] : options_template;
    an_object_is_kept();
    a_name_is_put_once();
    wrong_bytes_are_refused();
    pieces_are_the_same_as_a_whole();
    a_wrong_length_is_refused();
    an_abort_leaves_nothing();
    an_empty_object_is_an_object();
    a_part_is_read();
    a_budget_is_kept();
    illegal_names_are_refused();
    every_legal_name_works();
    lists_come_in_pages();
    a_removed_object_is_gone();
    two_instances_share_a_store();
    a_folder_without_rights_is_denied();
    wrong_options_are_refused();
    a_killed_process_loses_nothing();
    return 0;
}

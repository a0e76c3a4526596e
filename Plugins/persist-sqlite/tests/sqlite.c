/* What is SQLite's own in the store: chunks, other connections, damage, foreign files, and kills.
 * The store interface as such is tested by ../persist-files/tests/store.c. */
#include <kit.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static kit_plugin plugin;
static char folder[64];

static kit_instance open_store(const char *file, char **error) {
    char options[256];
    snprintf(options, sizeof options, "{\"path\":\"%s/%s\"}", folder, file);
    return kit_open(&plugin, SPW_STORE, "cold", options, NULL, error);
}

static void sql(const char *file, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    sqlite3 *db;
    CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    char *why = NULL;
    CHECK(sqlite3_exec(db, text, NULL, NULL, &why) == SQLITE_OK, "%s", why);
    sqlite3_close(db);
}

static sqlite3_int64 sql_count(const char *file, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    sqlite3 *db;
    sqlite3_stmt *statement;
    CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    CHECK(sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK, "%s",
          sqlite3_errmsg(db));
    CHECK(sqlite3_step(statement) == SQLITE_ROW);
    sqlite3_int64 count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

static uint8_t *pattern(size_t size, uint32_t seed) {
    uint8_t *bytes = malloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
    return bytes;
}

static spw_object announce(const char *name, const uint8_t *bytes, size_t size) {
    spw_object object = {.size = sizeof object,
                         .name = kit_str(name),
                         .length = size,
                         .media_type = kit_str("application/json")};
    EVP_Digest(bytes, size, object.sha256, NULL, EVP_sha256(), NULL);
    return object;
}

static spw_status put(kit_instance *store, spw_object *object, const uint8_t *bytes, size_t size) {
    const spw_store *table = store->table;
    spw_bytes parts[] = {{bytes, size / 3}, {NULL, 0}, {bytes + size / 3, size - size / 3}};
    return table->put(store->instance, kit_begin(store, 0), object, parts, 3);
}

static spw_status put_in_pieces(kit_instance *store, spw_object *object, const uint8_t *bytes,
                                size_t size, size_t piece) {
    const spw_store *table = store->table;
    void *under_way = NULL;
    CHECK(table->put_begin(store->instance, kit_begin(store, 0), object, &under_way) == SPW_OK);
    for (size_t at = 0; at < size; at += piece) {
        spw_bytes bytes_now = {bytes + at, size - at < piece ? size - at : piece};
        CHECK(table->put_write(store->instance, kit_begin(store, 0), under_way, bytes_now) ==
              SPW_OK);
    }
    return table->put_finish(store->instance, kit_begin(store, 0), under_way, object);
}

static spw_bytes get(kit_instance *store, const char *name, uint64_t offset, uint64_t length) {
    const spw_store *table = store->table;
    spw_status status = table->get(store->instance, kit_begin(store, 0), kit_str(name), offset,
                                   length, spw_frame_output(store->frame));
    spw_str why = spw_frame_message(store->frame);
    CHECK(status == SPW_OK, "get %s: %d: %.*s", name, status, (int)why.size, why.data);
    return spw_frame_bytes(store->frame);
}

static void expect(kit_instance *store, const char *name, uint64_t offset, uint64_t length,
                   const uint8_t *bytes, size_t size) {
    spw_bytes got = get(store, name, offset, length);
    CHECK(got.size == size, "%s: %zu bytes, not %zu", name, got.size, size);
    CHECK(size == 0 || memcmp(got.data, bytes, size) == 0, "%s: other bytes", name);
}

static void expect_signal(kit_instance *store, spw_status status, int32_t signal) {
    spw_str why = spw_frame_message(store->frame);
    CHECK(status == SPW_FAILED, "status %d", status);
    CHECK(spw_frame_signal(store->frame) == signal, "signal %d, not %d: %.*s",
          spw_frame_signal(store->frame), signal, (int)why.size, why.data);
    CHECK(why.size > 0);
}

/* --- chunks --- */

static void test_sizes(void) {
    static const size_t sizes[] = {0, 1, 1 << 20, (1 << 20) + 1, (2 << 20) - 1, 2 << 20, 5000000};
    kit_instance store = open_store("sizes.sqlite", NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *bytes = pattern(sizes[i], (uint32_t)i);
        char whole[32], pieces[32];
        snprintf(whole, sizeof whole, "whole-%zu", sizes[i]);
        snprintf(pieces, sizeof pieces, "pieces-%zu", sizes[i]);
        spw_object a = announce(whole, bytes, sizes[i]), b = announce(pieces, bytes, sizes[i]);
        CHECK(put(&store, &a, bytes, sizes[i]) == SPW_OK && !a.existed && a.stored_at_ns > 0);
        CHECK(put_in_pieces(&store, &b, bytes, sizes[i], 99991) == SPW_OK && !b.existed);
        expect(&store, whole, 0, UINT64_MAX, bytes, sizes[i]);
        expect(&store, pieces, 0, sizes[i], bytes, sizes[i]);
        free(bytes);
    }
    kit_close(&store);
    CHECK(sql_count("sizes.sqlite", "SELECT max(length(bytes)) FROM chunks") == 1 << 20);
    CHECK(sql_count("sizes.sqlite", "SELECT count(*) FROM puts") == 0);
}

static void test_ranges(void) {
    enum { size = 3500000 };
    kit_instance store = open_store("ranges.sqlite", NULL);
    uint8_t *bytes = pattern(size, 7);
    spw_object object = announce("object", bytes, size);
    CHECK(put(&store, &object, bytes, size) == SPW_OK);
    static const size_t at[] = {0,       1,        (1 << 20) - 1, 1 << 20, (1 << 20) + 1,
                                3145728, size - 1, size};
    for (size_t i = 0; i < 8; i++) {
        for (size_t j = 0; j < 8; j++) {
            size_t length = at[i] + at[j] > size ? size - at[i] : at[j];
            expect(&store, "object", at[i], at[j], bytes + at[i], length);
        }
        expect(&store, "object", at[i], UINT64_MAX, bytes + at[i], size - at[i]);
    }
    expect(&store, "object", size + 1, UINT64_MAX, NULL, 0);
    expect(&store, "object", UINT64_MAX, UINT64_MAX, NULL, 0);
    free(bytes);
    kit_close(&store);
}

static void test_puts_at_once(void) {
    enum { size = 2500000 };
    kit_instance one = open_store("at-once.sqlite", NULL), two = open_store("at-once.sqlite", NULL);
    const spw_store *table = one.table;
    uint8_t *bytes = pattern(size, 3);
    spw_object a = announce("a", bytes, size), again = a, b = announce("b", bytes, size);
    kit_instance *stores[] = {&one, &one, &two};
    spw_object *objects[] = {&a, &b, &again};
    void *puts[3];
    for (int i = 0; i < 3; i++) {
        CHECK(table->put_begin(stores[i]->instance, kit_begin(stores[i], 0), objects[i],
                               &puts[i]) == SPW_OK);
    }
    for (size_t at = 0; at < size; at += 500000) {
        for (int i = 0; i < 3; i++) {
            CHECK(table->put_write(stores[i]->instance, kit_begin(stores[i], 0), puts[i],
                                   kit_bytes(bytes + at, 500000)) == SPW_OK);
        }
    }
    for (int i = 0; i < 3; i++) {
        CHECK(table->put_finish(stores[i]->instance, kit_begin(stores[i], 0), puts[i],
                                objects[i]) == SPW_OK);
    }
    CHECK(!a.existed && !b.existed && again.existed);
    expect(&two, "a", 0, UINT64_MAX, bytes, size);
    expect(&two, "b", 0, UINT64_MAX, bytes, size);
    /* A put that ended is known as such, whatever is called on it. */
    CHECK(table->put_finish(one.instance, kit_begin(&one, 0), puts[0], &a) == SPW_INVALID);
    table->put_abort(one.instance, kit_begin(&one, 0), puts[0]);
    free(bytes);
    kit_close(&one);
    kit_close(&two);
    CHECK(sql_count("at-once.sqlite", "SELECT count(DISTINCT put) FROM chunks") == 2);
}

/* --- other connections --- */

static void test_busy(void) {
    kit_instance store = open_store("busy.sqlite", NULL);
    char path[256];
    snprintf(path, sizeof path, "%s/busy.sqlite", folder);
    sqlite3 *db;
    CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
    spw_object object = announce("object", (const uint8_t *)"x", 1);
    const spw_store *table = store.table;
    spw_bytes part = kit_bytes("x", 1);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    spw_frame_setup setup = {.budget = 1 << 20, .attempt = 1};
    setup.deadline_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + 50000000u;
    spw_frame_begin(store.frame, &setup);
    spw_status status = table->put(store.instance, spw_frame_call(store.frame), &object, &part, 1);
    expect_signal(&store, status, SPW_SIGNAL_TRANSIENT);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    CHECK(table->put(store.instance, kit_begin(&store, 0), &object, &part, 1) == SPW_OK);
    CHECK(!object.existed);
    kit_close(&store);
}

static void *put_many(void *context) {
    int lane = *(int *)context;
    kit_instance store = open_store("lanes.sqlite", NULL);
    for (int i = 0; i < 25; i++) {
        char name[32], bytes[32];
        int size = snprintf(bytes, sizeof bytes, "shared %d", i);
        snprintf(name, sizeof name, "shared-%d", i);
        spw_object shared = announce(name, (uint8_t *)bytes, (size_t)size);
        CHECK(put(&store, &shared, (uint8_t *)bytes, (size_t)size) == SPW_OK);
        snprintf(name, sizeof name, "own-%d-%d", lane, i);
        spw_object own = announce(name, (uint8_t *)bytes, (size_t)size);
        CHECK(put_in_pieces(&store, &own, (uint8_t *)bytes, (size_t)size, 3) == SPW_OK);
        CHECK(!own.existed);
    }
    kit_close(&store);
    return NULL;
}

static void test_lanes(void) {
    pthread_t threads[6];
    int lanes[6];
    for (int i = 0; i < 6; i++) {
        lanes[i] = i;
        pthread_create(&threads[i], NULL, put_many, &lanes[i]);
    }
    for (int i = 0; i < 6; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(sql_count("lanes.sqlite", "SELECT count(*) FROM objects") == 25 + 6 * 25);
    CHECK(sql_count("lanes.sqlite", "SELECT count(*) FROM chunks") == 25 + 6 * 25);
}

/* --- damage and foreign files --- */

static void test_damage(void) {
    enum { size = 1500000 };
    kit_instance store = open_store("damage.sqlite", NULL);
    const spw_store *table = store.table;
    uint8_t *bytes = pattern(size, 9);
    spw_object object = announce("object", bytes, size);
    CHECK(put(&store, &object, bytes, size) == SPW_OK);
    sql("damage.sqlite", "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE number = 1");
    spw_status status = table->get(store.instance, kit_begin(&store, 0), kit_str("object"), 0,
                                   UINT64_MAX, spw_frame_output(store.frame));
    expect_signal(&store, status, SPW_SIGNAL_UNRECOVERABLE);
    sql("damage.sqlite", "DELETE FROM chunks WHERE number = 1");
    status = table->get(store.instance, kit_begin(&store, 0), kit_str("object"), 1200000, 1,
                        spw_frame_output(store.frame));
    expect_signal(&store, status, SPW_SIGNAL_UNRECOVERABLE);
    free(bytes);
    kit_close(&store);
}

static void write_file(const char *file, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *out = fopen(path, "wb");
    CHECK(out && fputs(text, out) >= 0);
    fclose(out);
}

static void expect_refused(const char *file, int32_t signal, const char *word) {
    char *why = NULL;
    kit_instance store = open_store(file, &why);
    CHECK(!store.instance && why && strstr(why, word), "%s: %s", file, why);
    CHECK(!signal || spw_frame_signal(store.frame) == signal, "%s: signal %d: %s", file,
          spw_frame_signal(store.frame), why);
    free(why);
    kit_close(&store);
}

static void test_foreign(void) {
    char text[4096];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    write_file("text.sqlite", text);
    expect_refused("text.sqlite", SPW_SIGNAL_UNAVAILABLE, "text.sqlite");
    sql("other.sqlite", "CREATE TABLE customers(id)");
    expect_refused("other.sqlite", 0, "something else");
    kit_instance store = open_store("later.sqlite", NULL);
    kit_close(&store);
    sql("later.sqlite", "PRAGMA user_version = 2");
    expect_refused("later.sqlite", 0, "version 2");
    char path[256];
    snprintf(path, sizeof path, "%s/a-folder", folder);
    CHECK(mkdir(path, 0700) == 0);
    expect_refused("a-folder", SPW_SIGNAL_DENIED, "a-folder");
    expect_refused("text.sqlite/below", SPW_SIGNAL_DENIED, "text.sqlite");
    store = open_store("new/folders/are-made.sqlite", NULL);
    struct stat made;
    snprintf(path, sizeof path, "%s/new/folders/are-made.sqlite-wal", folder);
    CHECK(stat(path, &made) == 0 && (made.st_mode & 0777) == 0600, "%o", made.st_mode);
    kit_close(&store);
}

/* A file may not grow beyond a limit of the process: SQLite answers as on a full disk. */
static void test_full(void) {
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        kit_instance store = open_store("full.sqlite", NULL);
        struct rlimit limit = {4 << 20, 4 << 20};
        setrlimit(RLIMIT_FSIZE, &limit);
        size_t size = 8 << 20;
        uint8_t *bytes = pattern(size, 1);
        spw_object object = announce("large", bytes, size);
        spw_status status = put(&store, &object, bytes, size);
        int32_t signal = spw_frame_signal(store.frame);
        spw_object small = announce("small", bytes, 100);
        spw_status later = put(&store, &small, bytes, 100);
        _exit(status == SPW_FAILED && signal / 100 == SPW_CLASS_DEPENDENCY && later == SPW_OK ? 0
                                                                                              : 1);
    }
    int how;
    waitpid(child, &how, 0);
    CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0, "%d", how);
    CHECK(sql_count("full.sqlite", "SELECT count(*) FROM objects") == 1);
}

static void test_options(void) {
    static const char *const wrong[][2] = {{"{}", "path"},
                                           {"{\"path\":1}", "path"},
                                           {"{\"path\":\"\"}", "path"},
                                           {"{\"path\":\"a\\u0000b\"}", "path"},
                                           {"{\"path\":\"a\",\"sync\":true}", "sync"},
                                           {"[]", "object"},
                                           {"{\"path\"", "object"},
                                           {"{\"path\":\"a\"} x", "object"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *why = NULL;
        kit_instance store = kit_open(&plugin, SPW_STORE, "cold", wrong[i][0], NULL, &why);
        CHECK(!store.instance && strstr(why, wrong[i][1]), "%s: %s", wrong[i][0], why);
        free(why);
        kit_close(&store);
    }
}

/* --- kills --- */

static void put_until_killed(int report) {
    kit_instance store = open_store("killed.sqlite", NULL);
    for (uint32_t i = 0;; i++) {
        size_t size = 1 + (size_t)i * 7919 % 2200000;
        uint8_t *bytes = pattern(size, i);
        char name[32];
        snprintf(name, sizeof name, "%06u", i);
        spw_object object = announce(name, bytes, size);
        spw_status status = i % 2 ? put(&store, &object, bytes, size)
                                  : put_in_pieces(&store, &object, bytes, size, 300000);
        if (status != SPW_OK || write(report, &i, sizeof i) != sizeof i) {
            _exit(2);
        }
        free(bytes);
    }
}

static void count_object(void *context, const spw_object *object) {
    (void)object;
    ++*(uint32_t *)context;
}

/* Every put that returned is there and whole, and everything that is there is whole. */
static void test_kills(void) {
    for (int round = 0; round < 12; round++) {
        int ends[2];
        CHECK(pipe(ends) == 0);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            put_until_killed(ends[1]);
        }
        close(ends[1]);
        usleep(20000 + (useconds_t)round * 11000);
        kill(child, SIGKILL);
        int how;
        waitpid(child, &how, 0);
        CHECK(WIFSIGNALED(how), "the child ended by itself: %d", how);
        uint32_t promised = 0, index;
        while (read(ends[0], &index, sizeof index) == sizeof index) {
            promised = index + 1;
        }
        close(ends[0]);
        kit_instance store = open_store("killed.sqlite", NULL);
        const spw_store *table = store.table;
        uint32_t found = 0;
        CHECK(table->list(store.instance, kit_begin(&store, 0), kit_str(""), kit_str(""), 100000,
                          count_object, &found) == SPW_END);
        CHECK(found >= promised, "%u of %u", found, promised);
        for (uint32_t i = 0; i < found; i++) {
            size_t size = 1 + (size_t)i * 7919 % 2200000;
            uint8_t *bytes = pattern(size, i);
            char name[32];
            snprintf(name, sizeof name, "%06u", i);
            expect(&store, name, 0, UINT64_MAX, bytes, size);
            free(bytes);
        }
        kit_close(&store);
        if (round % 3 == 2) { /* what was cut off goes when it is old */
            sql("killed.sqlite", "UPDATE puts SET moved_at_ns = 0");
            store = open_store("killed.sqlite", NULL);
            kit_close(&store);
            CHECK(sql_count("killed.sqlite", "SELECT count(*) FROM puts") == 0);
            CHECK(sql_count("killed.sqlite", "SELECT count(*) FROM chunks WHERE put NOT IN "
                                             "(SELECT put FROM objects)") == 0);
        }
    }
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    strcpy(folder, "/tmp/persist-sqlite-XXXXXX");
    CHECK(mkdtemp(folder));
    plugin = kit_load(argv[1]);
    test_options();
    test_sizes();
    test_ranges();
    test_puts_at_once();
    test_busy();
    test_lanes();
    test_damage();
    test_foreign();
    test_full();
    test_kills();
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? 0 : 1;
}

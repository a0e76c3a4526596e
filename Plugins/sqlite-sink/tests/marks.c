/*
 * Marks, streams and instances on one file; other programs' locks; tables that are there already;
 * options.
 */
#include <sys/wait.h>

#include "table.h"

#define ONE(id) (&(const sent){"{\"id\":\"" id "\"}", 1})

static void commit_makes_rows_and_mark_durable(void) {
    target target = new_target(KEYED);
    CHECK(position_of(&target, "s") == -1);
    CHECK(access(database_path, F_OK) != 0, "to ask makes no file");
    CHECK(prepare_stream(&target, "s", ONE("a"), 1) == SPW_OK);
    CHECK(position_of(&target, "s") == -1);
    kit_close(&target.kit);
    target = open_target(KEYED);
    CHECK(position_of(&target, "s") == -1);
    CHECK_QUERY("SELECT count(*) FROM rows", "0");
    CHECK(prepare_stream(&target, "s", ONE("a"), 1) == SPW_OK);
    spw_mark mark = {.size = sizeof mark, .sequence = 7, .data = kit_bytes("\0\1\xFF", 3)};
    CHECK(target.sink->commit(target.kit.instance, kit_begin(&target.kit, 0), kit_str("s"),
                              &mark) == SPW_OK);
    kit_close(&target.kit);
    target = open_target(KEYED);
    mark = (spw_mark){.size = sizeof mark};
    CHECK(target.sink->position(target.kit.instance, kit_begin(&target.kit, 0), kit_str("s"),
                                &mark) == SPW_OK);
    CHECK(mark.sequence == 7 && mark.data.size == 3 && memcmp(mark.data.data, "\0\1\xFF", 3) == 0);
    CHECK_QUERY("SELECT id FROM rows", "a");
    end_target(&target);
}

static void a_commit_without_rows_moves_the_mark(void) {
    target target = new_target(KEYED);
    CHECK(commit_stream(&target, "s", 5, "") == SPW_OK, "%s", why(&target));
    CHECK(position_of(&target, "s") == 5);
    CHECK(prepare_stream(&target, "s", NULL, 0) == SPW_OK);
    CHECK(commit_stream(&target, "s", 6, "x") == SPW_OK);
    CHECK(position_of(&target, "s") == 6);
    end_target(&target);
}

static void an_abort_undoes_what_was_prepared(void) {
    target target = new_target(KEYED);
    DELIVER(&target, "i", {"{\"id\":\"a\",\"n\":1}", 1});
    const sent records[] = {{"{\"id\":\"a\",\"n\":2}", 2}, {"{\"id\":\"b\"}", 3}};
    CHECK(prepare_stream(&target, "s", records, 2) == SPW_OK);
    CHECK(prepare_stream(&target, "s", records, 2) == SPW_INVALID, "prepared already");
    CHECK(abort_stream(&target, "s") == SPW_OK);
    CHECK(abort_stream(&target, "s") == SPW_OK, "twice does no harm");
    CHECK_QUERY("SELECT id,n FROM rows", "a|1");
    DELIVER(&target, "ui", {"{\"id\":\"a\",\"n\":2}", 2}, {"{\"id\":\"b\"}", 3});
    end_target(&target);
}

static void streams_have_marks_of_their_own(void) {
    target target = new_target(KEYED);
    const char *const streams[] = {"a", "", "A", "stream/with \"all\" kinds; of 'text'"};
    for (uint64_t i = 0; i < 4; i++) {
        CHECK(prepare_stream(&target, streams[i], ONE("a"), 1) == SPW_OK);
        CHECK(prepare_stream(&target, "other", ONE("b"), 1) == SPW_FAILED);
        CHECK(signal_of(&target) == SPW_SIGNAL_TRANSIENT, "%s", why(&target));
        CHECK(commit_stream(&target, "other", 1, "") == SPW_FAILED);
        CHECK(abort_stream(&target, "other") == SPW_FAILED);
        CHECK(commit_stream(&target, streams[i], i + 1, "") == SPW_OK);
    }
    for (int i = 0; i < 4; i++) {
        CHECK(position_of(&target, streams[i]) == i + 1);
    }
    CHECK(position_of(&target, "b") == -1);
    end_target(&target);
}

/* Two sinks on one file, and on one table of it, as two pipelines would have. */
static void instances_share_a_file(void) {
    target first = new_target(KEYED), second = open_target(KEYED);
    char kept[sizeof options];
    memcpy(kept, options, sizeof kept);
    snprintf(options, sizeof options, "{\"path\":\"%s\",\"table\":\"other rows\"}", database_path);
    target third = open_target(APPENDED);
    memcpy(options, kept, sizeof options);

    CHECK(prepare_stream(&first, "s", ONE("a"), 1) == SPW_OK);
    CHECK(prepare_stream(&second, "t", ONE("b"), 1) == SPW_FAILED);
    CHECK(signal_of(&second) == SPW_SIGNAL_TRANSIENT, "%s", why(&second));
    CHECK(commit_stream(&second, "t", 1, "") == SPW_FAILED);
    CHECK(signal_of(&second) == SPW_SIGNAL_TRANSIENT);
    CHECK(commit_stream(&first, "s", 1, "") == SPW_OK);
    CHECK(prepare_stream(&second, "t", ONE("b"), 1) == SPW_OK, "%s", why(&second));
    CHECK(commit_stream(&second, "t", 2, "") == SPW_OK);
    CHECK(position_of(&third, "s") == -1, "a mark is of a table");
    CHECK(prepare_stream(&third, "s", ONE("c"), 1) == SPW_OK, "%s", why(&third));
    CHECK(commit_stream(&third, "s", 3, "") == SPW_OK);
    CHECK(position_of(&first, "s") == 1 && position_of(&first, "t") == 2);
    CHECK(position_of(&second, "s") == 1 && position_of(&third, "s") == 3);
    CHECK_QUERY("SELECT id FROM rows ORDER BY id", "a;b");
    CHECK_QUERY("SELECT id FROM \"other rows\"", "c");
    kit_close(&second.kit);
    kit_close(&third.kit);
    end_target(&first);
}

static sqlite3 *hold_lock(void) {
    sqlite3 *holder;
    CHECK(sqlite3_open(database_path, &holder) == SQLITE_OK);
    CHECK(sqlite3_exec(holder, "PRAGMA journal_mode=WAL;BEGIN IMMEDIATE", NULL, NULL, NULL) ==
          SQLITE_OK);
    return holder;
}

static void release_lock(sqlite3 *holder) {
    CHECK(sqlite3_exec(holder, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
    CHECK(sqlite3_close(holder) == SQLITE_OK);
}

/* As in the demo: somebody holds the write lock before the first batch, and lets go of it. */
static void a_locked_database_is_transient(void) {
    new_folder();
    sqlite3 *holder = hold_lock();
    target target = open_target(KEYED);
    CHECK(position_of(&target, "s") == -1);
    for (int i = 0; i < 3; i++) {
        CHECK(prepare_stream(&target, "s", ONE("a"), 1) == SPW_FAILED);
        CHECK(signal_of(&target) == SPW_SIGNAL_TRANSIENT, "%s", why(&target));
        CHECK(commit_stream(&target, "s", 1, "") == SPW_FAILED);
        CHECK(signal_of(&target) == SPW_SIGNAL_TRANSIENT, "%s", why(&target));
    }
    release_lock(holder);
    DELIVER(&target, "i", {"{\"id\":\"a\"}", 1});
    holder = hold_lock();
    CHECK(position_of(&target, "s") > 0, "to read needs no lock");
    CHECK(prepare_stream(&target, "s", ONE("b"), 1) == SPW_FAILED);
    CHECK(signal_of(&target) == SPW_SIGNAL_TRANSIENT);
    CHECK(plugin.plugin.reset(target.kit.instance, kit_begin(&target.kit, 0)) == SPW_OK);
    CHECK(prepare_stream(&target, "s", ONE("b"), 1) == SPW_FAILED);
    CHECK(signal_of(&target) == SPW_SIGNAL_TRANSIENT);
    release_lock(holder);
    DELIVER(&target, "i", {"{\"id\":\"b\"}", 2});
    end_target(&target);
}

static void an_exclusive_lock_is_transient_too(void) {
    new_folder();
    execute("CREATE TABLE x(y)");
    sqlite3 *holder;
    CHECK(sqlite3_open(database_path, &holder) == SQLITE_OK);
    CHECK(sqlite3_exec(holder, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK);
    target target = open_target(KEYED);
    CHECK(prepare_stream(&target, "s", ONE("a"), 1) == SPW_FAILED);
    CHECK(signal_of(&target) == SPW_SIGNAL_TRANSIENT, "%s", why(&target));
    release_lock(holder);
    DELIVER(&target, "i", {"{\"id\":\"a\"}", 1});
    end_target(&target);
}

static void the_busy_timeout_waits(void) {
    new_folder();
    snprintf(options, sizeof options,
             "{\"path\":\"%s\",\"table\":\"rows\",\"busy_timeout_ms\":20000}", database_path);
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *holder = hold_lock();
        usleep(300000);
        release_lock(holder);
        _exit(0);
    }
    while (access(database_path, F_OK) != 0 || query("PRAGMA journal_mode")[0] != 'w') {
        usleep(10000);
    }
    target target = open_target(KEYED);
    DELIVER(&target, "i", {"{\"id\":\"a\"}", 1});
    CHECK(waitpid(child, NULL, 0) == child);
    end_target(&target);
}

/* --- tables that are there --- */

static char *refusal(const char *made, const char *contract) {
    char *error;
    new_folder();
    execute(made);
    kit_instance instance = kit_open(&plugin, SPW_SINK, "table", options, contract, &error);
    CHECK(error, "%s", made);
    CHECK(spw_frame_signal(instance.frame) == SPW_SIGNAL_DENIED, "%s", error);
    kit_close(&instance);
    end_folder();
    return error;
}

static void check_refusal(const char *made, const char *const names[]) {
    char *error = refusal(made, KEYED);
    for (; *names; names++) {
        CHECK(strstr(error, *names), "%s: %s", made, error);
    }
    free(error);
}

#define REFUSED(made, ...) check_refusal(made, (const char *const[]){__VA_ARGS__, NULL})

static void a_table_that_does_not_fit_is_denied(void) {
    REFUSED("CREATE TABLE rows(id TEXT PRIMARY KEY,n INTEGER)", "\"t\" is missing",
            "\"_sequence\" is missing", "\"_rescued_data\" is missing", "rows");
    REFUSED("CREATE TABLE rows(id TEXT PRIMARY KEY,n TEXT,t NUMERIC,_sequence,_rescued_data)",
            "\"n\" has the type TEXT", "\"t\" has the type NUMERIC");
    REFUSED("CREATE TABLE rows(id TEXT PRIMARY KEY,n REAL,t TEXT,_sequence,_rescued_data)",
            "\"n\" has the type REAL");
    REFUSED("CREATE TABLE rows(id TEXT PRIMARY KEY,n,t,_sequence,_rescued_data,x TEXT NOT NULL)",
            "\"x\" is NOT NULL");
    REFUSED("CREATE TABLE rows(id TEXT PRIMARY KEY,n,t AS(n),_sequence,_rescued_data)",
            "\"t\" is a generated one");
}

static void a_table_that_fits_is_used(void) {
    new_folder();
    execute("CREATE TABLE rows(extra DEFAULT 5,T VARCHAR(10),_rescued_data,_sequence INT,N BIGINT,"
            "ID TEXT NOT NULL UNIQUE,also TEXT NOT NULL DEFAULT '')");
    execute("INSERT INTO rows(id,n,t)VALUES('a',1,'x'),('b',2,NULL)");
    target target = open_target(KEYED);
    DELIVER(&target, "=ui", {"{\"id\":\"a\",\"n\":1,\"t\":\"x\"}", 1},
            {"{\"id\":\"b\",\"n\":3}", 2}, {"{\"id\":\"c\"}", 3});
    CHECK_QUERY("SELECT id,n,t,extra,_sequence FROM rows ORDER BY id",
                "a|1|x|5|1;b|3|NULL|5|2;c|NULL|NULL|5|3");
    end_target(&target);
}

/* Found out at the first batch: SQLite alone knows. */
static void a_table_without_the_key_is_denied(void) {
    static const char *const tables[] = {
        "CREATE TABLE rows(id TEXT,n,t,_sequence,_rescued_data)",
        "CREATE TABLE rows(id TEXT,n,t,_sequence,_rescued_data,PRIMARY KEY(id,n))",
        "CREATE VIEW rows AS SELECT 1 AS id,2 AS n,3 AS t,4 AS _sequence,5 AS _rescued_data"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        new_folder();
        execute(tables[i]);
        target target = open_target(KEYED);
        CHECK(prepare_stream(&target, "s", ONE("a"), 1) == SPW_FAILED);
        CHECK(signal_of(&target) == SPW_SIGNAL_DENIED, "%s", why(&target));
        end_target(&target);
    }
}

static void a_table_that_changes_is_denied(void) {
    target target = new_target(KEYED);
    DELIVER(&target, "i", {"{\"id\":\"a\"}", 1});
    execute("ALTER TABLE rows DROP COLUMN t");
    CHECK(prepare_stream(&target, "s", ONE("b"), 1) == SPW_FAILED);
    CHECK(signal_of(&target) == SPW_SIGNAL_DENIED, "%s", why(&target));
    execute("ALTER TABLE rows ADD COLUMN t");
    DELIVER(&target, "i", {"{\"id\":\"b\"}", 2});
    execute("DROP TABLE rows");
    CHECK(prepare_stream(&target, "s", ONE("c"), 1) == SPW_FAILED);
    CHECK(signal_of(&target) == SPW_SIGNAL_DENIED, "%s", why(&target));
    end_target(&target);
}

static void a_file_that_is_no_database_is_denied(void) {
    new_folder();
    FILE *file = fopen(database_path, "w");
    CHECK(file);
    for (int i = 0; i < 1000; i++) {
        fputs("This is no database. ", file);
    }
    CHECK(fclose(file) == 0);
    char *error;
    kit_instance instance = kit_open(&plugin, SPW_SINK, "table", options, KEYED, &error);
    CHECK(error && spw_frame_signal(instance.frame) == SPW_SIGNAL_DENIED, "%s", error);
    free(error);
    kit_close(&instance);
    end_folder();
}

/* As somebody without rights; each case in a child of its own. */
static void no_rights_are_denied(void) {
    for (int file_exists = 0; file_exists < 2; file_exists++) {
        target target = new_target(KEYED);
        if (file_exists) {
            DELIVER(&target, "i", {"{\"id\":\"a\"}", 1});
            CHECK(chmod(database_path, 0444) == 0);
        }
        kit_close(&target.kit);
        CHECK(chmod(folder, 0555) == 0);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            CHECK(getuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0));
            char *error;
            target.kit = kit_open(&plugin, SPW_SINK, "table", options, KEYED, &error);
            if (!error) {
                CHECK(prepare_stream(&target, "s", ONE("b"), 1) == SPW_FAILED);
            }
            CHECK(signal_of(&target) == SPW_SIGNAL_DENIED, "%s", error ? error : why(&target));
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
        CHECK(chmod(folder, 0755) == 0);
        end_folder();
    }
}

/* --- options and contracts --- */

static void check_create(const char *given, const char *contract, const char *named) {
    char *error;
    kit_instance instance = kit_open(&plugin, SPW_SINK, "table", given, contract, &error);
    CHECK(error && strstr(error, named), "%s %s: %s", given, contract ? contract : "",
          error ? error : "was taken");
    free(error);
    kit_close(&instance);
}

static void wrong_options_are_refused(void) {
    const char *const path = "{\"path\":\"/tmp/spillway-none.db\"";
    char given[256];
    static const char *const cases[][2] = {
        {"}", "table"},
        {",\"table\":\"\"}", "table"},
        {",\"table\":7}", "table"},
        {",\"table\":\"sqlite_x\"}", "table"},
        {",\"table\":\"_Spillway_marks\"}", "table"},
        {",\"table\":\"t\",\"table\":\"u\"}", "table"},
        {",\"table\":\"t\",\"Table\":\"u\"}", "Table"},
        {",\"table\":\"t\",\"busy_timeout_ms\":-1}", "busy_timeout_ms"},
        {",\"table\":\"t\",\"busy_timeout_ms\":\"1s\"}", "busy_timeout_ms"},
        {",\"table\":\"t\",\"busy_timeout_ms\":99999999999999999999}", "busy_timeout_ms"},
        {",\"table\":\"t\",\"synchronous\":\"normal\"}", "synchronous"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(given, sizeof given, "%s%s", path, cases[i][0]);
        check_create(given, KEYED, cases[i][1]);
    }
    check_create("{\"table\":\"t\"}", KEYED, "path");
    check_create("[]", KEYED, "options");
    check_create("{\"path\":\"/no/such/folder/x.db\",\"table\":\"t\"}", KEYED, "/no/such/folder");
    CHECK(access("/tmp/spillway-none.db", F_OK) != 0, "to refuse makes no file");
}

static void contracts_without_columns_are_refused(void) {
    const char *const given = "{\"path\":\"/tmp/spillway-none.db\",\"table\":\"t\"}";
    check_create(given, NULL, "contract");
    check_create(given, "{", "contract");
    check_create(given, "true", "properties");
    check_create(given, "{\"properties\":{}}", "properties");
    check_create(given, "{\"properties\":{\"a\":{},\"A\":{}}}", "'A'");
    check_create(given, "{\"properties\":{\"_sequence\":{}}}", "_sequence");
    check_create(given, "{\"properties\":{\"_Rescued_Data\":{}}}", "_Rescued_Data");
    check_create(given, "{\"properties\":{\"a\\u0000b\":{}}}", "column");
    check_create(given, "{\"properties\":{\"\":{}}}", "column");
    /* References in a circle end. */
    target target = new_target("{\"properties\":{\"a\":{\"$ref\":\"#/$defs/b\"}},\"$defs\":{\"b\":"
                               "{\"$ref\":\"#/$defs/c\"},\"c\":{\"$ref\":\"#/$defs/b\"}}}");
    DELIVER(&target, "i", {"{\"a\":[1, 2]}"});
    CHECK_QUERY("SELECT a FROM rows", "[1,2]");
    end_target(&target);
}

static void names_are_quoted(void) {
    new_folder();
    snprintf(options, sizeof options, "{\"path\":\"%s\",\"table\":\"a \\\"b\\\"; DROP\"}",
             database_path);
    target target = open_target("{\"properties\":{\"select\":{\"x-key\":true,\"type\":\"string\"},"
                                "\"a\\\"b\":{\"type\":\"string\"},\"?1\":{\"type\":\"string\"}}}");
    DELIVER(&target, "iu", {"{\"select\":\"k\",\"a\\\"b\":\"v\"}"},
            {"{\"select\":\"k\",\"?1\":\"w\"}"});
    CHECK_QUERY("SELECT * FROM \"a \"\"b\"\"; DROP\"", "k|NULL|w|2|NULL|NULL");
    end_target(&target);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    plugin = kit_load(arguments[1]);
    commit_makes_rows_and_mark_durable();
    a_commit_without_rows_moves_the_mark();
    an_abort_undoes_what_was_prepared();
    streams_have_marks_of_their_own();
    instances_share_a_file();
    a_locked_database_is_transient();
    an_exclusive_lock_is_transient_too();
    the_busy_timeout_waits();
    a_table_that_does_not_fit_is_denied();
    a_table_that_fits_is_used();
    a_table_without_the_key_is_denied();
    a_table_that_changes_is_denied();
    a_file_that_is_no_database_is_denied();
    no_rights_are_denied();
    wrong_options_are_refused();
    contracts_without_columns_are_refused();
    names_are_quoted();
    return 0;
}

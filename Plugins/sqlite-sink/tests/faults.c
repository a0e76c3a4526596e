/*
 * A disk that fails, fills up or takes the process with it at each of its calls in turn: rows and
 * mark always agree, and a host that goes by abi.h comes to its end.
 */
#include <sys/wait.h>

#include "disk.h"
#include "table.h"

enum { batch_size = 40, batches = 3 };

/* Delivers one batch: records batch * batch_size + 1 and on, each with its own key. */
static spw_status prepare_batch(target *target, int batch) {
    static char texts[batch_size][128];
    sent records[batch_size];
    for (int i = 0; i < batch_size; i++) {
        int n = batch * batch_size + i + 1;
        snprintf(texts[i], sizeof texts[i], "{\"id\":\"%d\",\"n\":%d,\"t\":\"%064d\"}", n, n, n);
        records[i] = (sent){texts[i], (uint64_t)n};
    }
    return prepare_stream(target, "s", records, batch_size);
}

/* Rows 1 to the mark are there, and nothing else. */
static void check_agreement(int64_t mark) {
    char wanted[64];
    if (mark <= 0 && access(database_path, F_OK) != 0) {
        return; /* killed before it could make the file */
    }
    if (mark <= 0) {
        bool has_table = query("SELECT 1 FROM sqlite_master WHERE name='rows'")[0];
        CHECK(!has_table || query("SELECT 1 FROM rows")[0] == 0, "rows without a mark");
        return;
    }
    snprintf(wanted, sizeof wanted, "%lld|1|%lld|%lld", (long long)mark, (long long)mark,
             (long long)(mark * (mark + 1) / 2));
    CHECK_QUERY("SELECT count(*),min(_sequence),max(_sequence),sum(n) FROM rows", wanted);
    CHECK_QUERY("PRAGMA integrity_check", "ok");
}

static void check_prepare_signal(const target *target, int error) {
    int32_t signal = signal_of(target);
    int32_t wanted = error == SQLITE_FULL ? SPW_SIGNAL_UNAVAILABLE : SPW_SIGNAL_TRANSIENT;
    /* A full disk shows as an I/O error where SQLite syncs. */
    CHECK(signal == wanted || (error == SQLITE_FULL && signal == SPW_SIGNAL_TRANSIENT), "%s",
          why(target));
}

/* What a host does: prepare, commit; abort or ask when that fails; again. A stubborn one tries the
 * commit once more before it aborts. */
static void deliver_as_host(target *target, int batch, int error, bool is_stubborn, int *unknown) {
    int64_t mark = (int64_t)(batch + 1) * batch_size;
    for (int tries = 0;; tries++) {
        CHECK(tries < 10, "batch %d never ends: %s", batch, why(target));
        if (tries == 1) {
            disk_mend();
        }
        if (prepare_batch(target, batch) != SPW_OK) {
            check_prepare_signal(target, error);
            continue;
        }
        if (commit_stream(target, "s", (uint64_t)mark, "data") == SPW_OK) {
            return;
        }
        disk_mend();
        if (signal_of(target) != SPW_SIGNAL_UNKNOWN_OUTCOME) {
            check_prepare_signal(target, error);
            if (is_stubborn && commit_stream(target, "s", (uint64_t)mark, "data") == SPW_OK) {
                return;
            }
            CHECK(abort_stream(target, "s") == SPW_OK);
            continue;
        }
        ++*unknown;
        if (position_of(target, "s") >= mark) {
            return;
        }
    }
}

static void the_disk_fails(int error, bool stays_broken, bool has_wal, bool is_stubborn) {
    int unknown = 0, failures = 0;
    for (int call = 0; call < 10000; call++) {
        disk.has_wal = has_wal;
        target target = new_target(KEYED);
        disk_break(call, error, stays_broken);
        for (int batch = 0; batch < batches; batch++) {
            deliver_as_host(&target, batch, error, is_stubborn, &unknown);
            bool was_mended = disk.failed;
            if (was_mended) {
                disk_mend();
            }
            int64_t mark = position_of(&target, "s");
            CHECK(mark == (int64_t)(batch + 1) * batch_size, "call %d: mark %lld", call,
                  (long long)mark);
            check_agreement(mark);
        }
        bool failed = disk.failed;
        disk_mend();
        end_target(&target);
        if (!failed) {
            break;
        }
        failures++;
    }
    CHECK(failures > 10, "only %d calls to fail", failures);
    CHECK(error == SQLITE_FULL || unknown > 0, "no commit was in doubt");
}

/* A child that dies at its n-th call to the disk; false: it lived on to the end. */
static bool dies_at(int call) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        target target = open_target(KEYED);
        int64_t mark = position_of(&target, "s");
        disk_break(call, DISK_KILLS, false);
        for (int batch = mark < 0 ? 0 : (int)mark / batch_size; batch < batches; batch++) {
            CHECK(prepare_batch(&target, batch) == SPW_OK, "%s", why(&target));
            CHECK(commit_stream(&target, "s", (uint64_t)(batch + 1) * batch_size, "data") ==
                  SPW_OK);
        }
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static void the_process_dies(bool has_wal) {
    bool died = true;
    disk.has_wal = has_wal;
    for (int call = 0; died; call++) {
        new_folder();
        died = dies_at(call);
        target target = open_target(KEYED);
        int64_t mark = position_of(&target, "s");
        CHECK(mark == -1 || mark % batch_size == 0, "mark %lld", (long long)mark);
        check_agreement(mark);
        kit_close(&target.kit);
        CHECK(!dies_at(1 << 20), "the next life comes to the end");
        check_agreement(batches * batch_size);
        end_folder();
        CHECK(call < 10000);
    }
}

/* Killed from outside at any moment, life after life on one database. */
static void the_process_is_killed(void) {
    disk.has_wal = true;
    new_folder();
    int64_t last = 0;
    for (int life = 0; life < 40; life++) {
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            target target = open_target(KEYED);
            int64_t mark = position_of(&target, "s");
            for (int batch = mark < 0 ? 0 : (int)mark / batch_size;; batch++) {
                CHECK(prepare_batch(&target, batch) == SPW_OK, "%s", why(&target));
                CHECK(commit_stream(&target, "s", (uint64_t)(batch + 1) * batch_size, "d") ==
                      SPW_OK);
            }
        }
        usleep(2000 + (useconds_t)(life * 7919 % 13000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        target target = open_target(KEYED);
        int64_t mark = position_of(&target, "s");
        CHECK(mark >= last || mark == -1, "the mark went back");
        check_agreement(mark);
        last = mark;
        kit_close(&target.kit);
    }
    CHECK(last > 0, "no life was long enough");
    end_folder();
}

/* Without a WAL a reader keeps the commit waiting: it is refused, whole, and then let through. */
static void a_commit_that_waits_can_be_made_again(void) {
    disk.has_wal = false;
    target target = new_target(KEYED);
    DELIVER(&target, "i", {"{\"id\":\"a\"}", 1});
    int64_t before = position_of(&target, "s");
    sqlite3 *reader;
    sqlite3_stmt *rows;
    CHECK(sqlite3_open(database_path, &reader) == SQLITE_OK);
    CHECK(sqlite3_prepare_v2(reader, "SELECT * FROM rows", -1, &rows, NULL) == SQLITE_OK);
    CHECK(sqlite3_step(rows) == SQLITE_ROW);
    const sent record = {"{\"id\":\"b\"}", 2};
    CHECK(prepare_stream(&target, "s", &record, 1) == SPW_OK, "%s", why(&target));
    for (int i = 0; i < 3; i++) {
        CHECK(commit_stream(&target, "s", 1000, "") == SPW_FAILED);
        CHECK(signal_of(&target) == SPW_SIGNAL_TRANSIENT, "%s", why(&target));
        CHECK(position_of(&target, "s") == before, "what waits is not durable");
    }
    CHECK(sqlite3_finalize(rows) == SQLITE_OK && sqlite3_close(reader) == SQLITE_OK);
    CHECK(commit_stream(&target, "s", 1001, "") == SPW_OK, "%s", why(&target));
    CHECK(position_of(&target, "s") == 1001);
    CHECK_QUERY("SELECT id FROM rows ORDER BY id", "a;b");
    end_target(&target);
    disk.has_wal = true;
}

static void a_commit_is_synced(void) {
    for (int kind = 0; kind < 2; kind++) {
        disk.has_wal = kind;
        target target = new_target(KEYED);
        for (int batch = 0; batch < 5; batch++) {
            CHECK(prepare_batch(&target, batch) == SPW_OK);
            int before = disk.syncs;
            CHECK(commit_stream(&target, "s", 1, "") == SPW_OK);
            CHECK(disk.syncs > before, "batch %d", batch);
        }
        end_target(&target);
    }
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    plugin = kit_load(arguments[1]);
    disk_install();
    a_commit_is_synced();
    a_commit_that_waits_can_be_made_again();
    for (int kind = 0; kind < 8; kind++) {
        the_disk_fails(SQLITE_IOERR_WRITE, kind & 1, kind & 2, kind & 4);
        the_disk_fails(SQLITE_FULL, kind & 1, kind & 2, kind & 4);
    }
    the_process_dies(true);
    the_process_dies(false);
    the_process_is_killed();
    return 0;
}

/*
 * A disk that fails, fills up or takes the process with it at each call in turn: lines and mark
 * always agree, and a host that goes by abi.h comes to its end.
 *
 * This program's own pwrite, fsync and so on stand in the way of the plugin's.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "file.h"

/* --- the disk --- */

enum { DIES = -1 };
static int calls_left = -1, failure;
static bool failed, stays_broken, file_is_dirty, mark_is_dirty, folder_is_dirty;
static const char *broken_rule;

static bool is_named(int file, const char *end) {
    char link[64], name[256];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, name, sizeof name - 1);
    name[size > 0 ? size : 0] = 0;
    size_t length = strlen(name), wanted = strlen(end);
    return length >= wanted && strcmp(name + length - wanted, end) == 0;
}

static bool fails(void) {
    bool now = calls_left == 0 || (failed && stays_broken);
    calls_left -= calls_left >= 0;
    if (!now) {
        return false;
    }
    failed = true;
    if (failure == DIES) {
        kill(getpid(), SIGKILL);
    }
    errno = failure;
    return true;
}

static int synced(int file) {
    if (fails()) {
        return -1;
    }
    file_is_dirty = file_is_dirty && !is_named(file, "/out.ndjson");
    mark_is_dirty = mark_is_dirty && !is_named(file, "/out.ndjson.mark.new");
    folder_is_dirty = folder_is_dirty && !is_named(file, folder);
    return 0; /* nothing of this test survives a power cut */
}

int fsync(int file) {
    return synced(file);
}

int fdatasync(int file) {
    return synced(file);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset) {
    file_is_dirty = file_is_dirty || is_named(file, "/out.ndjson");
    mark_is_dirty = mark_is_dirty || is_named(file, "/out.ndjson.mark.new");
    if (fails()) { /* half of it may have come through */
        int kept = errno;
        syscall(SYS_pwrite64, file, data, size / 2, offset);
        errno = kept;
        return -1;
    }
    size_t part = size > 1000 ? size - 7 : size; /* a short write is no error */
    return syscall(SYS_pwrite64, file, data, part, offset);
}

int ftruncate(int file, off_t size) {
    return fails() ? -1 : (int)syscall(SYS_ftruncate, file, size);
}

int renameat(int from, const char *old, int to, const char *new) {
    if (fails()) {
        return -1;
    }
    if (file_is_dirty || mark_is_dirty) {
        broken_rule = "the sidecar was renamed before lines or sidecar were synced";
    }
    folder_is_dirty = true;
    return (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

static void break_disk(int calls, int error, bool stays) {
    calls_left = calls;
    failure = error;
    failed = false;
    stays_broken = stays;
}

static void mend_disk(void) {
    calls_left = -1;
    stays_broken = false;
}

/* --- batches --- */

enum { batch_size = 30, batches = 3 };

static void write_line(int n, char *line) {
    sprintf(line, "{\"n\":%d,\"t\":\"%060d\"}", n, n);
}

static spw_status prepare_batch(target *target, int batch) {
    static char lines[batch_size][128];
    sent records[batch_size] = {{0}};
    for (int i = 0; i < batch_size; i++) {
        write_line(batch * batch_size + i + 1, lines[i]);
        records[i].json = lines[i];
    }
    return prepare_stream(target, "s", records, batch_size);
}

/* Lines 1 to the mark are there, and nothing else. The file must have been opened. */
static void check_agreement(int64_t mark) {
    static char wanted[batch_size * 20000];
    char *at = wanted;
    CHECK(mark <= 0 || mark * 100 < (int64_t)sizeof wanted);
    *at = 0;
    for (int n = 1; n <= mark; n++) {
        write_line(n, at);
        strcat(at, "\n");
        at += strlen(at);
    }
    if (mark >= 0 || access(path, F_OK) == 0) {
        check_file(wanted);
    }
}

/* What a host does: prepare, commit; abort or ask when that fails; again. A stubborn one tries the
 * commit once more before it aborts. */
static void deliver_as_host(target *target, int batch, int32_t signal, bool is_stubborn,
                            int *unknown) {
    int64_t mark = (int64_t)(batch + 1) * batch_size;
    for (int tries = 0;; tries++) {
        CHECK(tries < 10, "batch %d never ends: %s", batch, why(target));
        if (tries == 2) {
            mend_disk();
        }
        if (prepare_batch(target, batch) != SPW_OK) {
            CHECK(signal_of(target) == signal, "%s", why(target));
            continue;
        }
        if (commit_stream(target, "s", (uint64_t)mark) == SPW_OK) {
            return;
        }
        if (signal_of(target) != SPW_SIGNAL_UNKNOWN_OUTCOME) {
            CHECK(signal_of(target) == signal, "%s", why(target));
            if (is_stubborn && commit_stream(target, "s", (uint64_t)mark) == SPW_OK) {
                return;
            }
            CHECK(abort_stream(target, "s") == SPW_OK);
            continue;
        }
        ++*unknown;
        mend_disk();
        if (position_of(target, "s") >= mark) {
            return;
        }
    }
}

static void the_disk_fails(int error, int32_t signal, bool stays, bool is_stubborn) {
    int unknown = 0, failures = 0;
    for (int call = 0;; call++) {
        target target = new_target();
        break_disk(call, error, stays);
        for (int batch = 0; batch < batches; batch++) {
            deliver_as_host(&target, batch, signal, is_stubborn, &unknown);
            if (failed) {
                mend_disk();
            }
            int64_t mark = position_of(&target, "s");
            CHECK(mark == (int64_t)(batch + 1) * batch_size, "call %d: mark %lld", call,
                  (long long)mark);
            check_agreement(mark);
        }
        bool has_failed = failed;
        mend_disk();
        kit_close(&target.kit);
        target = open_target();
        CHECK(position_of(&target, "s") == batches * batch_size);
        check_agreement(batches * batch_size);
        end_target(&target);
        if (!has_failed) {
            break;
        }
        failures++;
    }
    CHECK(failures > 15, "only %d calls to fail", failures);
    CHECK(unknown > 0, "no commit was in doubt");
}

/* A child that dies at its n-th call to the disk; false: it lived on to the end. */
static bool dies_at(int call) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        target target = open_target();
        break_disk(call, DIES, false);
        int64_t mark = position_of(&target, "s");
        for (int batch = mark < 0 ? 0 : (int)mark / batch_size; batch < batches; batch++) {
            CHECK(prepare_batch(&target, batch) == SPW_OK, "%s", why(&target));
            CHECK(commit_stream(&target, "s", (uint64_t)(batch + 1) * batch_size) == SPW_OK);
        }
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

/* Dies in its first life at any call, in its second, while it cuts back, too. */
static void the_process_dies(void) {
    bool died = true;
    for (int call = 0; died; call++) {
        for (int second = 0; second < 4; second++) {
            new_folder();
            died = dies_at(call);
            if (second) {
                dies_at(second - 1);
            }
            target target = open_target();
            int64_t mark = position_of(&target, "s");
            CHECK(mark == -1 || mark % batch_size == 0, "mark %lld", (long long)mark);
            check_agreement(mark);
            kit_close(&target.kit);
            CHECK(!dies_at(1 << 20), "the next life comes to the end");
            check_agreement(batches * batch_size);
            end_folder();
        }
    }
}

/* Killed from outside at any moment, life after life on one file. */
static void the_process_is_killed(void) {
    new_folder();
    int64_t last = -1;
    for (int life = 0; life < 60; life++) {
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            target target = open_target();
            int64_t mark = position_of(&target, "s");
            for (int batch = mark < 0 ? 0 : (int)mark / batch_size; batch < 150; batch++) {
                CHECK(prepare_batch(&target, batch) == SPW_OK, "%s", why(&target));
                CHECK(commit_stream(&target, "s", (uint64_t)(batch + 1) * batch_size) == SPW_OK);
            }
            pause();
        }
        usleep(500 + (useconds_t)(life * 7919 % 4000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        target target = open_target();
        int64_t mark = position_of(&target, "s");
        CHECK(mark >= last, "the mark went back");
        check_agreement(mark);
        last = mark;
        kit_close(&target.kit);
    }
    CHECK(last > 0, "no life was long enough");
    end_folder();
}

static void what_is_committed_is_synced(void) {
    target target = new_target();
    for (int batch = 0; batch < 5; batch++) {
        CHECK(prepare_batch(&target, batch) == SPW_OK);
        CHECK(commit_stream(&target, "s", (uint64_t)(batch + 1) * batch_size) == SPW_OK);
        CHECK(!file_is_dirty && !mark_is_dirty && !folder_is_dirty && !broken_rule, "%s",
              broken_rule ? broken_rule : "not all is synced");
    }
    CHECK(commit_stream(&target, "s", 1000) == SPW_OK);
    CHECK(!folder_is_dirty && !broken_rule);
    end_target(&target);
}

/* Larger than the buffer that lines are gathered in. */
static void a_large_batch_is_written_in_parts(void) {
    target target = new_target();
    static char record[200000];
    sprintf(record, "{\"t\":\"%0*d\"}", 199980, 0);
    sent records[40];
    for (int i = 0; i < 40; i++) {
        records[i] = (sent){record};
    }
    CHECK(prepare_stream(&target, "s", records, 40) == SPW_OK);
    CHECK(abort_stream(&target, "s") == SPW_OK);
    check_file("");
    CHECK(prepare_stream(&target, "s", records, 40) == SPW_OK);
    CHECK(commit_stream(&target, "s", 40) == SPW_OK);
    size_t size;
    char *text = kit_read_file(path, &size);
    CHECK(size == 40 * (strlen(record) + 1));
    for (int i = 0; i < 40; i++) {
        CHECK(memcmp(text + (size_t)i * (strlen(record) + 1), record, strlen(record)) == 0);
    }
    free(text);
    end_target(&target);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    plugin = kit_load(arguments[1]);
    what_is_committed_is_synced();
    a_large_batch_is_written_in_parts();
    for (int kind = 0; kind < 4; kind++) {
        the_disk_fails(EIO, SPW_SIGNAL_TRANSIENT, kind & 1, kind & 2);
        the_disk_fails(ENOSPC, SPW_SIGNAL_UNAVAILABLE, kind & 1, kind & 2);
        the_disk_fails(EDQUOT, SPW_SIGNAL_UNAVAILABLE, kind & 1, kind & 2);
    }
    the_process_dies();
    the_process_is_killed();
    return 0;
}

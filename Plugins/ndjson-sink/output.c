#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/durable.h"
#include "../common/say.h"

static spw_status failed(const output *output, spw_call *call, int error, const char *doing) {
    char room[128];
    return say_fail(call, say_signal(error), "%s: %s: %s", output->path, doing,
                    strerror_r(error, room, sizeof room));
}

bool output_set_path(output *output, char *path) {
    const char *slash = strrchr(path, '/');
    output->path = path;
    output->name = slash ? slash + 1 : path;
    output->folder = output->file = -1;
    output->mark_name = malloc(strlen(output->name) + sizeof ".mark");
    if (output->mark_name) {
        sprintf(output->mark_name, "%s.mark", output->name);
    }
    return output->mark_name;
}

/* --- opening --- */

static int open_folder(const output *output) {
    size_t size = (size_t)(output->name - output->path);
    char *folder = size ? strndup(output->path, size) : strdup(".");
    int file = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int error = folder ? errno : ENOMEM;
    free(folder);
    errno = error;
    return file;
}

bool output_is_absent(const output *output) {
    int folder = open_folder(output);
    if (folder < 0) {
        return errno == ENOENT;
    }
    bool is_absent = faccessat(folder, output->name, F_OK, 0) != 0 && errno == ENOENT &&
                     faccessat(folder, output->mark_name, F_OK, 0) != 0 && errno == ENOENT;
    close(folder);
    return is_absent;
}

spw_status output_check_folder(const output *output, spw_call *call) {
    int folder = open_folder(output);
    int error = folder < 0 || faccessat(folder, ".", W_OK | X_OK, 0) != 0 ? errno : 0;
    if (folder >= 0) {
        close(folder);
    }
    return error ? failed(output, call, error, "its folder can't be used") : SPW_OK;
}

/* The hash of the last bytes before `length`; 0 or an errno. */
static int hash_tail(const output *output, uint64_t length, uint64_t *hash) {
    char room[mark_tail_size];
    size_t size = length < sizeof room ? (size_t)length : sizeof room, got = 0;
    while (got < size) {
        ssize_t more = pread(output->file, room + got, size - got, (off_t)(length - size + got));
        if (more < 0 && errno == EINTR) {
            continue;
        }
        if (more <= 0) {
            return more ? errno : EIO;
        }
        got += (size_t)more;
    }
    *hash = mark_hash(room, size);
    return 0;
}

/* Reads a small file whole; 0 or an errno. */
static int read_whole(int folder, const char *name, bytes *text) {
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
    int error = file < 0 ? errno : 0;
    ssize_t got = 1;
    while (!error && got > 0) {
        if (!bytes_reserve(text, 4096)) {
            error = ENOMEM;
        } else if ((got = read(file, text->data + text->size, 4096)) < 0) {
            error = errno == EINTR ? 0 : errno;
            got = 1;
        } else {
            text->size += (size_t)got;
        }
    }
    if (file >= 0) {
        close(file);
    }
    return error;
}

static int write_sidecar(output *output, spw_str stream, const spw_mark *changed,
                         int *is_replaced) {
    bytes text = {0};
    *is_replaced = 0;
    int error =
        marks_write(&output->marks, stream, changed, &text)
            ? durable_replace(output->folder, output->mark_name, text.data, text.size, is_replaced)
            : ENOMEM;
    bytes_free(&text);
    return error;
}

/* A file without a sidecar: a new one, or one to be gone on with. */
static spw_status begin(output *output, spw_call *call, uint64_t size) {
    if (size && !output->may_adopt) {
        return say_fail(call, SPW_SIGNAL_DENIED,
                        "%s has %llu bytes but no sidecar %s, so it is not known which of them "
                        "are committed. Move it away, or set `adopt: true` to keep them and append",
                        output->path, (unsigned long long)size, output->mark_name);
    }
    char last = '\n';
    if (size && pread(output->file, &last, 1, (off_t)size - 1) != 1) {
        return failed(output, call, errno ? errno : EIO, "its last line can't be read");
    }
    if (last != '\n') {
        return say_fail(call, SPW_SIGNAL_DENIED,
                        "%s: its last line has no end; end it, then adopt it", output->path);
    }
    int is_replaced;
    output->marks.length = size;
    int error = hash_tail(output, size, &output->marks.tail);
    error = error || fsync(output->file) == 0 ? error : errno;
    error = error ? error : write_sidecar(output, (spw_str){NULL, 0}, NULL, &is_replaced);
    return error ? failed(output, call, error, "its sidecar can't be written") : SPW_OK;
}

/* A file with a sidecar: is it that one's, and is all there? Then away with the rest. */
static spw_status resume(output *output, spw_call *call, uint64_t size) {
    uint64_t tail;
    if (size < output->marks.length) {
        return say_fail(
            call, SPW_SIGNAL_DENIED,
            "%s has %llu bytes where %llu are committed by %s: lines are missing. Put the "
            "file back, or move both away to begin anew",
            output->path, (unsigned long long)size, (unsigned long long)output->marks.length,
            output->mark_name);
    }
    int error = hash_tail(output, output->marks.length, &tail);
    if (error) {
        return failed(output, call, error, "it can't be read");
    }
    if (tail != output->marks.tail) {
        return say_fail(
            call, SPW_SIGNAL_DENIED,
            "%s is not the file that %s belongs to: its committed lines differ. Put the "
            "file back, or move both away to begin anew",
            output->path, output->mark_name);
    }
    if (size > output->marks.length && ftruncate(output->file, (off_t)output->marks.length) != 0) {
        return failed(output, call, errno, "lines that were not committed can't be cut off");
    }
    return SPW_OK;
}

static spw_status open_file(output *output, spw_call *call) {
    struct stat status;
    output->file = openat(output->folder, output->name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (output->file < 0 || fstat(output->file, &status) != 0) {
        return failed(output, call, errno, "it can't be opened");
    }
    if (!S_ISREG(status.st_mode)) {
        return say_fail(call, SPW_SIGNAL_DENIED, "%s is not a regular file", output->path);
    }
    if (flock(output->file, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? say_fail(call, SPW_SIGNAL_TRANSIENT,
                              "%s: another run, or another sink of this one, writes it",
                              output->path)
                   : failed(output, call, errno, "it can't be locked");
    }
    return SPW_OK;
}

static spw_status settle(output *output, spw_call *call) {
    struct stat status;
    bytes text = {0};
    if (fstat(output->file, &status) != 0) { /* again: it may have grown before the lock */
        return failed(output, call, errno, "it can't be looked at");
    }
    int error = read_whole(output->folder, output->mark_name, &text);
    spw_status result;
    if (error == ENOENT) {
        result = begin(output, call, (uint64_t)status.st_size);
    } else if (error) {
        result = failed(output, call, error, "its sidecar can't be read");
    } else if (!marks_read(&output->marks, text.data, text.size)) {
        result = say_fail(call, SPW_SIGNAL_DENIED,
                          "%s: its sidecar %s is damaged, or of another version", output->path,
                          output->mark_name);
    } else {
        result = resume(output, call, (uint64_t)status.st_size);
    }
    bytes_free(&text);
    output->end = output->marks.length;
    return result;
}

spw_status output_open(output *output, spw_call *call) {
    if (output->file >= 0) {
        return SPW_OK;
    }
    output->folder = open_folder(output);
    spw_status status = output->folder < 0
                            ? failed(output, call, errno, "its folder can't be opened")
                            : open_file(output, call);
    if (status == SPW_OK) {
        status = settle(output, call);
    }
    if (status != SPW_OK) {
        output_close(output);
    }
    return status;
}

void output_close(output *output) {
    if (output->file >= 0) {
        close(output->file);
    }
    if (output->folder >= 0) {
        close(output->folder);
    }
    output->file = output->folder = -1;
    marks_free(&output->marks);
}

void output_free(output *output) {
    output_close(output);
    free(output->path);
    free(output->mark_name);
}

/* --- writing --- */

void output_cut_back(output *output) {
    if (output->file < 0 || output->end == output->marks.length) {
        return;
    }
    output->end = output->marks.length;
    if (ftruncate(output->file, (off_t)output->end) != 0) {
        output_close(output); /* to be cut back when it is opened again */
    }
}

spw_status output_append(output *output, spw_call *call, const bytes *lines) {
    int error = durable_write(output->file, lines->data, lines->size, (off_t)output->end);
    output->end += lines->size; /* a part may have been written */
    if (error) {
        spw_status status = failed(output, call, error, "lines can't be written");
        output_cut_back(output);
        return status;
    }
    return SPW_OK;
}

/* What the sidecar will say, if all goes well. */
static output_commit_end write_mark(output *output, spw_call *call, spw_str stream,
                                    const spw_mark *mark) {
    struct marks before = output->marks;
    int is_replaced = 0;
    int error = hash_tail(output, output->end, &output->marks.tail);
    if (!error) {
        output->marks.length = output->end;
        error = write_sidecar(output, stream, mark, &is_replaced);
    }
    if (error && !is_replaced) {
        output->marks.length = before.length;
        output->marks.tail = before.tail;
        failed(output, call, error, "the sidecar can't be written");
        return OUTPUT_KEPT;
    }
    if (error || !marks_set(&output->marks, stream, mark->sequence, mark->data)) {
        char room[128];
        say_fail(call, SPW_SIGNAL_UNKNOWN_OUTCOME,
                 "%s: it is not known whether the commit lasts: its folder: %s", output->path,
                 strerror_r(error ? error : ENOMEM, room, sizeof room));
        return OUTPUT_UNKNOWN;
    }
    return OUTPUT_COMMITTED;
}

output_commit_end output_commit(output *output, spw_call *call, spw_str stream,
                                const spw_mark *mark) {
    bool has_lines = output->end > output->marks.length;
    if (has_lines && fdatasync(output->file) != 0) {
        /* The pages may be gone: to sync again would not bring them back. */
        failed(output, call, errno, "lines can't be synced");
        output_cut_back(output);
        return OUTPUT_UNDONE;
    }
    output_commit_end end = write_mark(output, call, stream, mark);
    if (end == OUTPUT_UNKNOWN) {
        output_close(output);
    }
    return end;
}

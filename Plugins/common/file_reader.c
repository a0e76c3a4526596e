#include "file_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "say.h"

enum { chunk_size = 64 * 1024, fresh_seconds = 2 };

static const uint8_t nothing[1];

static int64_t nanoseconds(struct timespec time) {
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Clocks of file systems tick coarsely: a change within the same tick leaves no trace. */
static file_stamp stamp_of(const struct stat *status) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (nanoseconds(now) - nanoseconds(status->st_ctim) < fresh_seconds * 1000000000LL) {
        return (file_stamp){0};
    }
    return (file_stamp){.inode = status->st_ino,
                        .size = status->st_size,
                        .modified_ns = nanoseconds(status->st_mtim),
                        .changed_ns = nanoseconds(status->st_ctim)};
}

file_stamp file_stamp_now(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 ? stamp_of(&status) : (file_stamp){0};
}

file_stamp file_stamp_at(const char *place) {
    struct stat status;
    return stat(place, &status) == 0 ? stamp_of(&status) : (file_stamp){0};
}

bool file_stamp_same(const file_stamp *left, const file_stamp *right) {
    return left->changed_ns && left->inode == right->inode && left->size == right->size &&
           left->modified_ns == right->modified_ns && left->changed_ns == right->changed_ns;
}

static spw_status start_hash(file_reader *reader, spw_call *call) {
    if (!reader->hash) {
        reader->hash = EVP_MD_CTX_new();
        reader->scratch = EVP_MD_CTX_new();
    }
    if (!reader->hash || !reader->scratch || !EVP_DigestInit_ex(reader->hash, EVP_sha256(), NULL)) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "%s: no memory to hash it", reader->name);
    }
    return SPW_OK;
}

spw_status file_reader_open(file_reader *reader, spw_call *call, const char *place,
                            const char *name, uint64_t limit, bool hashed) {
    *reader = (file_reader){
        .data = nothing, .name = name, .descriptor = -1, .open = true, .limit = limit};
    /* not to wait for a writer, should it be a pipe by now */
    int descriptor = open(place, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        reader->open = false;
        return say_errno(call, errno, name);
    }
    reader->descriptor = descriptor;
    struct stat status;
    spw_status outcome = SPW_OK;
    if (fstat(descriptor, &status) != 0) {
        outcome = say_errno(call, errno, name);
    } else if (!S_ISREG(status.st_mode)) {
        outcome = say_fail(call, SPW_SIGNAL_DENIED, "%s: not a regular file", name);
    } else if (hashed) {
        outcome = start_hash(reader, call);
    }
    if (outcome != SPW_OK) {
        file_reader_close(reader);
        return outcome;
    }
    reader->stamp = stamp_of(&status);
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    return SPW_OK;
}

void file_reader_memory(file_reader *reader, spw_bytes bytes, const char *name) {
    *reader = (file_reader){.data = bytes.size ? bytes.data : nothing,
                            .filled = bytes.size,
                            .name = name,
                            .descriptor = -1,
                            .at_end = true,
                            .open = true,
                            .limit = UINT64_MAX};
}

void file_reader_close(file_reader *reader) {
    if (reader->descriptor >= 0 && reader->open) {
        close(reader->descriptor);
    }
    EVP_MD_CTX_free(reader->hash);
    EVP_MD_CTX_free(reader->scratch);
    free(reader->owned);
    *reader = (file_reader){.data = nothing, .descriptor = -1};
}

spw_status file_reader_rewind(file_reader *reader, spw_call *call) {
    reader->offset = 0;
    reader->at = 0;
    if (reader->descriptor < 0) {
        return SPW_OK;
    }
    reader->filled = 0;
    reader->at_end = false;
    if (lseek(reader->descriptor, 0, SEEK_SET) < 0) {
        return say_errno(call, errno, reader->name);
    }
    return reader->hash ? start_hash(reader, call) : SPW_OK;
}

/* Room for a chunk behind what is in the window. */
static bool make_room(file_reader *reader) {
    size_t left = file_reader_left(reader);
    if (left && reader->at) {
        memmove(reader->owned, reader->owned + reader->at, left);
    }
    reader->at = 0;
    reader->filled = left;
    if (reader->room - left >= chunk_size) {
        return true;
    }
    size_t room = reader->room ? reader->room * 2 : 2 * chunk_size;
    uint8_t *grown = room > reader->room ? realloc(reader->owned, room) : NULL;
    if (!grown) {
        return false;
    }
    reader->owned = grown;
    reader->data = grown;
    reader->room = room;
    return true;
}

spw_status file_reader_fill(file_reader *reader, spw_call *call) {
    uint64_t end = reader->offset + file_reader_left(reader);
    if (reader->at_end || end >= reader->limit) {
        reader->at_end = true;
        return SPW_END;
    }
    if (reader->room - reader->filled < chunk_size && !make_room(reader)) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET,
                        "%s: no memory for the record at byte %llu, which is longer than %zu bytes",
                        reader->name, (unsigned long long)reader->offset, reader->filled);
    }
    size_t wanted = reader->room - reader->filled;
    if (wanted > reader->limit - end) {
        wanted = (size_t)(reader->limit - end);
    }
    ssize_t got;
    do {
        got = read(reader->descriptor, reader->owned + reader->filled, wanted);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return say_errno(call, errno, reader->name);
    }
    if (got == 0) {
        reader->at_end = true;
        return SPW_END;
    }
    reader->filled += (size_t)got;
    return SPW_OK;
}

spw_status file_reader_fill_all(file_reader *reader, spw_call *call) {
    spw_status status;
    while ((status = file_reader_fill(reader, call)) == SPW_OK) {
    }
    return status == SPW_END ? SPW_OK : status;
}

void file_reader_take(file_reader *reader, size_t size) {
    if (reader->hash) {
        EVP_DigestUpdate(reader->hash, reader->data + reader->at, size);
    }
    reader->at += size;
    reader->offset += size;
}

spw_status file_reader_take_until(file_reader *reader, spw_call *call, uint64_t target) {
    while (reader->offset < target) {
        size_t left = file_reader_left(reader);
        if (left) {
            uint64_t wanted = target - reader->offset;
            file_reader_take(reader, wanted < left ? (size_t)wanted : left);
            if (reader->offset < target && call->cancelled(call)) {
                return SPW_PENDING; /* a chunk further, each time */
            }
            continue;
        }
        spw_status status = file_reader_fill(reader, call);
        if (status != SPW_OK) {
            return status;
        }
    }
    return SPW_OK;
}

spw_status file_reader_seek(file_reader *reader, spw_call *call, uint64_t target) {
    struct stat status;
    if (fstat(reader->descriptor, &status) != 0 ||
        lseek(reader->descriptor, (off_t)target, SEEK_SET) < 0) {
        return say_errno(call, errno, reader->name);
    }
    reader->at = reader->filled = 0;
    reader->offset = target;
    return (uint64_t)status.st_size < target ? SPW_END : SPW_OK;
}

void file_reader_digest(const file_reader *reader, char text[DIGEST_TEXT]) {
    static const char hex[] = "0123456789abcdef";
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!reader->hash || !EVP_MD_CTX_copy_ex(reader->scratch, reader->hash) ||
        !EVP_DigestFinal_ex(reader->scratch, digest, &size)) {
        strcpy(text, "-");
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        text[2 * i] = hex[digest[i] >> 4];
        text[2 * i + 1] = hex[digest[i] & 15];
    }
    text[2 * size] = 0;
}

void file_reader_seal(file_reader *reader) {
    reader->whole = true;
    reader->whole_size = reader->offset;
    file_reader_digest(reader, reader->whole_digest);
}

spw_status file_reader_mark(file_reader *reader, spw_call *call, size_t *size) {
    *size = 0;
    while (reader->offset == 0 && file_reader_left(reader) < 3) {
        spw_status status = file_reader_fill(reader, call);
        if (status == SPW_END) {
            break;
        }
        if (status != SPW_OK) {
            return status;
        }
    }
    if (reader->offset == 0 && file_reader_left(reader) >= 3 &&
        memcmp(file_reader_bytes(reader), "\xEF\xBB\xBF", 3) == 0) {
        *size = 3;
    }
    return SPW_OK;
}

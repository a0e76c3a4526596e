/*
 * A file from front to back through a window, with the running SHA-256 of what was taken.
 *
 * The window holds the bytes that were read but not taken yet; it grows to what a record needs.
 * Bytes come by read(2), never by a mapping: a file that is cut short under us ends early, no more.
 * A reader over memory works the same, without a file.
 */
#ifndef SPILLWAY_PLUGINS_FILE_READER_H
#define SPILLWAY_PLUGINS_FILE_READER_H

#include <openssl/evp.h>
#include <spillway/abi.h>
#include <stdbool.h>

#define DIGEST_TEXT 65 /* 64 hexadecimal digits and a NUL; "-": not hashed */

/* What tells, without reading, that a file is as it was. All zero: not known. */
typedef struct file_stamp {
    uint64_t inode;
    int64_t size, modified_ns, changed_ns;
} file_stamp;

typedef struct file_reader {
    const uint8_t *data; /* the window */
    size_t at, filled;   /* bytes [at, filled) are there and not taken */
    uint64_t offset;     /* in the file, of data[at] */
    bool at_end;         /* nothing follows what is in the window */
    bool open;

    /* The file was judged as a whole: positions in it hold for exactly these bytes. */
    bool whole;
    uint64_t whole_size;
    char whole_digest[DIGEST_TEXT];

    const char *name; /* for messages, borrowed */
    file_stamp stamp; /* when it was opened */
    int descriptor;   /* -1: memory */
    uint8_t *owned;
    size_t room;
    uint64_t limit;             /* as if the file ended here */
    EVP_MD_CTX *hash, *scratch; /* NULL: not hashed */
} file_reader;

/* Opens a file; place is where it lies, name how messages call it (borrowed). limit UINT64_MAX:
 * none. */
spw_status file_reader_open(file_reader *reader, spw_call *call, const char *place,
                            const char *name, uint64_t limit, bool hashed);
/* A reader over bytes in memory, borrowed until close. */
void file_reader_memory(file_reader *reader, spw_bytes bytes, const char *name);
void file_reader_close(file_reader *reader);
/* Back to the first byte, as just opened; `whole` stays. */
spw_status file_reader_rewind(file_reader *reader, spw_call *call);

/* Puts at least one more byte into the window (data may move), or SPW_END. */
spw_status file_reader_fill(file_reader *reader, spw_call *call);
/* Fills until the window holds all that is left. */
spw_status file_reader_fill_all(file_reader *reader, spw_call *call);
/* Takes `size` bytes out of the window. */
void file_reader_take(file_reader *reader, size_t size);
/* Takes bytes until offset is `target`. SPW_END: the file ends before. SPW_PENDING: the call is to
 * end; go on with the next one. */
spw_status file_reader_take_until(file_reader *reader, spw_call *call, uint64_t target);

/* To `target` without reading, where nothing is hashed. SPW_END: the file ends before. */
spw_status file_reader_seek(file_reader *reader, spw_call *call, uint64_t target);

/* The SHA-256 of all bytes taken. */
void file_reader_digest(const file_reader *reader, char text[DIGEST_TEXT]);
/* All is taken: the file is now known as a whole. */
void file_reader_seal(file_reader *reader);
/* Skips a UTF-8 byte order mark at the file's start; its size, 0 or 3, into `size`. */
spw_status file_reader_mark(file_reader *reader, spw_call *call, size_t *size);

static inline const uint8_t *file_reader_bytes(const file_reader *reader) {
    return reader->data + reader->at;
}
static inline size_t file_reader_left(const file_reader *reader) {
    return reader->filled - reader->at;
}

/* The stamp of an open file or of a path, all zero when it changed so lately that a further change
 * might not show in it, or when it can't be told. */
file_stamp file_stamp_now(int descriptor);
file_stamp file_stamp_at(const char *place);
bool file_stamp_same(const file_stamp *left, const file_stamp *right);

#endif

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/say.h"
#include "store.h"

enum { piece = 1 << 20 };

/* Opens what is at a place below one of the store's folders; -1 with errno. */
static int open_at(int folder, const place *place) {
    int inside = openat(folder, place->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (inside < 0) {
        return -1;
    }
    int file = openat(inside, place->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int error = errno;
    close(inside);
    errno = error;
    return file;
}

/* An object without a sheet is named by its SHA-256. */
static int read_sheet(store *store, spw_str name, const place *place, sheet *sheet) {
    int file = open_at(store->sheets, place);
    if (file < 0) {
        sheet->media_type[0] = 0;
        bool is_fine = errno == ENOENT && digest_read(name, sheet->sha256);
        return is_fine ? 0 : errno == ENOENT ? EBADMSG : errno;
    }
    char text[sheet_limit + 1];
    ssize_t size = pread(file, text, sizeof text, 0);
    int error = errno;
    close(file);
    if (size < 0) {
        return error;
    }
    return sheet_read(text, (size_t)size, sheet) ? 0 : EBADMSG;
}

int object_open(store *store, spw_str name, int *file, struct stat *status, sheet *sheet) {
    place place = place_of(name);
    *file = open_at(store->objects, &place);
    if (*file < 0) {
        return errno;
    }
    int error = fstat(*file, status) == 0 ? read_sheet(store, name, &place, sheet) : errno;
    if (error && error != EBADMSG) {
        close(*file);
        *file = -1;
    }
    return error;
}

int object_is_whole(store *store, int file, const uint8_t sha256[digest_size]) {
    uint8_t found[digest_size];
    uint8_t *room = malloc(piece);
    int result = room && digest_begin(store->digest) ? 0 : -ENOMEM;
    off_t offset = 0;
    while (result == 0) {
        ssize_t got = pread(file, room, piece, offset);
        if (got == 0) {
            break;
        }
        if (got > 0) {
            result = digest_add(store->digest, room, (size_t)got) ? 0 : -ENOMEM;
            offset += got;
        } else if (errno != EINTR) {
            result = -errno;
        }
    }
    free(room);
    if (result == 0) {
        result =
            digest_end(store->digest, found) ? memcmp(found, sha256, digest_size) == 0 : -ENOMEM;
    }
    return result;
}

int64_t object_time(const struct stat *status) {
    return (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

void object_describe(spw_str name, const struct stat *status, const sheet *sheet,
                     spw_object *object) {
    object->size = sizeof *object;
    object->name = name;
    object->length = (uint64_t)status->st_size;
    object->media_type = (spw_str){sheet->media_type, strlen(sheet->media_type)};
    object->stored_at_ns = object_time(status);
    memcpy(object->sha256, sheet->sha256, digest_size);
}

spw_status store_stat(void *instance, spw_call *call, spw_str name, spw_object *object) {
    store *store = instance;
    struct stat status;
    int file;
    if (store_check_name(call, name) != SPW_OK) {
        return SPW_INVALID;
    }
    int error = object_open(store, name, &file, &status, &store->sheet);
    if (error == ENOENT) {
        return SPW_END;
    }
    if (file >= 0) {
        close(file);
    }
    if (error) {
        return store_failed(store, call, error, "can't read what is known of", name);
    }
    memcpy(store->name, name.data, name.size);
    object_describe((spw_str){store->name, name.size}, &status, &store->sheet, object);
    object->existed = 1;
    return SPW_OK;
}

/* A part of an object on its way out. */
typedef struct reading {
    store *store;
    spw_call *call;
    spw_str name;
    int file;
    uint64_t at, left;
    bool is_hashed;
} reading;

/* The next piece into the output. */
static spw_status read_piece(reading *reading, spw_output *output) {
    size_t size = reading->left < piece ? (size_t)reading->left : piece;
    spw_room room;
    spw_status status = output->reserve(output, size, &room);
    if (status != SPW_OK) {
        say_fail(reading->call, SPW_SIGNAL_OVER_BUDGET,
                 "object %.*s does not fit into the call's budget: %llu more bytes; read it in "
                 "parts",
                 (int)reading->name.size, reading->name.data, (unsigned long long)reading->left);
        return status;
    }
    ssize_t got = pread(reading->file, room.data, size, (off_t)reading->at);
    if (got < 0) {
        return errno == EINTR ? SPW_OK
                              : store_failed(reading->store, reading->call, errno, "can't read",
                                             reading->name);
    }
    if (got == 0) {
        return say_fail(reading->call, SPW_SIGNAL_UNRECOVERABLE,
                        "store %s: object %.*s was cut off while it was read", reading->store->path,
                        (int)reading->name.size, reading->name.data);
    }
    if (reading->is_hashed && !digest_add(reading->store->digest, room.data, (size_t)got)) {
        return store_no_memory(reading->call);
    }
    reading->at += (uint64_t)got;
    reading->left -= (uint64_t)got;
    return output->commit(output, (size_t)got);
}

static spw_status read_part(reading *reading, const sheet *sheet, spw_output *output) {
    if (reading->is_hashed && !digest_begin(reading->store->digest)) {
        return store_no_memory(reading->call);
    }
    while (reading->left) {
        if (reading->call->cancelled(reading->call)) {
            return say_fail(reading->call, SPW_SIGNAL_TIMEOUT, "reading object %.*s took too long",
                            (int)reading->name.size, reading->name.data);
        }
        spw_status status = read_piece(reading, output);
        if (status != SPW_OK) {
            return status;
        }
    }
    uint8_t found[digest_size];
    if (reading->is_hashed && !digest_end(reading->store->digest, found)) {
        return store_no_memory(reading->call);
    }
    if (reading->is_hashed && memcmp(found, sheet->sha256, digest_size) != 0) {
        return say_fail(reading->call, SPW_SIGNAL_UNRECOVERABLE,
                        "store %s: object %.*s is damaged: its bytes do not have the SHA-256 they "
                        "were put with",
                        reading->store->path, (int)reading->name.size, reading->name.data);
    }
    return SPW_OK;
}

spw_status store_get(void *instance, spw_call *call, spw_str name, uint64_t offset, uint64_t length,
                     spw_output *output) {
    store *store = instance;
    struct stat known;
    sheet sheet;
    int file;
    if (store_check_name(call, name) != SPW_OK) {
        return SPW_INVALID;
    }
    int error = object_open(store, name, &file, &known, &sheet);
    if (error == ENOENT) {
        return SPW_END;
    }
    spw_status status = SPW_OK;
    if (error) {
        status = store_failed(store, call, error, "can't read", name);
    } else {
        uint64_t size = (uint64_t)known.st_size;
        uint64_t start = offset < size ? offset : size;
        reading part = {.store = store, .call = call, .name = name, .file = file, .at = start};
        part.left = length < size - start ? length : size - start;
        part.is_hashed = part.left == size;
        status = read_part(&part, &sheet, output);
    }
    if (file >= 0) {
        close(file);
    }
    return status;
}

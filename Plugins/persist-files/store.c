#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/durable.h"
#include "../common/say.h"

#define LAYOUT "spillway files store 1\n"

spw_status store_no_memory(spw_call *call) {
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory left for the store's work");
}

spw_status store_failed(store *store, spw_call *call, int error, const char *doing, spw_str name) {
    if (error == ENOMEM) {
        return store_no_memory(call);
    }
    char room[128];
    int32_t signal = error == EBADMSG ? SPW_SIGNAL_UNRECOVERABLE : say_signal(error);
    const char *why =
        error == EBADMSG ? "its sheet is damaged" : strerror_r(error, room, sizeof room);
    return say_fail(call, signal, "store %s: %s %.*s: %s", store->path, doing, (int)name.size,
                    name.data, why);
}

spw_status store_check_name(spw_call *call, spw_str name) {
    if (place_is_legal(name)) {
        return SPW_OK;
    }
    return say_invalid(call,
                       "an object's name is 1 to %d of the characters 0-9 A-Z a-z . _ -; this one, "
                       "of %zu bytes, is not",
                       name_limit, name.size);
}

int store_sync_folder(int parent, const char *name) {
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return errno;
    }
    int error = fsync(folder) == 0 ? 0 : errno;
    close(folder);
    return error;
}

static spw_status open_failed(store *store, spw_call *call, int error, const char *part) {
    char room[128];
    return say_fail(call, say_signal(error), "store %s: can't open or make %s: %s", store->path,
                    part, strerror_r(error, room, sizeof room));
}

static int open_folder(int parent, const char *name, int *folder) {
    *folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*folder < 0 && errno == ENOENT) {
        int error = durable_make_folder(parent, name, 0700);
        if (error) {
            return error;
        }
        *folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    return *folder < 0 ? errno : 0;
}

/* A store that may only be read is opened all the same: get, stat and list work on it. */
static int open_lock(store *store) {
    store->lock = openat(store->root, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock < 0 && (errno == EROFS || errno == EACCES)) {
        store->lock = openat(store->root, "lock", O_RDONLY | O_CLOEXEC);
    }
    return store->lock < 0 ? errno : 0;
}

static spw_status check_layout(store *store, spw_call *call) {
    char text[sizeof LAYOUT + 1];
    int file = openat(store->root, "layout", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        int is_replaced;
        int error = errno == ENOENT ? durable_replace(store->root, "layout", LAYOUT,
                                                      sizeof LAYOUT - 1, &is_replaced)
                                    : errno;
        return error ? open_failed(store, call, error, "layout") : SPW_OK;
    }
    ssize_t size = read(file, text, sizeof text);
    int error = errno;
    close(file);
    if (size < 0) {
        return open_failed(store, call, error, "layout");
    }
    if (size != sizeof LAYOUT - 1 || memcmp(text, LAYOUT, sizeof LAYOUT - 1) != 0) {
        return say_fail(call, SPW_SIGNAL_DENIED,
                        "store %s: its file 'layout' names a layout that this version can't read; "
                        "use the Spillway that made it, or another `path`",
                        store->path);
    }
    return SPW_OK;
}

static spw_status open_parts(store *store, spw_call *call) {
    static const char *const names[] = {"objects", "sheets", "staging"};
    int *const folders[] = {&store->objects, &store->sheets, &store->staging};
    for (size_t i = 0; i < 3; i++) {
        int error = open_folder(store->root, names[i], folders[i]);
        if (error) {
            return open_failed(store, call, error, names[i]);
        }
    }
    int error = open_lock(store);
    return error ? open_failed(store, call, error, "lock") : SPW_OK;
}

spw_status store_open(store *store, spw_call *call) {
    store->root = store->objects = store->sheets = store->staging = store->lock = -1;
    store->digest = EVP_MD_CTX_new();
    if (!store->digest) {
        return store_no_memory(call);
    }
    int error = durable_make_folders(store->path, 0700);
    if (!error) {
        store->root = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        error = store->root < 0 ? errno : 0;
    }
    if (error) {
        return open_failed(store, call, error, "the folder");
    }
    /* Made by an earlier start that died before it could sync? Not every parent may be opened. */
    (void)store_sync_folder(store->root, "..");
    spw_status status = check_layout(store, call);
    if (status == SPW_OK) {
        status = open_parts(store, call);
    }
    if (status == SPW_OK) {
        staged_clean(store->staging);
    }
    return status;
}

void store_close(store *store) {
    while (store->puts) {
        store_put_abort(store, NULL, store->puts);
    }
    const int files[] = {store->lock, store->staging, store->sheets, store->objects, store->root};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i] >= 0) {
            close(files[i]);
        }
    }
    EVP_MD_CTX_free(store->digest);
    free(store->path);
    free(store);
}

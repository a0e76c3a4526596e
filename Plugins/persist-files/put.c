#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../common/durable.h"
#include "../common/say.h"
#include "store.h"

/* What is about to become visible. */
typedef struct arrival {
    spw_str name;
    place place;
    sheet sheet;
    staged staged;
} arrival;

/* --- both kinds of put come here, with the bytes staged --- */

/* The folders of a shard are there, and their entries synced. */
static int settle_shard(store *store, const place *place) {
    uint32_t shard = place_shard(place);
    if (store->settled[shard / 8] >> (shard % 8) & 1) {
        return 0;
    }
    const int parents[] = {store->objects, store->sheets};
    for (size_t i = 0; i < 2; i++) {
        if (mkdirat(parents[i], place->folder, 0700) != 0 && errno != EEXIST) {
            return errno;
        }
        if (fsync(parents[i]) != 0) {
            return errno;
        }
    }
    store->settled[shard / 8] |= (uint8_t)(1u << (shard % 8));
    return 0;
}

static int move_into(int parent, const place *place, staged *staged) {
    int folder = openat(parent, place->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return errno;
    }
    int error = staged_move(staged, folder, place->file);
    close(folder);
    return error ? error : store_sync_folder(parent, place->folder);
}

/* 0 when it is gone, and durably. */
static int remove_from(int parent, const place *place) {
    int folder = openat(parent, place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return errno == ENOENT ? 0 : errno;
    }
    int error = unlinkat(folder, place->file, 0) == 0 || errno == ENOENT ? 0 : errno;
    if (!error && fsync(folder) != 0) {
        error = errno;
    }
    close(folder);
    return error;
}

static int write_sheet(store *store, const arrival *arrival) {
    if (!sheet_is_needed(&arrival->sheet, arrival->name)) {
        return remove_from(store->sheets, &arrival->place); /* of a put that was cut off, say */
    }
    char text[sheet_limit];
    size_t size = sheet_write(&arrival->sheet, text);
    staged staged;
    int error = staged_open(store->staging, &staged);
    if (error) {
        return error;
    }
    error = staged_write(&staged, text, size);
    error = error ? error : staged_sync(&staged);
    error = error ? error : move_into(store->sheets, &arrival->place, &staged);
    staged_discard(&staged);
    return error;
}

static void answer(spw_object *object, const struct stat *status, int32_t existed) {
    object->existed = existed;
    object->length = (uint64_t)status->st_size;
    object->stored_at_ns = object_time(status);
}

/* SPW_OK: it is there, whole; SPW_END: it is not. A damaged one does not count: a put mends it. */
static spw_status look_for(store *store, spw_call *call, const arrival *arrival,
                           spw_object *object) {
    struct stat status;
    int file;
    int error = object_open(store, arrival->name, &file, &status, &store->sheet);
    if (error == ENOENT) {
        return SPW_END;
    }
    int is_whole = error == EBADMSG ? 0
                   : error          ? -error
                                    : object_is_whole(store, file, store->sheet.sha256);
    if (file >= 0) {
        close(file);
    }
    if (is_whole < 0) {
        return store_failed(store, call, -is_whole, "can't check", arrival->name);
    }
    if (!is_whole) {
        say_log(call, SPW_LOG_WARNING, "store %s: object %.*s is damaged and is put anew",
                store->path, (int)arrival->name.size, arrival->name.data);
        return SPW_END;
    }
    answer(object, &status, 1);
    return SPW_OK;
}

/* What is there may have been put by a process that died before it could sync the entry. */
static int sync_existing(store *store, const place *place) {
    int error = settle_shard(store, place);
    return error ? error : store_sync_folder(store->objects, place->folder);
}

static int make_visible(store *store, arrival *arrival, const char **doing) {
    *doing = "can't make the folder of";
    int error = settle_shard(store, &arrival->place);
    if (!error) {
        *doing = "can't write the sheet of";
        error = write_sheet(store, arrival);
    }
    if (!error) {
        *doing = "can't put";
        error = move_into(store->objects, &arrival->place, &arrival->staged);
        if (error && arrival->staged.file < 0) {
            remove_from(store->objects, &arrival->place); /* there, but not to be relied on */
        }
    }
    if (error == ENOENT) { /* somebody removed the folder: it is made again at the next try */
        memset(store->settled, 0, sizeof store->settled);
        error = EIO;
    }
    return error;
}

static spw_status publish_locked(store *store, spw_call *call, arrival *arrival,
                                 spw_object *object) {
    spw_status status = look_for(store, call, arrival, object);
    if (status == SPW_OK) {
        int error = sync_existing(store, &arrival->place);
        return error ? store_failed(store, call, error, "can't sync", arrival->name) : SPW_OK;
    }
    if (status != SPW_END) {
        return status;
    }
    struct stat known;
    const char *doing = "can't put";
    int error = fstat(arrival->staged.file, &known) == 0 ? 0 : errno;
    error = error ? error : make_visible(store, arrival, &doing);
    if (error) {
        return store_failed(store, call, error, doing, arrival->name);
    }
    answer(object, &known, 0);
    return SPW_OK;
}

static spw_status publish(store *store, spw_call *call, arrival *arrival, spw_object *object) {
    int error = staged_sync(&arrival->staged);
    error = error ? error : durable_lock(store->lock);
    if (error) {
        return store_failed(store, call, error, "can't sync", arrival->name);
    }
    spw_status status = publish_locked(store, call, arrival, object);
    flock(store->lock, LOCK_UN);
    return status;
}

/* --- what is checked before --- */

static spw_status check_object(spw_call *call, const spw_object *object) {
    if (store_check_name(call, object->name) != SPW_OK) {
        return SPW_INVALID;
    }
    if (!sheet_is_media_type(object->media_type)) {
        return say_invalid(
            call, "object %.*s: its media type has control characters, or more than %d bytes",
            (int)object->name.size, object->name.data, media_type_limit);
    }
    return SPW_OK;
}

static spw_status check_digest(spw_call *call, const spw_object *object,
                               const uint8_t found[digest_size]) {
    if (memcmp(object->sha256, found, digest_size) == 0) {
        return SPW_OK;
    }
    char announced_text[digest_text_size + 1], found_text[digest_text_size + 1];
    digest_write(object->sha256, announced_text);
    digest_write(found, found_text);
    return say_invalid(call, "object %.*s was announced with SHA-256 %s, but its bytes have %s",
                       (int)object->name.size, object->name.data, announced_text, found_text);
}

static void set_media_type(sheet *sheet, spw_str media_type) {
    if (media_type.size) {
        memcpy(sheet->media_type, media_type.data, media_type.size);
    }
    sheet->media_type[media_type.size] = 0;
}

/* --- a put at once --- */

static spw_status hash_parts(store *store, spw_call *call, const spw_object *object,
                             const spw_bytes *parts, size_t part_count) {
    uint8_t found[digest_size];
    bool is_hashed = digest_begin(store->digest);
    for (size_t i = 0; i < part_count && is_hashed; i++) {
        is_hashed = digest_add(store->digest, parts[i].data, parts[i].size);
    }
    if (!is_hashed || !digest_end(store->digest, found)) {
        return store_no_memory(call);
    }
    return check_digest(call, object, found);
}

spw_status store_put(void *instance, spw_call *call, spw_object *object, const spw_bytes *parts,
                     size_t part_count) {
    store *store = instance;
    if (check_object(call, object) != SPW_OK) {
        return SPW_INVALID;
    }
    spw_status status = hash_parts(store, call, object, parts, part_count);
    if (status != SPW_OK) {
        return status;
    }
    arrival arrival = {.name = object->name, .place = place_of(object->name)};
    memcpy(arrival.sheet.sha256, object->sha256, digest_size);
    set_media_type(&arrival.sheet, object->media_type);
    int error = staged_open(store->staging, &arrival.staged);
    if (error) {
        return store_failed(store, call, error, "can't begin", object->name);
    }
    for (size_t i = 0; i < part_count && !error; i++) {
        error = staged_write(&arrival.staged, parts[i].data, parts[i].size);
    }
    status = error ? store_failed(store, call, error, "can't write", object->name)
                   : publish(store, call, &arrival, object);
    staged_discard(&arrival.staged);
    return status;
}

/* --- a put in pieces --- */

static put **find_put(store *store, const void *wanted) {
    put **at = &store->puts;
    while (*at && *at != wanted) {
        at = &(*at)->next;
    }
    return at;
}

static void end_put(store *store, put *ended) {
    put **at = find_put(store, ended);
    if (*at) {
        *at = ended->next;
        staged_discard(&ended->staged);
        EVP_MD_CTX_free(ended->digest);
        free(ended);
    }
}

spw_status store_put_begin(void *instance, spw_call *call, const spw_object *object, void **made) {
    store *store = instance;
    if (check_object(call, object) != SPW_OK) {
        return SPW_INVALID;
    }
    put *begun = calloc(1, sizeof *begun);
    if (!begun) {
        return store_no_memory(call);
    }
    begun->staged.file = -1;
    begun->next = store->puts;
    store->puts = begun;
    memcpy(begun->name, object->name.data, object->name.size);
    sheet kept;
    set_media_type(&kept, object->media_type);
    memcpy(begun->media_type, kept.media_type, sizeof begun->media_type);
    begun->digest = EVP_MD_CTX_new();
    int error = begun->digest && digest_begin(begun->digest) ? 0 : ENOMEM;
    error = error ? error : staged_open(store->staging, &begun->staged);
    if (error) {
        end_put(store, begun);
        return store_failed(store, call, error, "can't begin", object->name);
    }
    *made = begun;
    return SPW_OK;
}

spw_status store_put_write(void *instance, spw_call *call, void *put_, spw_bytes bytes) {
    store *store = instance;
    put *put = *find_put(store, put_);
    if (!put) {
        return say_invalid(call, "a write to a put that is not under way");
    }
    spw_str name = {put->name, strlen(put->name)};
    int error = staged_write(&put->staged, bytes.data, bytes.size);
    if (error) {
        return store_failed(store, call, error, "can't write", name);
    }
    return digest_add(put->digest, bytes.data, bytes.size) ? SPW_OK : store_no_memory(call);
}

static spw_status finish(store *store, spw_call *call, put *put, spw_object *object) {
    spw_str name = {put->name, strlen(put->name)};
    arrival arrival = {.name = name, .place = place_of(name)};
    spw_object announced = *object;
    announced.name = name;
    if (!digest_end(put->digest, arrival.sheet.sha256)) {
        return store_no_memory(call);
    }
    if (object->length != (uint64_t)put->staged.length) {
        return say_invalid(call, "object %s was announced with %llu bytes, but %lld were written",
                           put->name, (unsigned long long)object->length,
                           (long long)put->staged.length);
    }
    spw_status status = check_digest(call, &announced, arrival.sheet.sha256);
    if (status != SPW_OK) {
        return status;
    }
    set_media_type(&arrival.sheet, (spw_str){put->media_type, strlen(put->media_type)});
    arrival.staged = put->staged;
    status = publish(store, call, &arrival, object);
    put->staged = arrival.staged;
    return status;
}

spw_status store_put_finish(void *instance, spw_call *call, void *put_, spw_object *object) {
    store *store = instance;
    put *put = *find_put(store, put_);
    if (!put) {
        return say_invalid(call, "a put is finished that is not under way");
    }
    spw_status status = finish(store, call, put, object);
    end_put(store, put);
    return status;
}

void store_put_abort(void *instance, spw_call *call, void *put) {
    (void)call;
    end_put(instance, put);
}

/* --- away with it --- */

spw_status store_remove(void *instance, spw_call *call, spw_str name) {
    store *store = instance;
    if (store_check_name(call, name) != SPW_OK) {
        return SPW_INVALID;
    }
    place place = place_of(name);
    int error = durable_lock(store->lock);
    if (!error) {
        error = remove_from(store->objects, &place);
        error = error ? error : remove_from(store->sheets, &place);
        flock(store->lock, LOCK_UN);
    }
    return error ? store_failed(store, call, error, "can't remove", name) : SPW_OK;
}

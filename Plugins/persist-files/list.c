#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store.h"

/* Names, as NUL-terminated texts of one size each. */
typedef struct names {
    char *texts;
    size_t size, count, room;
} names;

static char *names_at(const names *names, size_t i) {
    return names->texts + i * names->size;
}

/* Room for one more, or NULL. */
static char *names_next(names *names) {
    if (names->count == names->room) {
        size_t room = names->room ? names->room * 2 : 256;
        char *texts = realloc(names->texts, room * names->size);
        if (!texts) {
            return NULL;
        }
        names->texts = texts;
        names->room = room;
    }
    return names_at(names, names->count);
}

static int compare(const void *left, const void *right) {
    return strcmp(left, right); /* as unsigned bytes, which legal names are anyway */
}

static void names_sort(names *names) {
    if (names->count) {
        qsort(names->texts, names->count, names->size, compare);
    }
}

/* What is asked for; texts are NUL-terminated copies. */
typedef struct query {
    store *store;
    char prefix[name_limit + 1], page[name_limit + 1];
    uint32_t left;
    void (*each)(void *context, const spw_object *object);
    void *context;
} query;

/* May names that start so be among the wanted? */
static bool is_shard_wanted(const query *query, const char *start) {
    size_t size = strlen(start), prefix = strlen(query->prefix);
    size_t common = size < prefix ? size : prefix;
    if (memcmp(start, query->prefix, common) != 0 || (size == 1 && prefix > 1)) {
        return false;
    }
    return strncmp(start, query->page, size) >= 0;
}

static bool is_wanted(const query *query, const char *name) {
    return strncmp(name, query->prefix, strlen(query->prefix)) == 0 &&
           strcmp(name, query->page) > 0;
}

/* Every entry of a folder that `take` accepts; 0 or an errno. */
static int read_folder(int folder, const query *query, const shard *shard, names *names,
                       bool (*take)(const struct query *query, const struct shard *shard,
                                    const char *entry, char *name)) {
    DIR *entries = folder < 0 ? NULL : fdopendir(folder);
    if (!entries) {
        int error = errno;
        if (folder >= 0) {
            close(folder);
        }
        return error;
    }
    int error = 0;
    while (!error) {
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (!entry) {
            error = errno;
            break;
        }
        char *name = names_next(names);
        if (!name) {
            error = ENOMEM;
        } else if (take(query, shard, entry->d_name, name)) {
            names->count++;
        }
    }
    closedir(entries);
    names_sort(names);
    return error;
}

static bool take_shard(const query *query, const shard *none, const char *entry, char *name) {
    (void)none;
    shard found;
    if (!place_read_folder(entry, &found) || !is_shard_wanted(query, found.start)) {
        return false;
    }
    memcpy(name, found.start, sizeof found.start);
    return true;
}

static bool take_name(const query *query, const shard *shard, const char *entry, char *name) {
    return place_read_file(shard, entry, name) && is_wanted(query, name);
}

/* Hands out an object; one that is gone by now is left out. */
static int hand_out(query *query, const char *text) {
    store *store = query->store;
    struct stat status;
    spw_str name = {text, strlen(text)};
    int file;
    int error = object_open(store, name, &file, &status, &store->sheet);
    if (file >= 0) {
        close(file);
    }
    if (error == EBADMSG) { /* damaged, but there: get says so */
        memset(&store->sheet, 0, sizeof store->sheet);
        error = 0;
    }
    if (error) {
        return error == ENOENT ? 0 : error;
    }
    spw_object object = {.size = sizeof object};
    object_describe(name, &status, &store->sheet, &object);
    object.existed = 1;
    query->each(query->context, &object);
    query->left--;
    return 0;
}

/* Hands out a shard's objects; EAGAIN: there are more than were asked for. */
static int list_shard(query *query, const char *start, names *found) {
    shard shard;
    memcpy(shard.start, start, sizeof shard.start);
    place place = place_of((spw_str){start, strlen(start)});
    found->count = 0;
    int folder = openat(query->store->objects, place.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 && errno == ENOENT) {
        return 0;
    }
    int error = read_folder(folder, query, &shard, found, take_name);
    for (size_t i = 0; i < found->count && !error; i++) {
        error = query->left ? hand_out(query, names_at(found, i)) : EAGAIN;
    }
    return error;
}

static int list_all(query *query) {
    names shards = {.size = sizeof(shard)}, found = {.size = name_limit + 1};
    int folder = openat(query->store->objects, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = read_folder(folder, query, NULL, &shards, take_shard);
    for (size_t i = 0; i < shards.count && !error; i++) {
        error = list_shard(query, names_at(&shards, i), &found);
    }
    free(shards.texts);
    free(found.texts);
    return error;
}

/* A prefix or page may be any text: one that no name can have is cut, which keeps the order. */
static void copy(spw_str from, char to[name_limit + 1]) {
    size_t size = from.size < name_limit ? from.size : name_limit;
    if (size) {
        memcpy(to, from.data, size);
    }
    to[size] = 0;
}

spw_status store_list(void *instance, spw_call *call, spw_str prefix, spw_str page, uint32_t limit,
                      void (*each)(void *context, const spw_object *object), void *context) {
    store *store = instance;
    if (prefix.size && !place_is_legal(prefix)) {
        return SPW_END; /* no name starts so */
    }
    if (page.size && store_check_name(call, page) != SPW_OK) {
        return SPW_INVALID;
    }
    query query = {.store = store, .left = limit, .each = each, .context = context};
    copy(prefix, query.prefix);
    copy(page, query.page);
    int error = list_all(&query);
    if (error == EAGAIN) {
        return SPW_OK;
    }
    return error ? store_failed(store, call, error, "can't list", (spw_str){"its objects", 11})
                 : SPW_END;
}

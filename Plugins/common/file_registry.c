#include "file_registry.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

enum { key_room = 32, head_room = 512 };

static spw_str key_of(uint64_t ordinal, char room[key_room]) {
    int size = snprintf(room, key_room, "file:%" PRIu64, ordinal);
    return (spw_str){room, (size_t)size};
}

static spw_status no_memory(spw_call *call) {
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for the list of files");
}

/* --- the text of an entry: a line of figures, then the path, which may be no UTF-8 --- */

static size_t write_head(const file_entry *entry, char room[head_room]) {
    const file_stamp *stamp = &entry->stamp;
    return (size_t)snprintf(room, head_room,
                            "1 %" PRIu64 " %s %d %" PRIu64 " %" PRIu64 " %s %" PRIu64 " %" PRId64
                            " %" PRId64 " %" PRId64 "\n",
                            entry->from, entry->from_digest, entry->finished, entry->to,
                            entry->records_end, entry->digest, stamp->inode, stamp->size,
                            stamp->modified_ns, stamp->changed_ns);
}

static bool read_head(const char *text, file_entry *entry) {
    int finished = 0, used = 0;
    file_stamp *stamp = &entry->stamp;
    int fields = sscanf(text,
                        "1 %" SCNu64 " %64s %d %" SCNu64 " %" SCNu64 " %64s %" SCNu64 " %" SCNd64
                        " %" SCNd64 " %" SCNd64 "%n",
                        &entry->from, entry->from_digest, &finished, &entry->to,
                        &entry->records_end, entry->digest, &stamp->inode, &stamp->size,
                        &stamp->modified_ns, &stamp->changed_ns, &used);
    entry->finished = finished;
    return fields == 10 && text[used] == '\n';
}

static bool read_entry(const char *text, file_entry *entry) {
    const char *line_end = strchr(text, '\n');
    if (!line_end || !line_end[1] || !read_head(text, entry)) {
        return false;
    }
    entry->path = strdup(line_end + 1);
    return entry->path != NULL;
}

/* --- in memory --- */

static int compare(const void *left, const void *right) {
    return strcmp(((const file_entry *)left)->path, ((const file_entry *)right)->path);
}

/* Takes the entry over when it answers true. */
static bool append(file_registry *registry, file_entry *entry) {
    if (registry->count == registry->room) {
        size_t room = registry->room ? registry->room * 2 : 32;
        file_entry **grown = realloc(registry->entries, room * sizeof(file_entry *));
        if (!grown) {
            return false;
        }
        registry->entries = grown;
        registry->room = room;
    }
    file_entry **node = tsearch(entry, &registry->paths, compare);
    if (!node) {
        return false;
    }
    *node = entry; /* newer than what was there */
    entry->ordinal = registry->count + 1;
    registry->entries[registry->count++] = entry;
    return true;
}

static void entry_free(file_entry *entry) {
    if (entry) {
        free(entry->path);
        free(entry);
    }
}

static void keep_entry(void *entry) {
    (void)entry; /* the list owns it */
}

void file_registry_free(file_registry *registry) {
    tdestroy(registry->paths, keep_entry);
    for (size_t i = 0; i < registry->count; i++) {
        entry_free(registry->entries[i]);
    }
    free(registry->entries);
    *registry = (file_registry){0};
}

file_entry *file_registry_entry(const file_registry *registry, uint64_t ordinal) {
    return ordinal && ordinal <= registry->count ? registry->entries[ordinal - 1] : NULL;
}

file_entry *file_registry_newest(const file_registry *registry, const char *path) {
    file_entry sought = {.path = (char *)(uintptr_t)path};
    file_entry **node = tfind(&sought, &registry->paths, compare);
    return node ? *node : NULL;
}

uint64_t file_registry_limit(const file_registry *registry, const file_entry *entry) {
    const file_entry *newest = file_registry_newest(registry, entry->path);
    if (!newest || newest == entry) {
        return UINT64_MAX;
    }
    for (size_t i = entry->ordinal; i < registry->count; i++) {
        const file_entry *later = registry->entries[i];
        if (strcmp(later->path, entry->path) == 0) {
            return later->from ? later->from : UINT64_MAX;
        }
    }
    return UINT64_MAX;
}

/* --- the host's state --- */

/* SPW_END: no such ordinal yet. */
static spw_status load_entry(file_registry *registry, spw_call *call, uint64_t ordinal) {
    char key[key_room];
    spw_bytes value = {NULL, 0};
    spw_status status = registry->state->get(registry->state, key_of(ordinal, key), &value);
    if (status == SPW_END) {
        return SPW_END;
    }
    if (status != SPW_OK) {
        return say_fail(call, SPW_SIGNAL_UNAVAILABLE, "the host's state can't be read (%s)", key);
    }
    char *text = strndup(value.size ? (const char *)value.data : "", value.size);
    file_entry *entry = calloc(1, sizeof *entry);
    if (!text || !entry) {
        status = no_memory(call);
    } else if (!read_entry(text, entry)) {
        status = say_fail(call, SPW_SIGNAL_DENIED,
                          "the state kept under %s can't be read: was it written by a newer"
                          " version?",
                          key);
    } else if (!append(registry, entry)) {
        status = no_memory(call);
    }
    free(text);
    if (status != SPW_OK) {
        entry_free(entry);
    }
    return status;
}

spw_status file_registry_load(file_registry *registry, const spw_state_ext *state, spw_call *call) {
    *registry = (file_registry){.state = state};
    spw_status status = SPW_OK;
    while (status == SPW_OK) {
        status = load_entry(registry, call, registry->count + 1);
    }
    return status == SPW_END ? SPW_OK : status;
}

spw_status file_registry_save(const file_registry *registry, spw_call *call,
                              const file_entry *entry) {
    char key[key_room], head[head_room];
    size_t head_size = write_head(entry, head), path_size = strlen(entry->path);
    uint8_t *text = malloc(head_size + path_size);
    if (!text) {
        return no_memory(call);
    }
    memcpy(text, head, head_size);
    memcpy(text + head_size, entry->path, path_size);
    spw_status status = registry->state->put(registry->state, key_of(entry->ordinal, key),
                                             (spw_bytes){text, head_size + path_size});
    free(text);
    return status == SPW_OK ? SPW_OK
                            : say_fail(call, SPW_SIGNAL_UNAVAILABLE,
                                       "%s: the host could not keep its state", entry->path);
}

spw_status file_registry_add(file_registry *registry, spw_call *call, const char *path,
                             uint64_t from, const char *digest) {
    file_entry *entry = calloc(1, sizeof *entry);
    char *copy = strdup(path);
    if (!entry || !copy) {
        free(entry);
        free(copy);
        return no_memory(call);
    }
    entry->path = copy;
    entry->from = entry->records_end = from;
    snprintf(entry->from_digest, DIGEST_TEXT, "%s", from ? digest : "-");
    strcpy(entry->digest, "-");
    entry->ordinal = registry->count + 1;
    /* durable first: no ordinal is used that a restart would not know */
    spw_status status = file_registry_save(registry, call, entry);
    if (status == SPW_OK && !append(registry, entry)) {
        status = no_memory(call);
    }
    if (status != SPW_OK) {
        entry_free(entry);
    }
    return status;
}

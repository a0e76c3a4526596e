#include <stdlib.h>
#include <string.h>

#include "file_source_parts.h"
#include "say.h"

static bool differs(const char *left, const char *right) {
    return strcmp(left, "-") != 0 && strcmp(right, "-") != 0 && strcmp(left, right) != 0;
}

static spw_status as_new(file_source *source, spw_call *call, const char *path) {
    say_log(call, SPW_LOG_WARNING,
            "%s: not the file that was read before; read from its start, as a new one", path);
    return file_registry_add(&source->registry, call, path, 0, "-");
}

/* The probe went over what was read: is there more? */
static spw_status judge(file_source *source, spw_call *call, file_entry *entry) {
    char digest[DIGEST_TEXT];
    file_reader_digest(&source->probe, digest);
    if (differs(digest, entry->digest)) {
        return as_new(source, call, entry->path);
    }
    spw_status status =
        file_reader_left(&source->probe) ? SPW_OK : file_reader_fill(&source->probe, call);
    if (status == SPW_END) {
        entry->stamp = source->probe.stamp;
        return file_registry_save(&source->registry, call, entry);
    }
    if (status != SPW_OK) {
        return status;
    }
    return source->format->grows
               ? file_registry_add(&source->registry, call, entry->path, entry->to, entry->digest)
               : as_new(source, call, entry->path);
}

/* A file that was read to its end and has another stamp now. */
static spw_status probe(file_source *source, spw_call *call, file_entry *entry, const char *place) {
    spw_status status = SPW_OK;
    if (!source->probe.open) {
        status =
            file_reader_open(&source->probe, call, place, entry->path, UINT64_MAX, source->hashed);
    }
    if (status == SPW_OK) {
        status = file_reader_take_until(&source->probe, call, entry->to);
    }
    if (status == SPW_PENDING) {
        return status;
    }
    if (status == SPW_OK) {
        status = judge(source, call, entry);
    } else if (status == SPW_END) {
        status = as_new(source, call, entry->path);
    }
    file_reader_close(&source->probe);
    return status;
}

/* A file all of whose ordinals lie before the position. */
static spw_status consider_done(file_source *source, spw_call *call, file_entry *entry) {
    if (!entry->finished) {
        /* passed over while `files` did not name it */
        return file_registry_add(&source->registry, call, entry->path, entry->from,
                                 entry->from_digest);
    }
    char *place = files_locate(&source->query, entry->path);
    if (!place) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for a path");
    }
    file_stamp stamp = file_stamp_at(place);
    bool same = file_stamp_same(&stamp, &entry->stamp) && (uint64_t)stamp.size == entry->to;
    spw_status status = same ? SPW_OK : probe(source, call, entry, place);
    free(place);
    return status;
}

static spw_status consider(file_source *source, spw_call *call, const char *path) {
    file_entry *newest = file_registry_newest(&source->registry, path);
    if (!newest) {
        return file_registry_add(&source->registry, call, path, 0, "-");
    }
    return newest->ordinal < source->position.ordinal ? consider_done(source, call, newest)
                                                      : SPW_OK;
}

spw_status file_order_look(file_source *source, spw_call *call) {
    if (!source->looking) {
        spw_status status = files_find(&source->query, call, &source->found);
        if (status != SPW_OK) {
            return status;
        }
        source->looking = true;
        source->look_at = 0;
    }
    while (source->look_at < source->found.count) {
        spw_status status = consider(source, call, source->found.paths[source->look_at]);
        if (status != SPW_OK) {
            return status;
        }
        source->look_at++;
    }
    file_order_stop(source);
    source->looked = true;
    return SPW_OK;
}

void file_order_stop(file_source *source) {
    if (source->probe.open) {
        file_reader_close(&source->probe);
    }
    files_found_free(&source->found);
    source->looking = source->looked = false;
}

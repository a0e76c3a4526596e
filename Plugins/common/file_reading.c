#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file_source_parts.h"
#include "say.h"

/* Besides statuses: nothing more is to be read of the ordinal in hand. */
#define PASSED 101

/* A file larger than this takes time to judge: a batch that has records goes on its way first. */
enum { quick_size = 1 << 20 };

static file_entry *in_hand(const file_source *source) {
    return file_registry_entry(&source->registry, source->at);
}

static bool is_resuming(const file_source *source) {
    return source->at == source->position.ordinal;
}

static void close_file(file_source *source) {
    if (source->phase != PHASE_CLOSED) {
        if (source->format->end_cursor) {
            source->format->end_cursor(source->cursor);
        }
        file_reader_close(&source->reader);
        source->phase = PHASE_CLOSED;
    }
}

void file_reading_back(file_source *source) {
    close_file(source);
    source->contributed = false;
    source->tail.ordinal = 0;
    source->at = source->position.ordinal ? source->position.ordinal : 1;
}

/* --- opening --- */

/* All records of it are known to be done, whatever became of the file. */
static bool is_through(const file_source *source, const file_entry *entry) {
    const file_position *position = &source->position;
    if (!is_resuming(source)) {
        return entry->finished && entry->records_end == entry->from;
    }
    return (position->whole && position->offset == position->whole_size) ||
           (entry->finished && position->offset >= entry->records_end);
}

static spw_status gone(file_source *source, spw_call *call, const file_entry *entry) {
    if (is_through(source, entry)) {
        return PASSED;
    }
    uint64_t read = is_resuming(source) ? source->position.offset : entry->from;
    return say_fail(call, SPW_SIGNAL_DENIED,
                    "%s: was found before and is gone, read up to byte %" PRIu64
                    "; put it back, or put an empty file in its place to go on without it",
                    entry->path, read);
}

/* `files` was changed and does not name it any more. When it does again, reading goes on behind
 * what the position says was read; what an uncommitted run said of it is void. */
static spw_status leave(file_source *source, spw_call *call, file_entry *entry) {
    if (is_through(source, entry)) {
        return PASSED;
    }
    say_log(call, SPW_LOG_NOTICE, "%s: no longer named by `files`, left out", entry->path);
    entry->finished = is_resuming(source) && source->position.offset > entry->from;
    if (entry->finished) {
        entry->to = entry->records_end = source->position.offset;
        memcpy(entry->digest, source->position.digest, DIGEST_TEXT);
        entry->stamp = (file_stamp){0};
    }
    spw_status status = file_registry_save(&source->registry, call, entry);
    return status == SPW_OK ? PASSED : status;
}

static spw_status open_place(file_source *source, spw_call *call, const file_entry *entry,
                             const char *place, bool has_records) {
    struct stat status;
    if (stat(place, &status) != 0) {
        return errno == ENOENT || errno == ENOTDIR ? gone(source, call, entry)
                                                   : say_errno(call, errno, entry->path);
    }
    bool takes_time = !source->format->grows || entry->from;
    if (has_records && takes_time && status.st_size > quick_size) {
        return BATCH_FULL;
    }
    return file_reader_open(&source->reader, call, place, entry->path,
                            file_registry_limit(&source->registry, entry), source->hashed);
}

static spw_status open_file(file_source *source, spw_call *call, bool has_records) {
    file_entry *entry = in_hand(source);
    if (!files_named(&source->query, entry->path)) {
        return leave(source, call, entry);
    }
    char *place = files_locate(&source->query, entry->path);
    if (!place) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for a path");
    }
    spw_status status = open_place(source, call, entry, place, has_records);
    free(place);
    if (status == SPW_OK) {
        memset(source->cursor, 0, source->format->cursor_size);
        source->records_end = is_resuming(source) ? source->position.offset : entry->from;
        source->phase = is_resuming(source) && source->position.whole ? PHASE_WHOLE : PHASE_START;
    }
    return status;
}

/* --- is it the file that was read? --- */

static bool differs(const char *left, const char *right) {
    return strcmp(left, "-") != 0 && strcmp(right, "-") != 0 && strcmp(left, right) != 0;
}

static spw_status changed(file_source *source, spw_call *call) {
    file_entry *entry = in_hand(source);
    close_file(source);
    if (file_registry_newest(&source->registry, entry->path) != entry) {
        return PASSED; /* its new content has an ordinal */
    }
    say_log(call, SPW_LOG_WARNING,
            "%s: not the file that was read up to byte %" PRIu64
            "; read from its start, as a new one",
            entry->path, is_resuming(source) ? source->position.offset : entry->from);
    spw_status status = file_registry_add(&source->registry, call, entry->path, 0, "-");
    return status == SPW_OK ? PASSED : status;
}

static spw_status finish(file_source *source, spw_call *call);

static spw_status check_whole(file_source *source, spw_call *call) {
    file_reader *reader = &source->reader;
    const file_position *position = &source->position;
    spw_status status = file_reader_take_until(reader, call, position->whole_size);
    if (status == SPW_OK) {
        status = file_reader_left(reader) ? SPW_OK : file_reader_fill(reader, call);
        if (status == SPW_OK) { /* it is longer */
            return changed(source, call);
        }
    } else if (status == SPW_END) {
        return changed(source, call);
    }
    if (status != SPW_END) {
        return status;
    }
    file_reader_seal(reader);
    if (differs(reader->whole_digest, position->digest)) {
        return changed(source, call);
    }
    if (position->offset == position->whole_size) {
        return finish(source, call);
    }
    status = file_reader_rewind(reader, call);
    source->phase = PHASE_START;
    return status;
}

static spw_status skip_done(file_source *source, spw_call *call) {
    const file_entry *entry = in_hand(source);
    file_reader *reader = &source->reader;
    bool resuming = is_resuming(source);
    uint64_t target = resuming ? source->position.offset : entry->from;
    if (target) {
        spw_status status =
            !source->hashed && !source->format->observes
                ? file_reader_seek(reader, call, target)
                : source->format->skip(source->options, source->cursor, reader, call, target);
        if (status != SPW_OK) {
            return status == SPW_END ? changed(source, call) : status;
        }
        char digest[DIGEST_TEXT];
        file_reader_digest(reader, digest);
        bool whole = resuming && source->position.whole; /* checked already */
        if (!whole && differs(digest, resuming ? source->position.digest : entry->from_digest)) {
            return changed(source, call);
        }
    }
    source->phase = PHASE_READ;
    return SPW_OK;
}

/* --- the end of a file --- */

static bool is_same(const file_entry *left, const file_entry *right) {
    return left->finished == right->finished && left->to == right->to &&
           left->records_end == right->records_end && strcmp(left->digest, right->digest) == 0 &&
           memcmp(&left->stamp, &right->stamp, sizeof left->stamp) == 0;
}

/* What is kept here counts only once a position behind it is durable. */
static spw_status finish(file_source *source, spw_call *call) {
    file_entry *entry = in_hand(source), ended = *entry;
    const file_reader *reader = &source->reader;
    file_position position = file_position_of(reader, source->at);
    ended.finished = true;
    ended.to = reader->offset;
    ended.records_end = source->records_end;
    memcpy(ended.digest, position.digest, DIGEST_TEXT);
    file_stamp now = file_stamp_now(reader->descriptor);
    ended.stamp = file_stamp_same(&now, &reader->stamp) ? now : (file_stamp){0};
    if (!is_same(&ended, entry)) {
        spw_status status = file_registry_save(&source->registry, call, &ended);
        if (status != SPW_OK) {
            return status;
        }
        *entry = ended;
    }
    if (source->contributed) {
        source->tail = position;
        source->contributed = false;
    }
    close_file(source);
    return PASSED;
}

static spw_status read_record(file_source *source, spw_call *call, source_batch *batch) {
    source_batch_origin(batch, (spw_str){source->name, strlen(source->name)}, source->at);
    spw_status status =
        source->format->read(source->options, source->cursor, &source->reader, call, batch);
    if (status == SPW_OK) {
        source->contributed = true;
        source->records_end = source->reader.offset;
    }
    return status == SPW_END ? finish(source, call) : status;
}

/* One step of the ordinal in hand: SPW_OK with a record added or a phase further. */
static spw_status step(file_source *source, spw_call *call, source_batch *batch) {
    spw_status status = SPW_OK;
    switch (source->phase) {
    case PHASE_CLOSED:
        return open_file(source, call, source_batch_count(batch) > 0);
    case PHASE_WHOLE:
        return check_whole(source, call);
    case PHASE_START:
        status = source->format->start(source->options, source->cursor, &source->reader, call);
        if (status == SPW_OK) {
            source->phase = PHASE_SKIP;
        }
        return status;
    case PHASE_SKIP:
        return skip_done(source, call);
    case PHASE_READ:
        return read_record(source, call, batch);
    }
    return status;
}

spw_status file_reading_step(file_source *source, spw_call *call, source_batch *batch) {
    uint32_t before = source_batch_count(batch);
    while (source->at <= source->registry.count) {
        spw_status status = step(source, call, batch);
        if (status == PASSED) {
            source->at++;
        } else if (status != SPW_OK || source_batch_count(batch) > before) {
            return status;
        }
    }
    return SPW_END;
}

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/file_source.h"
#include "../common/say.h"
#include "json_walk.h"

typedef struct options {
    char *pointer_text;
    walk_pointer pointer;
    bool prefix; /* what came before a fault stands */
} options;

enum { reason_room = 512 };

typedef enum stage {
    STAGE_FIRST,   /* nothing was done */
    STAGE_CHECK,   /* the whole file is checked */
    STAGE_RECORDS, /* elements are handed out */
    STAGE_REST,    /* on to where the rejected rest starts */
    STAGE_DONE
} stage;

typedef struct cursor {
    stage stage;
    json_walk walk;
    bool ready;    /* an element is found but not handed out */
    uint64_t rest; /* behind the last element that was handed out */
    char reason[reason_room];
} cursor;

/* --- options --- */

static void defaults(void *into) {
    (void)into; /* zeroed: the root, atomic */
}

static spw_status pointer_option(options *opts, js_reader *json, spw_call *call) {
    spw_status status = file_option_text(json, call, "records", &opts->pointer_text);
    if (status != SPW_OK) {
        return status;
    }
    const char *wrong = walk_pointer_read(&opts->pointer, opts->pointer_text);
    return wrong ? say_invalid(call, "option records: \"%s\" is no JSON Pointer to use here: %s",
                               opts->pointer_text, wrong)
                 : SPW_OK;
}

static spw_status option(void *into, js_span name, js_reader *json, spw_call *call) {
    options *opts = into;
    if (js_string_is(name, "records", 7)) {
        return pointer_option(opts, json, call);
    }
    if (!js_string_is(name, "document", 8)) {
        return SPW_END;
    }
    char *word = NULL;
    spw_status status = file_option_text(json, call, "document", &word);
    if (status == SPW_OK) {
        opts->prefix = strcmp(word, "prefix") == 0;
        if (!opts->prefix && strcmp(word, "atomic") != 0) {
            status = say_invalid(
                call, "option document: \"atomic\" or \"prefix\" is wanted, not \"%s\"", word);
        }
    }
    free(word);
    return status;
}

static void end_options(void *opts) {
    free(((options *)opts)->pointer_text);
}

/* --- a fault --- */

/* Only the bytes from `rest` on are rejected; the walk knows where and what. */
static void note_fault(const options *opts, cursor *at, const file_reader *reader,
                       const char *before) {
    const json_walk *walk = &at->walk;
    int size = snprintf(at->reason, reason_room, "%s:%" PRIu64 ":%" PRIu64 ": %s%s", reader->name,
                        walk->line, json_walk_column(walk), before, walk->fault);
    if (!walk->found && size > 0 && size < reason_room) {
        snprintf(at->reason + size, (size_t)(reason_room - size), "; no records at \"%s\" by then",
                 opts->pointer_text ? opts->pointer_text : "");
    }
    at->stage = STAGE_REST;
}

/* --- the walk over the window --- */

/* Bytes of the window that the walk has seen. */
static size_t seen_bytes(const cursor *at, const file_reader *reader) {
    return (size_t)(at->walk.offset - reader->offset);
}

/* On to the next element or fault. WALK_MORE: the document is whole and at its end. */
static spw_status walk_on(cursor *at, file_reader *reader, spw_call *call, walk_event *event) {
    for (;;) {
        size_t seen = seen_bytes(at, reader), left = file_reader_left(reader), used;
        *event = json_walk_feed(&at->walk, file_reader_bytes(reader) + seen, left - seen, &used);
        if (*event != WALK_MORE) {
            return SPW_OK;
        }
        uint64_t keep = at->walk.in_element ? at->walk.element : at->walk.offset;
        file_reader_take(reader, (size_t)(keep - reader->offset));
        spw_status status = file_reader_fill(reader, call);
        if (status == SPW_END) {
            *event = json_walk_end(&at->walk);
            return SPW_OK;
        }
        if (status != SPW_OK) {
            return status;
        }
    }
}

static spw_status start_walk(const options *opts, cursor *at, file_reader *reader, spw_call *call) {
    size_t mark;
    spw_status status = file_reader_mark(reader, call, &mark);
    if (status == SPW_OK) {
        json_walk_start(&at->walk, &opts->pointer);
        file_reader_take(reader, mark);
        at->walk.offset = at->walk.line_start = reader->offset;
    }
    return status;
}

/* Over the elements of a document that is checked: their bytes are not wanted yet. */
static spw_status check_on(const options *opts, cursor *at, file_reader *reader, spw_call *call) {
    for (;;) {
        size_t left = file_reader_left(reader), used;
        walk_event event = json_walk_feed(&at->walk, file_reader_bytes(reader), left, &used);
        file_reader_take(reader, used);
        if (event == WALK_MORE) {
            if (left && call->cancelled(call)) {
                return SPW_PENDING; /* a chunk further, each time */
            }
            spw_status status = file_reader_fill(reader, call);
            if (status == SPW_OK) {
                continue;
            }
            if (status != SPW_END) {
                return status;
            }
            event = json_walk_end(&at->walk);
        }
        if (event == WALK_FAULT) {
            note_fault(opts, at, reader, "");
            return SPW_OK;
        }
        if (event == WALK_MORE) {
            file_reader_seal(reader);
            at->stage = STAGE_RECORDS;
            return SPW_OK;
        }
    }
}

static spw_status start(const void *opts, void *state, file_reader *reader, spw_call *call) {
    cursor *at = state;
    bool checks = !((const options *)opts)->prefix && !reader->whole;
    spw_status status = SPW_OK;
    if (at->stage == STAGE_FIRST) {
        status = start_walk(opts, at, reader, call);
        if (status != SPW_OK) {
            return status;
        }
        at->stage = checks ? STAGE_CHECK : STAGE_RECORDS;
    }
    if (at->stage == STAGE_CHECK) {
        status = check_on(opts, at, reader, call);
        if (status != SPW_OK) {
            return status;
        }
        status = file_reader_rewind(reader, call);
        if (status == SPW_OK && at->stage == STAGE_RECORDS) {
            status = start_walk(opts, at, reader, call);
        }
    }
    return status;
}

static spw_status skip(const void *opts, void *state, file_reader *reader, spw_call *call,
                       uint64_t target) {
    (void)opts;
    cursor *at = state;
    if (at->stage != STAGE_RECORDS) {
        return SPW_END; /* broken before its first record */
    }
    while (at->rest < target) {
        walk_event event;
        spw_status status = walk_on(at, reader, call, &event);
        if (status != SPW_OK) {
            return status;
        }
        if (event != WALK_ELEMENT) {
            return SPW_END;
        }
        file_reader_take(reader, seen_bytes(at, reader));
        at->rest = reader->offset;
        if (at->rest < target && call->cancelled(call)) {
            return SPW_PENDING;
        }
    }
    return at->rest == target ? SPW_OK : SPW_END;
}

/* --- records --- */

/* Why an element is no record, or NULL. */
static const char *judge(const uint8_t *bytes, size_t size) {
    js_reader json = js_open((const char *)bytes, size);
    js_type type = js_value(&json, NULL);
    return json.error                               ? json.error
           : type != JS_OBJECT || !js_at_end(&json) ? "an element that is no object"
                                                    : NULL;
}

static spw_status add_element(cursor *at, file_reader *reader, spw_call *call,
                              source_batch *batch) {
    const json_walk *walk = &at->walk;
    const uint8_t *bytes = file_reader_bytes(reader) + (walk->element - reader->offset);
    size_t size = (size_t)(walk->offset - walk->element);
    char reason[reason_room];
    const char *wrong = judge(bytes, size);
    if (wrong) {
        snprintf(reason, reason_room, "%s:%" PRIu64 ": %s, at byte %" PRIu64, reader->name,
                 walk->line, wrong, walk->element);
    }
    source_record record = {.offset = walk->element,
                            .bytes = {bytes, size},
                            .signal = wrong ? SPW_SIGNAL_UNRECOVERABLE : SPW_SIGNAL_NONE,
                            .reason = reason};
    spw_status status = source_batch_add(batch, call, &record);
    if (status == SPW_OK) {
        file_reader_take(reader, seen_bytes(at, reader));
        at->rest = reader->offset;
        at->ready = false;
    }
    return status;
}

/* A document that was checked and has other bytes now: what was handed out stands. */
static void note_end(cursor *at, const file_reader *reader, spw_call *call) {
    char digest[DIGEST_TEXT];
    file_reader_digest(reader, digest);
    if (reader->whole && strcmp(digest, reader->whole_digest) != 0) {
        say_log(call, SPW_LOG_WARNING,
                "%s: was written to while it was read; the next run reads it again", reader->name);
    }
    at->stage = STAGE_DONE;
}

static spw_status read_element(const options *opts, cursor *at, file_reader *reader, spw_call *call,
                               source_batch *batch) {
    if (!at->ready) {
        walk_event event;
        spw_status status = walk_on(at, reader, call, &event);
        if (status != SPW_OK) {
            return status;
        }
        if (event == WALK_MORE) {
            note_end(at, reader, call);
            return SPW_END;
        }
        if (event == WALK_FAULT) {
            note_fault(opts, at, reader, reader->whole ? "changed while it was read; " : "");
            return file_reader_rewind(reader, call);
        }
        at->ready = true;
    }
    return add_element(at, reader, call, batch);
}

static spw_status read_rest(cursor *at, file_reader *reader, spw_call *call, source_batch *batch) {
    spw_status status = file_reader_take_until(reader, call, at->rest);
    if (status == SPW_OK) {
        status = file_source_reject_rest(reader, call, batch, at->reason);
    }
    if (status == SPW_OK || status == SPW_END) { /* END: cut short meanwhile, nothing is left */
        at->stage = STAGE_DONE;
    }
    return status;
}

static spw_status read_record(const void *opts, void *state, file_reader *reader, spw_call *call,
                              source_batch *batch) {
    cursor *at = state;
    if (at->stage == STAGE_RECORDS) {
        spw_status status = read_element(opts, at, reader, call, batch);
        if (at->stage != STAGE_REST || status != SPW_OK) {
            return status;
        }
    }
    return at->stage == STAGE_REST ? read_rest(at, reader, call, batch) : SPW_END;
}

/* --- raw bytes again --- */

static const file_format format;

typedef enum key_kind { KEY_OTHER, KEY_DOCUMENT, KEY_RECORD } key_kind;

/* What a key of this source's stands for: ":0" at its end is a whole document, another offset or a
 * number after it ("/2") is one record of it. */
static key_kind kind_of_key(spw_str key) {
    char tail[48];
    size_t size = key.size < sizeof tail - 1 ? key.size : sizeof tail - 1;
    memcpy(tail, key.data + key.size - size, size);
    tail[size] = 0;
    const char *colon = strrchr(tail, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    if (!digits) {
        return KEY_OTHER;
    }
    const char *after = colon + 1 + digits;
    if (*after == '/' && after[1] && !after[1 + strspn(after + 1, "0123456789")]) {
        return KEY_RECORD;
    }
    return *after ? KEY_OTHER : strcmp(colon, ":0") == 0 ? KEY_DOCUMENT : KEY_RECORD;
}

static spw_status parse_as_element(spw_call *call, spw_bytes raw, source_batch *batch) {
    source_record record = {.bytes = raw, .signal = SPW_SIGNAL_NONE};
    return source_batch_add(batch, call, &record);
}

/* Whether the raw bytes, as a document, hold the records that the pointer names. */
static bool is_document(const options *opts, spw_bytes raw) {
    json_walk *walk = malloc(sizeof *walk);
    if (!walk) {
        return true;
    }
    json_walk_start(walk, &opts->pointer);
    size_t at = 0, used;
    walk_event event;
    do {
        event = json_walk_feed(walk, raw.data + at, raw.size - at, &used);
        at += used;
    } while (event == WALK_ELEMENT);
    while (event != WALK_FAULT && (event = json_walk_end(walk)) == WALK_ELEMENT) {
    }
    free(walk);
    return event != WALK_FAULT;
}

/* A record's own bytes, or a whole document's: the key tells, its offset is 0 for a document. */
static spw_status parse(const void *opts, spw_call *call, spw_str key, spw_bytes raw,
                        source_batch *batch) {
    key_kind kind = key.size ? kind_of_key(key) : KEY_OTHER;
    bool record = raw.size && kind != KEY_DOCUMENT && !judge(raw.data, raw.size) &&
                  (kind == KEY_RECORD || !is_document(opts, raw));
    return record ? parse_as_element(call, raw, batch)
                  : file_source_parse_as_file(&format, opts, call, raw, batch);
}

/* --- the plugin --- */

static const file_format format = {.raw_media_type = "application/json",
                                   .observes = true,
                                   .options_size = sizeof(options),
                                   .cursor_size = sizeof(cursor),
                                   .defaults = defaults,
                                   .option = option,
                                   .end_options = end_options,
                                   .start = start,
                                   .skip = skip,
                                   .read = read_record,
                                   .parse = parse};

static spw_status create(const spw_create *create, spw_call *call, void **instance) {
    return file_source_create(&format, create, call, instance);
}

static const char schema[] =
    "{\"type\":\"object\",\"required\":[\"files\"],\"additionalProperties\":false,"
    "\"properties\":{" FILE_SOURCE_SCHEMA ","
    "\"records\":{\"description\":\"JSON Pointer to the array of records, or to one object.\","
    "\"type\":\"string\",\"pattern\":\"^(/([^/~]|~[01])*)*$\",\"default\":\"\"},"
    "\"document\":{\"description\":\"atomic: a file is checked whole before its first record, a "
    "broken one is one record; prefix: what came before a fault stands.\","
    "\"enum\":[\"atomic\",\"prefix\"],\"default\":\"atomic\"}}}";

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin);

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    if (host->abi_major != SPW_ABI_MAJOR) {
        return SPW_INVALID;
    }
    return file_source_describe(plugin, "spillway/json-source",
                                "Reads the records of JSON documents.", schema, create);
}

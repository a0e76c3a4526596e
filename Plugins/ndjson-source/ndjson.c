#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/file_source.h"
#include "../common/say.h"

typedef struct options {
    uint64_t max_record_bytes;
} options;

typedef struct cursor {
    size_t scanned; /* of the window: no line end among these bytes */
} cursor;

enum { reason_room = 512 };

static void defaults(void *into) {
    ((options *)into)->max_record_bytes = 16 << 20;
}

static spw_status option(void *into, js_span name, js_reader *json, spw_call *call) {
    if (!js_string_is(name, "max_record_bytes", 16)) {
        return SPW_END;
    }
    js_span span;
    char digits[24] = "";
    if (js_value(json, &span) == JS_NUMBER && span.size < sizeof digits) {
        memcpy(digits, span.data, span.size);
    }
    char *end = digits;
    uint64_t value = strtoull(digits, &end, 10);
    if (!*digits || *digits == '-' || *end || value == 0) {
        return say_invalid(call, "option max_record_bytes: a whole number from 1 is wanted");
    }
    ((options *)into)->max_record_bytes = value;
    return SPW_OK;
}

static spw_status start(const void *opts, void *at, file_reader *reader, spw_call *call) {
    (void)opts;
    (void)at;
    size_t mark;
    spw_status status = file_reader_mark(reader, call, &mark);
    if (status == SPW_OK) {
        file_reader_take(reader, mark);
    }
    return status;
}

static spw_status skip(const void *opts, void *at, file_reader *reader, spw_call *call,
                       uint64_t target) {
    (void)opts;
    (void)at;
    return file_reader_take_until(reader, call, target);
}

/* The next line's bytes in the window, without its end, and all that belongs to it. SPW_END: none
 * is left. */
static spw_status find_line(cursor *at, file_reader *reader, spw_call *call, size_t *size,
                            size_t *with_end) {
    for (;;) {
        const uint8_t *bytes = file_reader_bytes(reader);
        size_t left = file_reader_left(reader);
        const uint8_t *end =
            left > at->scanned ? memchr(bytes + at->scanned, '\n', left - at->scanned) : NULL;
        if (end) {
            at->scanned = (size_t)(end - bytes);
            *size = at->scanned;
            *with_end = *size + 1;
            return SPW_OK;
        }
        at->scanned = left;
        spw_status status = file_reader_fill(reader, call);
        if (status == SPW_END && left) {
            *size = *with_end = left;
            return SPW_OK;
        }
        if (status != SPW_OK) {
            return status;
        }
    }
}

static bool is_blank(const uint8_t *line, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') {
            return false;
        }
    }
    return true;
}

/* Why the line is no record, or SPW_SIGNAL_NONE. */
static int32_t judge(const options *opts, const file_reader *reader, const uint8_t *line,
                     size_t size, char reason[reason_room]) {
    if (size > opts->max_record_bytes) {
        snprintf(reason, reason_room,
                 "%s: the line at byte %" PRIu64 " has %zu bytes, more than the %" PRIu64
                 " that max_record_bytes allows",
                 reader->name, reader->offset, size, opts->max_record_bytes);
        return SPW_SIGNAL_CAPACITY;
    }
    js_reader json = js_open((const char *)line, size);
    js_type type = js_value(&json, NULL);
    const char *what = json.error;
    if (!what && !js_at_end(&json)) {
        what = "something follows the value";
    } else if (!what && type != JS_OBJECT) {
        what = "a value that is no object";
        json.at = json.start;
    }
    if (!what) {
        return SPW_SIGNAL_NONE;
    }
    snprintf(reason, reason_room, "%s: not a JSON object: %s, at byte %" PRIu64, reader->name, what,
             reader->offset + js_offset(&json));
    return SPW_SIGNAL_UNRECOVERABLE;
}

static spw_status read_line(const void *opts, void *state, file_reader *reader, spw_call *call,
                            source_batch *batch) {
    cursor *at = state;
    for (;;) {
        size_t size, with_end;
        spw_status status = find_line(at, reader, call, &size, &with_end);
        if (status != SPW_OK) {
            return status;
        }
        const uint8_t *line = file_reader_bytes(reader);
        if (size && line[size - 1] == '\r') {
            size--;
        }
        bool blank = is_blank(line, size);
        if (!blank) {
            char reason[reason_room];
            int32_t signal = judge(opts, reader, line, size, reason);
            source_record record = {.offset = reader->offset,
                                    .bytes = {line, size},
                                    .signal = signal,
                                    .reason = reason};
            status = source_batch_add(batch, call, &record);
            if (status != SPW_OK) {
                return status;
            }
        }
        file_reader_take(reader, with_end);
        at->scanned = 0;
        if (!blank) {
            return SPW_OK;
        }
    }
}

static const file_format format = {.raw_media_type = "application/x-ndjson",
                                   .grows = true,
                                   .options_size = sizeof(options),
                                   .cursor_size = sizeof(cursor),
                                   .defaults = defaults,
                                   .option = option,
                                   .start = start,
                                   .skip = skip,
                                   .read = read_line};

static spw_status create(const spw_create *create, spw_call *call, void **instance) {
    return file_source_create(&format, create, call, instance);
}

static const char schema[] =
    "{\"type\":\"object\",\"required\":[\"files\"],\"additionalProperties\":false,"
    "\"properties\":{" FILE_SOURCE_SCHEMA ","
    "\"max_record_bytes\":{\"description\":\"A longer line is rejected with the signal "
    "capacity.\",\"type\":\"integer\",\"minimum\":1,\"default\":16777216}}}";

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin);

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    if (host->abi_major != SPW_ABI_MAJOR) {
        return SPW_INVALID;
    }
    return file_source_describe(plugin, "spillway/ndjson-source",
                                "Reads files of JSON objects, one a line.", schema, create);
}

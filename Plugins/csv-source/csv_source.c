#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/file_source.h"
#include "../common/say.h"
#include "csv_header.h"
#include "csv_row.h"

typedef struct options {
    csv_dialect dialect;
    bool has_header;  /* the file's first row names the columns */
    csv_header names; /* else these do */
} options;

enum { reason_room = 512 };

typedef struct cursor {
    csv_scan scan;
    csv_header header;
    byte_buffer prefix; /* the header line as it is, with its end; goes before each raw row */
    byte_buffer json, cell;
    uint64_t line; /* of the next row, from 1 */
    bool after_cr;
    bool done;
    char fault[reason_room]; /* why the file as a whole can't be read */
} cursor;

static const csv_header *columns(const options *opts, const cursor *at) {
    return opts->has_header ? &at->header : &opts->names;
}

/* --- options --- */

static void defaults(void *into) {
    *(options *)into = (options){.dialect = {',', '"'}, .has_header = true};
}

static spw_status character_option(js_reader *json, spw_call *call, const char *name,
                                   uint8_t *character) {
    char *text = NULL;
    spw_status status = file_option_text(json, call, name, &text);
    if (status == SPW_OK) {
        uint8_t first = (uint8_t)text[0];
        if (!first || text[1] || first >= 0x80 || first == '\r' || first == '\n') {
            status = say_invalid(
                call, "option %s: one ASCII character is wanted, that is no line end", name);
        }
        *character = first;
    }
    free(text);
    return status;
}

static spw_status names_option(options *opts, js_reader *json, spw_call *call) {
    js_enter(json);
    while (js_element(json)) {
        char *name = NULL;
        spw_status status = file_option_text(json, call, "header", &name);
        if (status == SPW_OK && !csv_header_add(&opts->names, name, strlen(name))) {
            status = say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for option header");
        }
        free(name);
        if (status != SPW_OK) {
            return status;
        }
    }
    opts->has_header = false;
    if (!opts->names.count) {
        return say_invalid(call, "option header: true or the names of the columns are wanted");
    }
    size_t twice = csv_header_duplicate(&opts->names);
    if (twice < opts->names.count) {
        spw_str name = csv_header_name(&opts->names, twice);
        return say_invalid(call, "option header: %.*s stands twice", (int)name.size, name.data);
    }
    return SPW_OK;
}

static spw_status option(void *into, js_span name, js_reader *json, spw_call *call) {
    options *opts = into;
    if (js_string_is(name, "delimiter", 9)) {
        return character_option(json, call, "delimiter", &opts->dialect.delimiter);
    }
    if (js_string_is(name, "quote", 5)) {
        return character_option(json, call, "quote", &opts->dialect.quote);
    }
    if (!js_string_is(name, "header", 6)) {
        return SPW_END;
    }
    if (js_peek(json) == JS_ARRAY) {
        return names_option(opts, json, call);
    }
    return js_value(json, NULL) == JS_TRUE
               ? SPW_OK
               : say_invalid(call, "option header: true or the names of the columns are wanted");
}

static spw_status ready(const void *into, spw_call *call) {
    const options *opts = into;
    return opts->dialect.delimiter != opts->dialect.quote
               ? SPW_OK
               : say_invalid(call, "options delimiter and quote: they have to differ");
}

static void end_options(void *opts) {
    csv_header_free(&((options *)opts)->names);
}

static void end_cursor(void *state) {
    cursor *at = state;
    csv_header_free(&at->header);
    free(at->prefix.data);
    free(at->json.data);
    free(at->cell.data);
}

static spw_status no_memory(spw_call *call, const file_reader *reader) {
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "%s: no memory for the row at byte %" PRIu64,
                    reader->name, reader->offset);
}

/* --- rows in the window --- */

static void take(cursor *at, file_reader *reader, size_t size) {
    at->line += csv_count_lines(file_reader_bytes(reader), size, &at->after_cr);
    file_reader_take(reader, size);
    at->scan = (csv_scan){0};
}

/* The next row behind `from` bytes of the window, blank lines included. SPW_END: none is left. */
static spw_status find_row(const options *opts, cursor *at, file_reader *reader, spw_call *call,
                           size_t from, size_t *row, size_t *with_end) {
    for (;;) {
        const uint8_t *bytes = file_reader_bytes(reader) + from;
        size_t left = file_reader_left(reader) - from;
        if (reader->at_end && !left) {
            return SPW_END;
        }
        if (csv_scan_row(&at->scan, &opts->dialect, bytes, left, reader->at_end, row, with_end)) {
            return SPW_OK;
        }
        spw_status status = file_reader_fill(reader, call);
        if (status != SPW_OK && status != SPW_END) {
            return status;
        }
    }
}

/* What is wrong with text that goes into a JSON string, or NULL. */
static const char *text_fault(const uint8_t *text, size_t size, const byte_buffer *json) {
    if (size && memchr(text, 0, size)) {
        return "a NUL byte";
    }
    js_reader reader = js_open((const char *)json->data, json->size);
    js_value(&reader, NULL);
    return reader.error;
}

/* --- the header --- */

static void header_fault(cursor *at, const file_reader *reader, const char *what) {
    snprintf(at->fault, reason_room, "%s: line %" PRIu64 ", the header: %s", reader->name, at->line,
             what);
}

static spw_status note_duplicate(cursor *at, const file_reader *reader, spw_call *call) {
    size_t twice = csv_header_duplicate(&at->header);
    if (twice == SIZE_MAX) {
        return no_memory(call, reader);
    }
    if (twice < at->header.count) {
        spw_str name = csv_header_name(&at->header, twice);
        char what[160];
        snprintf(what, sizeof what, "two columns are named %.*s",
                 (int)(name.size < 100 ? name.size : 100), name.data);
        header_fault(at, reader, what);
    }
    return SPW_OK;
}

static spw_status read_names(const options *opts, cursor *at, const file_reader *reader,
                             spw_call *call, const uint8_t *row, size_t size) {
    if (!byte_buffer_reserve(&at->cell, size + 1)) {
        return no_memory(call, reader);
    }
    csv_cells cells = csv_cells_of(&opts->dialect, row, size);
    size_t cell;
    while (csv_next_cell(&cells, (char *)at->cell.data, &cell)) {
        size_t before = at->header.text.size;
        if (!csv_header_add(&at->header, (char *)at->cell.data, cell)) {
            return no_memory(call, reader);
        }
        byte_buffer name = {.data = at->header.text.data + before,
                            .size = at->header.text.size - before};
        const char *wrong = text_fault(at->cell.data, cell, &name);
        if (wrong) {
            header_fault(at, reader, wrong);
            return SPW_OK;
        }
    }
    if (cells.fault) {
        header_fault(at, reader, cells.fault);
        return SPW_OK;
    }
    return note_duplicate(at, reader, call);
}

/* The header is the first row that is no blank line; a byte order mark stays in front of it. */
static spw_status read_header(const options *opts, cursor *at, file_reader *reader, spw_call *call,
                              size_t mark) {
    size_t row = 0, with_end = 0;
    for (;;) {
        spw_status status = find_row(opts, at, reader, call, mark, &row, &with_end);
        if (status == SPW_END) {
            return SPW_OK; /* an empty file has no rows either */
        }
        if (status != SPW_OK) {
            return status;
        }
        if (row) {
            break;
        }
        take(at, reader, mark + with_end);
        mark = 0;
    }
    const uint8_t *bytes = file_reader_bytes(reader);
    spw_status status = read_names(opts, at, reader, call, bytes + mark, row);
    if (status != SPW_OK) {
        return status;
    }
    if (*at->fault) {
        return file_reader_rewind(reader, call);
    }
    if (!byte_buffer_append(&at->prefix, bytes, mark + with_end)) {
        return no_memory(call, reader);
    }
    take(at, reader, mark + with_end);
    return SPW_OK;
}

static spw_status start(const void *opts, void *state, file_reader *reader, spw_call *call) {
    cursor *at = state;
    size_t mark;
    at->line = 1;
    spw_status status = file_reader_mark(reader, call, &mark);
    if (status != SPW_OK) {
        return status;
    }
    if (((const options *)opts)->has_header) {
        return read_header(opts, at, reader, call, mark);
    }
    file_reader_take(reader, mark);
    return SPW_OK;
}

static spw_status skip(const void *opts, void *state, file_reader *reader, spw_call *call,
                       uint64_t target) {
    (void)opts;
    cursor *at = state;
    if (*at->fault || reader->offset > target) {
        return SPW_END;
    }
    while (reader->offset < target) {
        size_t left = file_reader_left(reader);
        if (!left) {
            spw_status status = file_reader_fill(reader, call);
            if (status != SPW_OK) {
                return status;
            }
            continue;
        }
        uint64_t wanted = target - reader->offset;
        take(at, reader, wanted < left ? (size_t)wanted : left);
        if (reader->offset < target && call->cancelled(call)) {
            return SPW_PENDING; /* a chunk further, each time */
        }
    }
    return SPW_OK;
}

/* --- rows as JSON --- */

/* Adds one member to the object in `json`. */
static bool add_member(byte_buffer *json, spw_str name, const char *text, size_t size) {
    if (!byte_buffer_append(json, json->size ? "," : "{", 1) ||
        !byte_buffer_append(json, name.data, name.size) || !byte_buffer_append(json, ":", 1) ||
        !byte_buffer_reserve(json, JS_ESCAPED_MAX(size))) {
        return false;
    }
    json->size += js_escape(text, size, (char *)json->data + json->size);
    return true;
}

/* The row as an object into at->json. False: no memory. What is wrong with it, into `what`. */
static bool build(const csv_header *names, const csv_dialect *dialect, cursor *at,
                  const uint8_t *row, size_t size, char what[reason_room]) {
    at->json.size = 0;
    if (!byte_buffer_reserve(&at->cell, size + 1)) {
        return false;
    }
    csv_cells cells = csv_cells_of(dialect, row, size);
    const char *text = (char *)at->cell.data;
    size_t count = 0, cell;
    for (; csv_next_cell(&cells, (char *)at->cell.data, &cell); count++) {
        if (count < names->count &&
            !add_member(&at->json, csv_header_name(names, count), text, cell)) {
            return false;
        }
    }
    if (!byte_buffer_append(&at->json, "}", 1)) {
        return false;
    }
    if (!cells.fault && count != names->count) {
        snprintf(what, reason_room, "%zu cell%s where the header has %zu", count,
                 count == 1 ? "" : "s", names->count);
        return true;
    }
    const char *wrong = cells.fault ? cells.fault : text_fault(row, size, &at->json);
    snprintf(what, reason_room, "%s", wrong ? wrong : "");
    return true;
}

static spw_status add_row(const options *opts, cursor *at, file_reader *reader, spw_call *call,
                          source_batch *batch, size_t size) {
    const uint8_t *row = file_reader_bytes(reader);
    char what[reason_room], reason[reason_room + SAY_LIMIT];
    if (!build(columns(opts, at), &opts->dialect, at, row, size, what)) {
        return no_memory(call, reader);
    }
    snprintf(reason, sizeof reason, "%s: line %" PRIu64 ": %s", reader->name, at->line, what);
    source_record record = {.offset = reader->offset,
                            .bytes = {at->json.data, at->json.size},
                            .raw = {row, size},
                            .prefix = {at->prefix.data, at->prefix.size},
                            .signal = *what ? SPW_SIGNAL_UNRECOVERABLE : SPW_SIGNAL_NONE,
                            .reason = reason};
    if (*what) {
        record.bytes = record.raw;
    }
    return source_batch_add(batch, call, &record);
}

/* The file as a whole is one rejected record. */
static spw_status reject_file(cursor *at, file_reader *reader, spw_call *call,
                              source_batch *batch) {
    if (at->done) {
        return SPW_END;
    }
    spw_status status = file_source_reject_rest(reader, call, batch, at->fault);
    at->done = status == SPW_OK;
    return status;
}

static spw_status read_row(const void *opts, void *state, file_reader *reader, spw_call *call,
                           source_batch *batch) {
    cursor *at = state;
    if (*at->fault) {
        return reject_file(at, reader, call, batch);
    }
    for (;;) {
        size_t row, with_end;
        spw_status status = find_row(opts, at, reader, call, 0, &row, &with_end);
        if (status != SPW_OK) {
            return status;
        }
        if (row) {
            status = add_row(opts, at, reader, call, batch, row);
            if (status != SPW_OK) {
                return status;
            }
        }
        take(at, reader, with_end);
        if (row) {
            return SPW_OK;
        }
    }
}

/* --- the plugin --- */

static const file_format format = {.raw_media_type = "text/csv",
                                   .grows = true,
                                   .observes = true,
                                   .options_size = sizeof(options),
                                   .cursor_size = sizeof(cursor),
                                   .defaults = defaults,
                                   .option = option,
                                   .ready = ready,
                                   .end_options = end_options,
                                   .start = start,
                                   .skip = skip,
                                   .read = read_row,
                                   .end_cursor = end_cursor};

static spw_status create(const spw_create *create, spw_call *call, void **instance) {
    return file_source_create(&format, create, call, instance);
}

static const char schema[] =
    "{\"type\":\"object\",\"required\":[\"files\"],\"additionalProperties\":false,"
    "\"properties\":{" FILE_SOURCE_SCHEMA ","
    "\"delimiter\":{\"description\":\"Between two cells: one ASCII character.\","
    "\"type\":\"string\",\"pattern\":\"^[\\\\x00-\\\\x7f]$\",\"default\":\",\"},"
    "\"quote\":{\"description\":\"Around a cell that holds delimiters, quotes or line ends: one "
    "ASCII character.\",\"type\":\"string\",\"pattern\":\"^[\\\\x00-\\\\x7f]$\","
    "\"default\":\"\\\"\"},"
    "\"header\":{\"description\":\"true: the first row names the columns; or the names.\","
    "\"anyOf\":[{\"const\":true},{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,"
    "\"items\":{\"type\":\"string\"}}],\"default\":true}}}";

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin);

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    if (host->abi_major != SPW_ABI_MAJOR) {
        return SPW_INVALID;
    }
    return file_source_describe(plugin, "spillway/csv-source",
                                "Reads the rows of CSV files as JSON objects.", schema, create);
}

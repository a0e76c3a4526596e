#include "line.h"

#include <string.h>

#include "../common/json.h"
#include "../common/minify.h"

static spw_status misfit_with(line_misfit *misfit, int32_t signal, const char *reason) {
    *misfit = (line_misfit){.signal = signal, .reason = reason};
    return SPW_INVALID;
}

/* One whole JSON value of this type; NULL, or what is wrong. */
static const char *check(const char *data, size_t size, js_type type, const char *otherwise) {
    js_reader reader = js_open(data, size);
    js_type found = js_value(&reader, NULL);
    if (!found || !js_at_end(&reader)) {
        return reader.error ? reader.error : "more text after the record";
    }
    return found == type ? NULL : otherwise;
}

static bool has_member(const char *data, size_t size, const char *wanted) {
    js_reader reader = js_open(data, size);
    js_span name;
    js_enter(&reader);
    while (js_member(&reader, &name)) {
        if (js_string_is(name, wanted, strlen(wanted))) {
            return true;
        }
        js_value(&reader, NULL);
    }
    return false;
}

static spw_status check_record(const spw_record *record, const char *data, line_misfit *misfit) {
    const char *wrong = check(data, record->length, JS_OBJECT, "a record must be a JSON object");
    if (wrong) {
        return misfit_with(misfit, SPW_SIGNAL_UNRECOVERABLE, wrong);
    }
    if (record->operation == SPW_DELETE) {
        return misfit_with(misfit, SPW_SIGNAL_SCHEMA_DRIFT,
                           "a delete, but lines can only be appended");
    }
    if (!record->rescued.size) {
        return SPW_OK;
    }
    if (check(record->rescued.data, record->rescued.size, JS_ARRAY, "no array")) {
        return misfit_with(misfit, SPW_SIGNAL_UNRECOVERABLE,
                           "what was rescued beside it is no JSON array");
    }
    if (has_member(data, record->length, LINE_RESCUED)) {
        misfit_with(misfit, SPW_SIGNAL_SCHEMA_DRIFT,
                    "the record has a member of this name, which what was rescued needs");
        misfit->pointer = (spw_str){"/" LINE_RESCUED, sizeof LINE_RESCUED};
        return SPW_INVALID;
    }
    return SPW_OK;
}

spw_status line_write(const spw_record *record, spw_bytes input, bytes *lines,
                      line_misfit *misfit) {
    static const char member[] = "\"" LINE_RESCUED "\":";
    const char *data = (const char *)input.data + record->offset;
    spw_status status = check_record(record, data, misfit);
    if (status != SPW_OK) {
        return status;
    }
    if (!bytes_reserve(lines, record->length + record->rescued.size + sizeof member + 8)) {
        return SPW_OVER_BUDGET;
    }
    char *start = lines->data + lines->size;
    char *to = start + js_minify((js_span){data, record->length}, start);
    if (record->rescued.size) {
        to--; /* over the closing brace */
        if (to[-1] != '{') {
            *to++ = ',';
        }
        memcpy(to, member, sizeof member - 1);
        to += sizeof member - 1;
        to += js_minify((js_span){record->rescued.data, record->rescued.size}, to);
        *to++ = '}';
    }
    *to++ = '\n';
    lines->size += (size_t)(to - start);
    return SPW_OK;
}

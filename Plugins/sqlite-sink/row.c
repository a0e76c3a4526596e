#include "row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/json.h"
#include "../common/minify.h"
#include "../common/tree.h"
#include "number.h"

bool row_open(row *row, const columns *columns) {
    *row = (struct row){.columns = columns};
    row->values = calloc(columns->count, sizeof *row->values);
    row->given = calloc(columns->count, sizeof *row->given);
    row->locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return row->values && row->given && row->locale;
}

void row_close(row *row) {
    if (row->locale) {
        freelocale(row->locale);
    }
    free(row->values);
    free(row->given);
    free(row->room);
    free(row->gathered);
    free(row->pointer);
}

enum { large_integer_size = 24 };

/* Room for all that one record can need: no value grows when it is unescaped or minified, but for
 * a large integer that was written with an exponent. */
static bool make_room(row *row, size_t size) {
    size_t needed = size + 64 + row->columns->count * large_integer_size;
    row->room_used = row->gathered_used = 0;
    if (needed <= row->room_size) {
        return true;
    }
    free(row->room);
    free(row->gathered);
    free(row->pointer);
    needed *= 2;
    row->room = malloc(needed);
    row->gathered = malloc(needed);
    row->pointer = malloc(needed * 2);
    row->room_size = row->room && row->gathered && row->pointer ? needed : 0;
    return row->room_size;
}

static spw_status misfit_at(row *row, spw_str pointer, int32_t signal, const char *what,
                            const char *more) {
    row->misfit.signal = signal;
    row->misfit.pointer = pointer;
    snprintf(row->misfit.reason, sizeof row->misfit.reason, "%s%s", what, more);
    return SPW_INVALID;
}

static spw_status column_misfit(row *row, const column *column, const char *what,
                                const char *more) {
    return misfit_at(row, (spw_str){column->pointer, column->pointer_size}, SPW_SIGNAL_SCHEMA_DRIFT,
                     what, more);
}

/* --- values --- */

static value text_value(const char *data, size_t size) {
    return (value){.kind = VALUE_TEXT, .text = {data, size}};
}

static value json_value(row *row, js_span span) {
    char *to = row->room + row->room_used;
    size_t size = js_minify(span, to);
    row->room_used += size;
    return text_value(to, size);
}

static spw_status read_text(row *row, const column *column, js_span span, value *value) {
    if (!memchr(span.data, '\\', span.size)) {
        *value = text_value(span.data + 1, span.size - 2);
        return SPW_OK;
    }
    char *to = row->room + row->room_used;
    size_t size = js_unescape(span, to);
    if (size == SIZE_MAX) {
        return column_misfit(row, column, "a lone surrogate, which no UTF-8 text can hold", "");
    }
    row->room_used += size;
    *value = text_value(to, size);
    return SPW_OK;
}

static spw_status read_integer(row *row, const column *column, js_span span, value *value) {
    int64_t integer = 0;
    uint64_t large = 0;
    number_fit fit = number_to_integer(span, &integer, &large);
    if (fit == NUMBER_IS_NO_INTEGER) {
        return column_misfit(row, column, "a number with a fraction where an integer belongs", "");
    }
    if (fit == NUMBER_IS_LARGE && column->kind == COLUMN_UINT64) {
        char *to = row->room + row->room_used;
        size_t size = (size_t)snprintf(to, large_integer_size, "%llu", (unsigned long long)large);
        row->room_used += size;
        *value = text_value(to, size);
        return SPW_OK;
    }
    if (fit != NUMBER_FITS || integer < column->least || integer > column->most) {
        return column_misfit(row, column, "an integer outside the range of its type", "");
    }
    *value = (struct value){.kind = VALUE_INTEGER, .integer = integer};
    return SPW_OK;
}

static spw_status read_number(row *row, const column *column, js_span span, value *value) {
    value->kind = VALUE_REAL;
    return number_to_double(span, row->locale, &value->real)
               ? SPW_OK
               : column_misfit(row, column, "a number that no double is equal to", "");
}

static spw_status read_value(row *row, const column *column, js_type type, js_span span,
                             value *value) {
    if (type == JS_NULL) {
        value->kind = VALUE_NULL;
        return SPW_OK;
    }
    switch (column->kind) {
    case COLUMN_INTEGER:
    case COLUMN_UINT64:
        if (type == JS_NUMBER) {
            return read_integer(row, column, span, value);
        }
        break;
    case COLUMN_NUMBER:
        if (type == JS_NUMBER) {
            return read_number(row, column, span, value);
        }
        break;
    case COLUMN_BOOLEAN:
        if (type == JS_TRUE || type == JS_FALSE) {
            *value = (struct value){.kind = VALUE_INTEGER, .integer = type == JS_TRUE};
            return SPW_OK;
        }
        break;
    case COLUMN_TEXT:
        if (type == JS_STRING) {
            return read_text(row, column, span, value);
        }
        break;
    case COLUMN_ARRAY:
    case COLUMN_OBJECT:
    case COLUMN_ANY:
        if (column->kind == COLUMN_ANY ||
            type == (column->kind == COLUMN_ARRAY ? JS_ARRAY : JS_OBJECT)) {
            *value = json_value(row, span);
            return SPW_OK;
        }
        break;
    }
    return column_misfit(row, column,
                         "not what the column takes: ", column_kind_name(column->kind));
}

/* --- members --- */

static size_t find_column(const columns *columns, const char *name, size_t size, size_t expected) {
    if (expected < columns->count && columns->all[expected].name_size == size &&
        memcmp(columns->all[expected].name, name, size) == 0) {
        return expected;
    }
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->all[i].name_size == size && memcmp(columns->all[i].name, name, size) == 0) {
            return i;
        }
    }
    return columns->count;
}

/* A member's name as it is meant; false: it holds a lone surrogate. */
static bool read_name(row *row, js_span written, js_span *name) {
    *name = (js_span){written.data + 1, written.size - 2};
    if (!memchr(name->data, '\\', name->size)) {
        return true;
    }
    char *to = row->room + row->room_used;
    size_t size = js_unescape(written, to);
    if (size == SIZE_MAX) {
        return false;
    }
    row->room_used += size;
    *name = (js_span){to, size};
    return true;
}

static spw_status take_undeclared(row *row, js_span written, js_span name, js_span span) {
    if (!row->columns->is_open) {
        size_t size = jt_pointer_token(name.data, name.size, row->pointer, row->room_size * 2, 0);
        return misfit_at(row, (spw_str){row->pointer, size}, SPW_SIGNAL_SCHEMA_DRIFT,
                         "a member that the contract does not declare", "");
    }
    char *to = row->gathered;
    to[row->gathered_used] = row->gathered_used ? ',' : '{';
    row->gathered_used++;
    memcpy(to + row->gathered_used, written.data, written.size);
    row->gathered_used += written.size;
    to[row->gathered_used++] = ':';
    row->gathered_used += js_minify(span, to + row->gathered_used);
    return SPW_OK;
}

static spw_status take_member(row *row, js_span written, js_type type, js_span span,
                              size_t *expected, bool keys_alone) {
    js_span name;
    if (!read_name(row, written, &name)) {
        return misfit_at(row, (spw_str){NULL, 0}, SPW_SIGNAL_SCHEMA_DRIFT,
                         "a member's name holds a lone surrogate, which no UTF-8 text can", "");
    }
    size_t at = find_column(row->columns, name.data, name.size, *expected);
    *expected = at + 1;
    if (at == row->columns->count) {
        *expected = 0;
        return keys_alone ? SPW_OK : take_undeclared(row, written, name, span);
    }
    const column *column = &row->columns->all[at];
    if (keys_alone && !column->is_key) {
        return SPW_OK;
    }
    if (row->given[at]) {
        return column_misfit(row, column, "the record has this member twice", "");
    }
    row->given[at] = true;
    return read_value(row, column, type, span, &row->values[at]);
}

static spw_status check_keys(row *row) {
    for (size_t i = 0; row->columns->key_count && i < row->columns->count; i++) {
        const column *column = &row->columns->all[i];
        if (column->is_key && row->values[i].kind == VALUE_NULL) {
            return column_misfit(row, column,
                                 row->given[i] ? "the key is null" : "the key is missing", "");
        }
    }
    return SPW_OK;
}

static void clear(row *row) {
    for (size_t i = 0; i < row->columns->count; i++) {
        row->values[i].kind = VALUE_NULL;
    }
    memset(row->given, 0, row->columns->count * sizeof *row->given);
    row->undeclared.kind = VALUE_NULL;
}

static spw_status read_members(row *row, js_reader *reader, bool keys_alone) {
    size_t expected = 0;
    js_span name, span;
    spw_status status = SPW_OK;
    while (status == SPW_OK && js_member(reader, &name)) {
        js_type type = js_value(reader, &span);
        if (type == JS_ERROR) {
            break;
        }
        status = take_member(row, name, type, span, &expected, keys_alone);
    }
    return status;
}

spw_status row_read(row *row, const char *record, size_t size, bool is_delete) {
    if (!make_room(row, size)) {
        return SPW_OVER_BUDGET;
    }
    clear(row);
    js_reader reader = js_open(record, size);
    js_type type = js_peek(&reader);
    spw_status status = SPW_OK;
    if (type == JS_OBJECT) {
        js_enter(&reader);
        status = read_members(row, &reader, is_delete);
    } else if (type != JS_ERROR) {
        js_value(&reader, NULL);
    }
    if (status != SPW_OK) {
        return status;
    }
    if (!js_at_end(&reader)) {
        return misfit_at(row, (spw_str){NULL, 0}, SPW_SIGNAL_UNRECOVERABLE,
                         "not JSON: ", reader.error ? reader.error : "more text after the record");
    }
    if (type != JS_OBJECT) {
        return misfit_at(row, (spw_str){NULL, 0}, SPW_SIGNAL_SCHEMA_DRIFT,
                         "a record must be a JSON object", "");
    }
    if (row->gathered_used) {
        row->gathered[row->gathered_used++] = '}';
        row->undeclared = text_value(row->gathered, row->gathered_used);
    }
    return check_keys(row);
}

/* --- to and from SQLite --- */

int value_bind(const value *value, sqlite3_stmt *statement, int at) {
    switch (value->kind) {
    case VALUE_INTEGER:
        return sqlite3_bind_int64(statement, at, value->integer);
    case VALUE_REAL:
        return sqlite3_bind_double(statement, at, value->real);
    case VALUE_TEXT:
        return sqlite3_bind_text64(statement, at, value->text.size ? value->text.data : "",
                                   value->text.size, SQLITE_STATIC, SQLITE_UTF8);
    case VALUE_NULL:
        break;
    }
    return sqlite3_bind_null(statement, at);
}

bool value_is_column(const value *value, sqlite3_stmt *statement, int at) {
    int type = sqlite3_column_type(statement, at);
    switch (value->kind) {
    case VALUE_INTEGER:
        return type == SQLITE_INTEGER && sqlite3_column_int64(statement, at) == value->integer;
    case VALUE_REAL:
        return (type == SQLITE_FLOAT || type == SQLITE_INTEGER) &&
               sqlite3_column_double(statement, at) == value->real;
    case VALUE_TEXT: {
        if (type != SQLITE_TEXT) {
            return false;
        }
        const unsigned char *text = sqlite3_column_text(statement, at);
        size_t size = (size_t)sqlite3_column_bytes(statement, at);
        return size == value->text.size && (!size || memcmp(text, value->text.data, size) == 0);
    }
    case VALUE_NULL:
        break;
    }
    return type == SQLITE_NULL;
}

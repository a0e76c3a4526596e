/*
 * A record as the values of a row.
 */
#ifndef SQLITE_SINK_ROW_H
#define SQLITE_SINK_ROW_H

#include <locale.h>
#include <spillway/abi.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "columns.h"

typedef enum value_kind { VALUE_NULL, VALUE_INTEGER, VALUE_REAL, VALUE_TEXT } value_kind;

typedef struct value {
    value_kind kind;
    union {
        int64_t integer;
        double real;
        struct {
            const char *data;
            size_t size;
        } text;
    };
} value;

/* What a record that does not fit is rejected with. */
typedef struct misfit {
    int32_t signal;
    spw_str pointer;
    char reason[256];
} misfit;

/* Reads row after row; its room is kept. Values point into the record, or into the room. */
typedef struct row {
    const columns *columns;
    value *values;    /* one a column */
    bool *given;      /* the record has this member */
    value undeclared; /* a JSON object, or NULL */
    char *room;       /* unescaped texts and minified JSON of this record */
    size_t room_size, room_used;
    char *gathered; /* the undeclared members of this record */
    size_t gathered_used;
    char *pointer; /* of an undeclared member */
    locale_t locale;
    misfit misfit;
} row;

bool row_open(row *row, const columns *columns);
void row_close(row *row);
/* SPW_OK, or SPW_INVALID: the record does not fit (see misfit), or SPW_OVER_BUDGET: no memory.
 * A delete needs its key alone. */
spw_status row_read(row *row, const char *record, size_t size, bool is_delete);

/* Bound as a parameter, without a copy. */
int value_bind(const value *value, sqlite3_stmt *statement, int at);
/* Whether a column of the current row holds this value. */
bool value_is_column(const value *value, sqlite3_stmt *statement, int at);

#endif

/*
 * The table's columns, as the contract says them.
 */
#ifndef SQLITE_SINK_COLUMNS_H
#define SQLITE_SINK_COLUMNS_H

#include <spillway/abi.h>
#include <stdbool.h>

#define COLUMN_SEQUENCE "_sequence"
#define COLUMN_RESCUED "_rescued_data"
#define COLUMN_UNDECLARED "_undeclared"

typedef enum column_kind {
    COLUMN_INTEGER, /* from `least` to `most` */
    COLUMN_UINT64,  /* an INTEGER, or a TEXT when it is too large for one */
    COLUMN_NUMBER,
    COLUMN_BOOLEAN,
    COLUMN_TEXT,
    COLUMN_ARRAY, /* JSON text from here on */
    COLUMN_OBJECT,
    COLUMN_ANY
} column_kind;

typedef struct column {
    char *name; /* NUL-terminated; holds no NUL */
    size_t name_size;
    char *pointer; /* JSON Pointer of the member */
    size_t pointer_size;
    column_kind kind;
    int64_t least, most;
    bool is_key;
    bool may_look_like_number; /* a text that a numeric column would turn into a number */
} column;

typedef struct columns {
    column *all;
    size_t count, key_count;
    bool is_open; /* undeclared members are fine, and kept in a column of their own */
} columns;

/* Reads them from a contract; SPW_INVALID says what the contract lacks. */
spw_status columns_read(spw_str contract, spw_str contract_name, spw_call *call, columns *columns);
void columns_free(columns *columns);

/* What kind of value a column takes, in words. */
const char *column_kind_name(column_kind kind);

#endif

/*
 * The target table: the statements that work on it, and whether it is as the contract needs it.
 */
#ifndef SQLITE_SINK_TABLE_H
#define SQLITE_SINK_TABLE_H

#include <sqlite3.h>

#include "columns.h"
#include "text.h"

/*
 * Parameters, from 1: the contract's columns in their order, then _sequence, _rescued_data and,
 * when the contract is open, _undeclared. A statement that finds a row by its key takes the key's
 * values at their columns' numbers, so that one way of binding serves all.
 */
typedef struct table_sql {
    text create;
    text insert; /* keyed: does nothing when the key is there */
    text select; /* _sequence, then the contract's columns, _rescued_data, _undeclared */
    text update;
    text touch; /* _sequence alone */
    text remove;
} table_sql;

int table_parameter_sequence(const columns *columns);
int table_parameter_rescued(const columns *columns);
int table_parameter_undeclared(const columns *columns);

/* False: no memory. */
bool table_write_sql(const char *table, const columns *columns, table_sql *sql);
void table_free_sql(table_sql *sql);

typedef enum table_state { TABLE_ABSENT, TABLE_FITS, TABLE_DIFFERS } table_state;

/* Looks at the table; when it differs, `why` says in which columns. An SQLite result code. */
int table_inspect(sqlite3 *database, const char *table, const columns *columns, table_state *state,
                  text *why);

#endif

/*
 * The connection: opened when it is first needed, closed when its state is in doubt; its statements
 * live as long as it does.
 */
#ifndef SQLITE_SINK_DATABASE_H
#define SQLITE_SINK_DATABASE_H

#include <spillway/abi.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "columns.h"
#include "table.h"

typedef enum statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_SAVEPOINT, /* around the mark, so that a commit that waits leaves no trace of it */
    STATEMENT_ROLLBACK_TO,
    STATEMENT_READ_MARK,        /* table, stream */
    STATEMENT_WRITE_MARK,       /* table, stream, sequence, data */
    STATEMENT_HAS_TOMBSTONES,   /* table */
    STATEMENT_READ_TOMBSTONE,   /* table, key */
    STATEMENT_WRITE_TOMBSTONE,  /* table, key, sequence */
    STATEMENT_REMOVE_TOMBSTONE, /* table, key */
    STATEMENT_INSERT,
    STATEMENT_SELECT,
    STATEMENT_UPDATE,
    STATEMENT_TOUCH,
    STATEMENT_REMOVE,
    STATEMENT_COUNT
} statement;

typedef struct database {
    char *path, *table;
    int busy_timeout; /* milliseconds */
    const columns *columns;
    table_sql sql;
    sqlite3 *connection; /* NULL: not open */
    bool is_made;        /* the tables are there */
    bool has_wal_asked;
    sqlite3_stmt *statements[STATEMENT_COUNT];
} database;

/* Whether the file is there. */
bool database_exists(const database *database);
/* Opens the file, when it is not open yet, and refuses a table that does not fit. Makes nothing. */
spw_status database_open(database *database, spw_call *call);
/* Looks whether the table fits, and closes again; a lock that is held just now is no error. */
spw_status database_look_at(database *database, spw_call *call);
/* The same as open, and makes the tables that are missing. */
spw_status database_make(database *database, spw_call *call);
/* Closes; an open transaction is rolled back. */
void database_close(database *database);
void database_free(database *database);

/* A statement, ready to be bound, or NULL with the call failed. */
sqlite3_stmt *database_statement(database *database, spw_call *call, statement which);
/* Runs a statement that answers no row and resets it; an SQLite result code. */
int database_run(sqlite3_stmt *statement);
/* One without parameters. */
spw_status database_do(database *database, spw_call *call, statement which, const char *doing);
bool database_is_in_transaction(const database *database);
/* Ends the transaction, whatever it takes. */
void database_roll_back(database *database);

/* Fails the call for an SQLite result code. */
spw_status database_failed(database *database, spw_call *call, int code, const char *doing);

#endif

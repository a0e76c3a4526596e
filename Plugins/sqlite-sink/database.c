#include "database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/say.h"

/* --- errors --- */

static int32_t signal_of_io(database *database, int code) {
    if (code == SQLITE_IOERR_NOMEM) {
        return SPW_SIGNAL_OVER_BUDGET;
    }
    int error = database->connection ? sqlite3_system_errno(database->connection) : 0;
    bool is_full = error == ENOSPC || error == EDQUOT;
    return is_full ? SPW_SIGNAL_UNAVAILABLE : SPW_SIGNAL_TRANSIENT;
}

static int32_t signal_of(database *database, int code) {
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
        return SPW_SIGNAL_TRANSIENT;
    case SQLITE_IOERR:
        return signal_of_io(database, code);
    case SQLITE_FULL:
        return SPW_SIGNAL_UNAVAILABLE;
    case SQLITE_NOMEM:
        return SPW_SIGNAL_OVER_BUDGET;
    default: /* rights, a missing table or column, a file that is no database: a person has to act
              */
        return SPW_SIGNAL_DENIED;
    }
}

spw_status database_failed(database *database, spw_call *call, int code, const char *doing) {
    bool has_own = database->connection && sqlite3_errcode(database->connection) == (code & 0xFF);
    has_own =
        has_own || (database->connection && sqlite3_extended_errcode(database->connection) == code);
    const char *why = has_own ? sqlite3_errmsg(database->connection) : sqlite3_errstr(code);
    return say_fail(call, signal_of(database, code), "table %s of %s: %s: %s (SQLite code %d)",
                    database->table, database->path, doing, why, code);
}

/* --- opening --- */

bool database_exists(const database *database) {
    return access(database->path, F_OK) == 0;
}

static int open_connection(database *database) {
    int code =
        sqlite3_open_v2(database->path, &database->connection,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        return code;
    }
    sqlite3_extended_result_codes(database->connection, 1);
    sqlite3_busy_timeout(database->connection, database->busy_timeout);
    /* Deferred foreign keys could refuse at COMMIT what prepare has accepted. */
    return sqlite3_exec(database->connection,
                        "PRAGMA synchronous=FULL;PRAGMA foreign_keys=OFF;PRAGMA cache_size=-16384;",
                        NULL, NULL, NULL);
}

/* Whether the table fits, when it is there. SQLITE_MISMATCH: it does not, `why` says in what. */
static int inspect(database *database, text *why) {
    table_state state;
    int code = table_inspect(database->connection, database->table, database->columns, &state, why);
    return code == SQLITE_OK && state == TABLE_DIFFERS ? SQLITE_MISMATCH : code;
}

static spw_status inspection_failed(database *database, spw_call *call, int code, text *why) {
    if (code != SQLITE_MISMATCH) {
        return database_failed(database, call, code, "can't open it");
    }
    return say_fail(
        call, SPW_SIGNAL_DENIED,
        "table %s of %s does not fit the contract: %s. Change the table, or name another "
        "in `table`",
        database->table, database->path, why->data ? why->data : "no memory");
}

/* Answers SPW_OK, and leaves it closed, when it is locked and `may_be_locked`. */
static spw_status open_database(database *database, spw_call *call, bool may_be_locked) {
    if (database->connection) {
        return SPW_OK;
    }
    text why = {0};
    spw_status status = SPW_OK;
    int code = open_connection(database);
    code = code == SQLITE_OK ? inspect(database, &why) : code;
    bool is_locked = (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED;
    if (code != SQLITE_OK && !(is_locked && may_be_locked)) {
        status = inspection_failed(database, call, code, &why);
    }
    if (code != SQLITE_OK) {
        database_close(database);
    }
    text_free(&why);
    return status;
}

spw_status database_open(database *database, spw_call *call) {
    return open_database(database, call, false);
}

spw_status database_look_at(database *database, spw_call *call) {
    spw_status status = open_database(database, call, true);
    database_close(database);
    return status;
}

/* Other journals work too, where there can be no WAL. */
static int ask_for_wal(database *database) {
    int code = sqlite3_exec(database->connection, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
    database->has_wal_asked = code == SQLITE_OK;
    return code;
}

static int make_tables(database *database) {
    static const char marks[] =
        "CREATE TABLE IF NOT EXISTS _spillway_marks(table_name TEXT NOT NULL,stream TEXT NOT NULL,"
        "sequence INTEGER NOT NULL,data BLOB NOT NULL,PRIMARY KEY(table_name,stream))WITHOUT ROWID";
    static const char tombstones[] =
        "CREATE TABLE IF NOT EXISTS _spillway_tombstones(table_name TEXT NOT NULL,"
        "key TEXT NOT NULL,sequence INTEGER NOT NULL,PRIMARY KEY(table_name,key))WITHOUT ROWID";
    const char *const steps[] = {"BEGIN IMMEDIATE", database->sql.create.data, marks, tombstones,
                                 "COMMIT"};
    int code = SQLITE_OK;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && code == SQLITE_OK; i++) {
        code = sqlite3_exec(database->connection, steps[i], NULL, NULL, NULL);
    }
    return code;
}

spw_status database_make(database *database, spw_call *call) {
    spw_status status = database_open(database, call);
    if (status != SPW_OK || database->is_made) {
        return status;
    }
    int code = database->has_wal_asked ? SQLITE_OK : ask_for_wal(database);
    code = code == SQLITE_OK ? make_tables(database) : code;
    if (code != SQLITE_OK) {
        status = database_failed(database, call, code, "can't make the tables");
        database_roll_back(database);
        return status;
    }
    text why = {0}; /* another program may have made it meanwhile */
    code = inspect(database, &why);
    database->is_made = code == SQLITE_OK;
    status = code == SQLITE_OK ? SPW_OK : inspection_failed(database, call, code, &why);
    text_free(&why);
    return status;
}

void database_close(database *database) {
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(database->statements[i]);
        database->statements[i] = NULL;
    }
    sqlite3_close(database->connection);
    database->connection = NULL;
    database->is_made = database->has_wal_asked = false;
}

void database_free(database *database) {
    database_close(database);
    table_free_sql(&database->sql);
    free(database->path);
    free(database->table);
}

/* --- statements --- */

static const char *sql_of(const database *database, statement which) {
    static const char *const fixed[STATEMENT_COUNT] = {
        [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
        [STATEMENT_COMMIT] = "COMMIT",
        [STATEMENT_ROLLBACK] = "ROLLBACK",
        [STATEMENT_SAVEPOINT] = "SAVEPOINT mark",
        [STATEMENT_ROLLBACK_TO] = "ROLLBACK TO mark",
        [STATEMENT_READ_MARK] =
            "SELECT sequence,data FROM _spillway_marks WHERE table_name=?1 AND stream=?2",
        [STATEMENT_WRITE_MARK] = "INSERT INTO _spillway_marks VALUES(?1,?2,?3,?4)"
                                 "ON CONFLICT(table_name,stream)DO UPDATE SET sequence=?3,data=?4",
        [STATEMENT_HAS_TOMBSTONES] =
            "SELECT 1 FROM _spillway_tombstones WHERE table_name=?1 LIMIT 1",
        [STATEMENT_READ_TOMBSTONE] =
            "SELECT sequence FROM _spillway_tombstones WHERE table_name=?1 AND key=?2",
        [STATEMENT_WRITE_TOMBSTONE] = "INSERT INTO _spillway_tombstones VALUES(?1,?2,?3)"
                                      "ON CONFLICT(table_name,key)DO UPDATE SET sequence=?3",
        [STATEMENT_REMOVE_TOMBSTONE] =
            "DELETE FROM _spillway_tombstones WHERE table_name=?1 AND key=?2"};
    switch (which) {
    case STATEMENT_INSERT:
        return database->sql.insert.data;
    case STATEMENT_SELECT:
        return database->sql.select.data;
    case STATEMENT_UPDATE:
        return database->sql.update.data;
    case STATEMENT_TOUCH:
        return database->sql.touch.data;
    case STATEMENT_REMOVE:
        return database->sql.remove.data;
    default:
        return fixed[which];
    }
}

sqlite3_stmt *database_statement(database *database, spw_call *call, statement which) {
    sqlite3_stmt **statement = &database->statements[which];
    if (!*statement) {
        int code = sqlite3_prepare_v3(database->connection, sql_of(database, which), -1,
                                      SQLITE_PREPARE_PERSISTENT, statement, NULL);
        if (code != SQLITE_OK) {
            database_failed(database, call, code,
                            code == SQLITE_ERROR ? "the table lacks a column, or a primary key on "
                                                   "the contract's x-key"
                                                 : "a statement can't be prepared");
            return NULL;
        }
    }
    return *statement;
}

int database_run(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    int reset = sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? reset : code;
}

spw_status database_do(database *database, spw_call *call, statement which, const char *doing) {
    sqlite3_stmt *statement = database_statement(database, call, which);
    if (!statement) {
        return SPW_FAILED;
    }
    int code = database_run(statement);
    return code == SQLITE_OK ? SPW_OK : database_failed(database, call, code, doing);
}

bool database_is_in_transaction(const database *database) {
    return database->connection && !sqlite3_get_autocommit(database->connection);
}

void database_roll_back(database *database) {
    if (!database_is_in_transaction(database)) {
        return;
    }
    sqlite3_exec(database->connection, "ROLLBACK", NULL, NULL, NULL);
    if (database_is_in_transaction(database)) {
        database_close(database);
    }
}

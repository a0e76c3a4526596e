#include "sink.h"

#include <stdlib.h>
#include <string.h>

#include "../common/say.h"

bool buffer_make_room(buffer *buffer, size_t size) {
    if (size > buffer->room) {
        free(buffer->data);
        buffer->data = malloc(size * 2);
        buffer->room = buffer->data ? size * 2 : 0;
    }
    buffer->size = 0;
    return buffer->room >= size;
}

static bool buffer_set(buffer *buffer, const void *data, size_t size) {
    if (!buffer_make_room(buffer, size + 1)) {
        return false;
    }
    if (size) {
        memcpy(buffer->data, data, size);
    }
    buffer->size = size;
    return true;
}

static spw_status no_memory(spw_call *call) {
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory left for the sink's work");
}

static bool is_stream(const sink *sink, spw_str stream) {
    return sink->stream.size == stream.size &&
           (!stream.size || memcmp(sink->stream.data, stream.data, stream.size) == 0);
}

/* --- position --- */

static spw_status copy_mark(sink *sink, spw_call *call, sqlite3_stmt *row, spw_mark *mark) {
    const void *data = sqlite3_column_blob(row, 1);
    if (!buffer_set(&sink->mark, data, (size_t)sqlite3_column_bytes(row, 1))) {
        return no_memory(call);
    }
    mark->sequence = (uint64_t)sqlite3_column_int64(row, 0);
    mark->data = (spw_bytes){(const uint8_t *)sink->mark.data, sink->mark.size};
    return SPW_OK;
}

static spw_status read_mark(sink *sink, spw_call *call, spw_str stream, spw_mark *mark) {
    database *database = &sink->database;
    int code = sqlite3_table_column_metadata(database->connection, "main", "_spillway_marks", NULL,
                                             NULL, NULL, NULL, NULL, NULL);
    if (code == SQLITE_ERROR) {
        return SPW_END; /* no batch has come yet */
    }
    if (code != SQLITE_OK) {
        return database_failed(database, call, code, "can't read the mark");
    }
    sqlite3_stmt *statement = database_statement(database, call, STATEMENT_READ_MARK);
    if (!statement) {
        return SPW_FAILED;
    }
    sqlite3_bind_text(statement, 1, sink->table_key, -1, SQLITE_STATIC);
    sqlite3_bind_text64(statement, 2, stream.size ? stream.data : "", stream.size, SQLITE_STATIC,
                        SQLITE_UTF8);
    code = sqlite3_step(statement);
    spw_status status = code == SQLITE_ROW ? copy_mark(sink, call, statement, mark)
                        : code == SQLITE_DONE
                            ? SPW_END
                            : database_failed(database, call, code, "can't read the mark");
    sqlite3_reset(statement);
    return status;
}

static spw_status position(void *instance, spw_call *call, spw_str stream, spw_mark *mark) {
    sink *sink = instance;
    if (sink->phase == PHASE_LOST) {
        sink->phase = PHASE_IDLE;
    }
    if (!sink->database.connection && !database_exists(&sink->database)) {
        return SPW_END;
    }
    spw_status status = database_open(&sink->database, call);
    return status == SPW_OK ? read_mark(sink, call, stream, mark) : status;
}

/* --- prepare --- */

static spw_status refuse_second(sink *sink, spw_call *call, spw_str stream) {
    if (is_stream(sink, stream)) {
        return say_invalid(call, "a batch of this stream is prepared already; commit or abort it");
    }
    return say_fail(call, SPW_SIGNAL_TRANSIENT,
                    "table %s of %s: the batch of another stream is prepared; one transaction at a "
                    "time",
                    sink->database.table, sink->database.path);
}

static spw_status begin(sink *sink, spw_call *call) {
    spw_status status = database_make(&sink->database, call);
    return status == SPW_OK
               ? database_do(&sink->database, call, STATEMENT_BEGIN, "can't begin to write")
               : status;
}

static spw_status prepare(void *instance, spw_call *call, spw_str stream, const spw_input *input,
                          uint8_t *outcomes) {
    sink *sink = instance;
    if (sink->phase == PHASE_PREPARED) {
        return refuse_second(sink, call, stream);
    }
    sink->phase = PHASE_IDLE;
    if (!buffer_set(&sink->stream, stream.data, stream.size)) {
        return no_memory(call);
    }
    bool rejected = false;
    spw_status status = begin(sink, call);
    if (status == SPW_OK) {
        status = sink_write(sink, call, input, outcomes, &rejected);
    }
    if (status != SPW_OK || rejected) {
        database_roll_back(&sink->database);
        sink->phase = rejected && status == SPW_OK ? PHASE_LOST : PHASE_IDLE;
        return status;
    }
    sink->phase = PHASE_PREPARED;
    return SPW_OK;
}

/* --- commit --- */

static spw_status write_mark(sink *sink, spw_call *call, spw_str stream, const spw_mark *mark) {
    sqlite3_stmt *statement = database_statement(&sink->database, call, STATEMENT_WRITE_MARK);
    if (!statement) {
        return SPW_FAILED;
    }
    sqlite3_bind_text(statement, 1, sink->table_key, -1, SQLITE_STATIC);
    sqlite3_bind_text64(statement, 2, stream.size ? stream.data : "", stream.size, SQLITE_STATIC,
                        SQLITE_UTF8);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)mark->sequence);
    sqlite3_bind_blob64(statement, 4, mark->data.size ? (const void *)mark->data.data : "",
                        mark->data.size, SQLITE_STATIC);
    int code = database_run(statement);
    return code == SQLITE_OK ? SPW_OK
                             : database_failed(&sink->database, call, code, "can't write the mark");
}

/* The transaction could not even get as far as COMMIT: nothing of it lasts. */
static spw_status give_up(sink *sink, spw_status status) {
    database_roll_back(&sink->database);
    sink->phase = PHASE_LOST;
    return status;
}

/*
 * COMMIT failed. A transaction that waits for a lock is still whole, and may be committed again;
 * its mark is taken back, so that position keeps to what lasts. A full disk undoes it. After
 * anything else only a new look at the file can tell.
 */
static spw_status commit_failed(sink *sink, spw_call *call, int code) {
    database *database = &sink->database;
    int primary = code & 0xFF;
    if ((primary == SQLITE_BUSY || primary == SQLITE_LOCKED) &&
        database_is_in_transaction(database)) {
        spw_status status = database_failed(database, call, code, "can't commit yet");
        sqlite3_stmt *undo = database->statements[STATEMENT_ROLLBACK_TO];
        return undo && database_run(undo) == SQLITE_OK ? status : give_up(sink, status);
    }
    if (primary == SQLITE_FULL) {
        return give_up(sink, database_failed(database, call, code, "can't commit"));
    }
    say_fail(call, SPW_SIGNAL_UNKNOWN_OUTCOME,
             "table %s of %s: it is not known whether the commit took place: %s (SQLite code %d)",
             database->table, database->path, sqlite3_errmsg(database->connection), code);
    database_close(database);
    sink->phase = PHASE_LOST;
    return SPW_FAILED;
}

static spw_status write_and_commit(sink *sink, spw_call *call, spw_str stream,
                                   const spw_mark *mark) {
    database *database = &sink->database;
    sqlite3_stmt *commit = database_statement(database, call, STATEMENT_COMMIT);
    sqlite3_stmt *undo = database_statement(database, call, STATEMENT_ROLLBACK_TO);
    if (!commit || !undo) {
        return give_up(sink, SPW_FAILED);
    }
    spw_status status = database_do(database, call, STATEMENT_SAVEPOINT, "can't begin the mark");
    status = status == SPW_OK ? write_mark(sink, call, stream, mark) : status;
    if (status != SPW_OK) {
        return give_up(sink, status);
    }
    int code = database_run(commit);
    if (code != SQLITE_OK) {
        return commit_failed(sink, call, code);
    }
    sink->phase = PHASE_IDLE;
    return SPW_OK;
}

static spw_status commit(void *instance, spw_call *call, spw_str stream, const spw_mark *mark) {
    sink *sink = instance;
    if (mark->sequence > INT64_MAX) {
        return say_invalid(call, "the mark's sequence is no int64");
    }
    if (sink->phase == PHASE_LOST) {
        return say_fail(call, SPW_SIGNAL_TRANSIENT,
                        "table %s of %s: nothing is prepared any more; prepare the batch again",
                        sink->database.table, sink->database.path);
    }
    if (sink->phase == PHASE_PREPARED) {
        return is_stream(sink, stream) ? write_and_commit(sink, call, stream, mark)
                                       : refuse_second(sink, call, stream);
    }
    spw_status status = begin(sink, call); /* no rows, but a mark */
    if (status != SPW_OK) {
        return status;
    }
    status = write_and_commit(sink, call, stream, mark);
    if (status != SPW_OK) {
        database_roll_back(&sink->database);
        sink->phase = PHASE_IDLE;
    }
    return status;
}

static spw_status abort_batch(void *instance, spw_call *call, spw_str stream) {
    sink *sink = instance;
    if (sink->phase == PHASE_PREPARED && !is_stream(sink, stream)) {
        return refuse_second(sink, call, stream);
    }
    database_roll_back(&sink->database);
    sink->phase = PHASE_IDLE;
    return SPW_OK;
}

static int32_t keyed(void *instance) {
    return ((sink *)instance)->columns.key_count > 0;
}

const spw_sink sink_table = {.size = sizeof(spw_sink),
                             .promise = SPW_SINK_POSITION,
                             .position = position,
                             .prepare = prepare,
                             .commit = commit,
                             .abort = abort_batch,
                             .keyed = keyed};

void sink_reset(sink *sink) {
    if (sink->phase != PHASE_PREPARED) {
        database_close(&sink->database);
    }
}

void sink_free(sink *sink) {
    database_free(&sink->database);
    row_close(&sink->row);
    columns_free(&sink->columns);
    free(sink->table_key);
    free(sink->stream.data);
    free(sink->mark.data);
    free(sink->key.data);
    free(sink);
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/json.h"
#include "../common/say.h"
#include "sink.h"

/* A record on its way into the table. */
typedef struct arrival {
    sink *sink;
    spw_call *call;
    const spw_record *record;
    sqlite3_int64 sequence;
    value rescued;
    uint8_t outcome;
} arrival;

/* SQLite result codes go up as they are; this one says that the call has failed already. */
enum { CALL_FAILED = -1 };

/* --- binding --- */

static sqlite3_stmt *statement_of(arrival *arrival, statement which) {
    return database_statement(&arrival->sink->database, arrival->call, which);
}

static int bind_columns(arrival *arrival, sqlite3_stmt *statement, bool keys_alone) {
    const columns *columns = &arrival->sink->columns;
    int code = SQLITE_OK;
    for (size_t i = 0; i < columns->count && code == SQLITE_OK; i++) {
        if (!keys_alone || columns->all[i].is_key) {
            code = value_bind(&arrival->sink->row.values[i], statement, (int)i + 1);
        }
    }
    return code;
}

static int bind_sequence(arrival *arrival, sqlite3_stmt *statement) {
    return sqlite3_bind_int64(statement, table_parameter_sequence(&arrival->sink->columns),
                              arrival->sequence);
}

static int bind_row(arrival *arrival, sqlite3_stmt *statement) {
    const columns *columns = &arrival->sink->columns;
    int code = bind_columns(arrival, statement, false);
    code = code == SQLITE_OK ? bind_sequence(arrival, statement) : code;
    if (code == SQLITE_OK) {
        code = value_bind(&arrival->rescued, statement, table_parameter_rescued(columns));
    }
    if (code == SQLITE_OK && columns->is_open) {
        code = value_bind(&arrival->sink->row.undeclared, statement,
                          table_parameter_undeclared(columns));
    }
    return code;
}

/* --- tombstones --- */

static size_t write_key_value(const value *value, char *to, size_t room) {
    switch (value->kind) {
    case VALUE_INTEGER:
        return (size_t)snprintf(to, room, "%lld", (long long)value->integer);
    case VALUE_REAL:
        return (size_t)snprintf(to, room, "%.17g", value->real);
    case VALUE_TEXT:
        return js_escape(value->text.data, value->text.size, to);
    case VALUE_NULL:
        break;
    }
    return 0;
}

/* The key's values as a JSON array; false: no memory. */
static bool write_key(sink *sink) {
    size_t needed = 8;
    for (size_t i = 0; i < sink->columns.count; i++) {
        const value *value = &sink->row.values[i];
        bool is_text = sink->columns.all[i].is_key && value->kind == VALUE_TEXT;
        needed += is_text ? JS_ESCAPED_MAX(value->text.size) + 1 : 32;
    }
    if (!buffer_make_room(&sink->key, needed)) {
        return false;
    }
    char *to = sink->key.data;
    size_t used = 0;
    for (size_t i = 0; i < sink->columns.count; i++) {
        if (sink->columns.all[i].is_key) {
            to[used] = used ? ',' : '[';
            used++;
            used += write_key_value(&sink->row.values[i], to + used, needed - used);
        }
    }
    to[used++] = ']';
    sink->key.size = used;
    return true;
}

/* A statement on this record's tombstone. */
static sqlite3_stmt *tombstone_statement(arrival *arrival, statement which) {
    sink *sink = arrival->sink;
    sqlite3_stmt *statement = statement_of(arrival, which);
    if (statement) {
        sqlite3_bind_text(statement, 1, sink->table_key, -1, SQLITE_STATIC);
        sqlite3_bind_text64(statement, 2, sink->key.data, sink->key.size, SQLITE_STATIC,
                            SQLITE_UTF8);
    }
    return statement;
}

/* Looks whether this key was deleted later than this record. Leaves the key written. */
static int find_newer_tombstone(arrival *arrival, bool *is_newer) {
    *is_newer = false;
    if (!write_key(arrival->sink)) {
        return SQLITE_NOMEM;
    }
    sqlite3_stmt *read = tombstone_statement(arrival, STATEMENT_READ_TOMBSTONE);
    if (!read) {
        return CALL_FAILED;
    }
    int code = sqlite3_step(read);
    *is_newer = code == SQLITE_ROW && sqlite3_column_int64(read, 0) > arrival->sequence;
    int reset = sqlite3_reset(read);
    return code == SQLITE_ROW || code == SQLITE_DONE ? reset : code;
}

static int remove_tombstone(arrival *arrival) {
    if (!arrival->sink->has_tombstones) {
        return SQLITE_OK;
    }
    sqlite3_stmt *statement = tombstone_statement(arrival, STATEMENT_REMOVE_TOMBSTONE);
    return statement ? database_run(statement) : CALL_FAILED;
}

static int write_tombstone(arrival *arrival) {
    sqlite3_stmt *statement = tombstone_statement(arrival, STATEMENT_WRITE_TOMBSTONE);
    if (!statement) {
        return CALL_FAILED;
    }
    sqlite3_bind_int64(statement, 3, arrival->sequence);
    arrival->sink->has_tombstones = true;
    return database_run(statement);
}

/* --- rows --- */

static int run_bound(arrival *arrival, statement which, bool whole_row) {
    sqlite3_stmt *statement = statement_of(arrival, which);
    if (!statement) {
        return CALL_FAILED;
    }
    int code = whole_row ? bind_row(arrival, statement) : bind_columns(arrival, statement, true);
    if (code == SQLITE_OK && which == STATEMENT_TOUCH) {
        code = bind_sequence(arrival, statement);
    }
    return code == SQLITE_OK ? database_run(statement) : code;
}

/* Inserts the row. SQLITE_DONE: its key is there already. */
static int insert(arrival *arrival) {
    int code = run_bound(arrival, STATEMENT_INSERT, true);
    if (code != SQLITE_OK) {
        return code;
    }
    if (!sqlite3_changes(arrival->sink->database.connection)) {
        return SQLITE_DONE;
    }
    arrival->outcome = SPW_OUTCOME_INSERTED;
    return remove_tombstone(arrival);
}

/* What the table has under the record's key. */
typedef struct present {
    bool is_there, is_equal;
    sqlite3_int64 sequence;
} present;

static bool is_equal(arrival *arrival, sqlite3_stmt *found) {
    const columns *columns = &arrival->sink->columns;
    for (size_t i = 0; i < columns->count; i++) {
        if (!columns->all[i].is_key &&
            !value_is_column(&arrival->sink->row.values[i], found, (int)i + 1)) {
            return false;
        }
    }
    int rescued = (int)columns->count + 1;
    return value_is_column(&arrival->rescued, found, rescued) &&
           (!columns->is_open ||
            value_is_column(&arrival->sink->row.undeclared, found, rescued + 1));
}

static int look(arrival *arrival, present *present) {
    sqlite3_stmt *select = statement_of(arrival, STATEMENT_SELECT);
    if (!select) {
        return CALL_FAILED;
    }
    int code = bind_columns(arrival, select, true);
    if (code != SQLITE_OK) {
        return code;
    }
    code = sqlite3_step(select);
    present->is_there = code == SQLITE_ROW;
    if (present->is_there) {
        present->sequence = sqlite3_column_int64(select, 0);
        present->is_equal = is_equal(arrival, select);
    }
    int reset = sqlite3_reset(select);
    return code == SQLITE_ROW || code == SQLITE_DONE ? reset : code;
}

static int change(arrival *arrival, const present *present) {
    if (present->sequence > arrival->sequence) {
        arrival->outcome = SPW_OUTCOME_SUPERSEDED;
        return SQLITE_OK;
    }
    arrival->outcome = present->is_equal ? SPW_OUTCOME_UNCHANGED : SPW_OUTCOME_UPDATED;
    if (!present->is_equal) {
        return run_bound(arrival, STATEMENT_UPDATE, true);
    }
    bool is_replay = present->sequence == arrival->sequence;
    return is_replay ? SQLITE_OK : run_bound(arrival, STATEMENT_TOUCH, false);
}

static int upsert_looking_first(arrival *arrival) {
    present present = {0};
    int code = look(arrival, &present);
    arrival->sink->expects_row = present.is_there;
    if (code != SQLITE_OK) {
        return code;
    }
    code = present.is_there ? change(arrival, &present) : insert(arrival);
    /* Absent, and yet there: two keys that the column's collation takes for one. */
    return code == SQLITE_DONE ? SQLITE_CONSTRAINT : code;
}

static int upsert(arrival *arrival) {
    if (arrival->sink->has_tombstones) {
        bool is_newer;
        int code = find_newer_tombstone(arrival, &is_newer);
        if (code != SQLITE_OK || is_newer) {
            arrival->outcome = SPW_OUTCOME_SUPERSEDED;
            return code;
        }
    }
    if (!arrival->sink->expects_row) {
        int code = insert(arrival);
        if (code != SQLITE_DONE) {
            return code;
        }
    }
    return upsert_looking_first(arrival);
}

static int remove_row(arrival *arrival) {
    bool is_newer;
    present present = {0};
    int code = find_newer_tombstone(arrival, &is_newer);
    if (code == SQLITE_OK && !is_newer) {
        code = look(arrival, &present);
    }
    if (code != SQLITE_OK) {
        return code;
    }
    if (is_newer || (present.is_there && present.sequence > arrival->sequence)) {
        arrival->outcome = SPW_OUTCOME_SUPERSEDED;
        return SQLITE_OK;
    }
    if (present.is_there) {
        code = run_bound(arrival, STATEMENT_REMOVE, false);
    }
    arrival->outcome = present.is_there ? SPW_OUTCOME_DELETED : SPW_OUTCOME_UNCHANGED;
    return code == SQLITE_OK ? write_tombstone(arrival) : code;
}

/* --- records --- */

static spw_status reject(arrival *arrival, uint32_t index, int32_t signal, spw_str pointer,
                         const char *reason) {
    arrival->outcome = SPW_OUTCOME_NONE;
    return arrival->call->event(arrival->call, &(spw_event){.size = sizeof(spw_event),
                                                            .kind = SPW_EVENT_REJECTED,
                                                            .index = index,
                                                            .signal = signal,
                                                            .pointer = pointer,
                                                            .reason = {reason, strlen(reason)}});
}

/* Does this code speak of the record alone, not of the database? */
static bool is_about_record(int code) {
    code &= 0xFF;
    return code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH || code == SQLITE_TOOBIG;
}

static spw_status write_record(arrival *arrival, const spw_input *input, uint32_t index,
                               bool *rejected) {
    sink *sink = arrival->sink;
    const spw_record *record = arrival->record;
    bool is_delete = record->operation == SPW_DELETE;
    const char *bytes = (const char *)input->bytes.data + record->offset;
    spw_status status = row_read(&sink->row, bytes, record->length, is_delete);
    if (status == SPW_OVER_BUDGET) {
        return say_fail(arrival->call, SPW_SIGNAL_OVER_BUDGET,
                        "no memory to read a record of %llu bytes",
                        (unsigned long long)record->length);
    }
    if (status == SPW_OK && is_delete && !sink->columns.key_count) {
        *rejected = true;
        return reject(arrival, index, SPW_SIGNAL_SCHEMA_DRIFT, (spw_str){NULL, 0},
                      "a delete, but the contract names no x-key");
    }
    if (status != SPW_OK) {
        *rejected = true;
        return reject(arrival, index, sink->row.misfit.signal, sink->row.misfit.pointer,
                      sink->row.misfit.reason);
    }
    int code = !sink->columns.key_count ? insert(arrival)
               : is_delete              ? remove_row(arrival)
                                        : upsert(arrival);
    if (is_about_record(code)) {
        *rejected = true;
        return reject(arrival, index, SPW_SIGNAL_SCHEMA_DRIFT, (spw_str){NULL, 0},
                      sqlite3_errmsg(sink->database.connection));
    }
    return code == SQLITE_OK ? SPW_OK
           : code == CALL_FAILED
               ? SPW_FAILED
               : database_failed(&sink->database, arrival->call, code, "can't write");
}

static spw_status check_record(spw_call *call, const spw_input *input, uint32_t index) {
    const spw_record *record = &input->records[index];
    bool lies_within =
        record->offset <= input->bytes.size && record->length <= input->bytes.size - record->offset;
    if (lies_within && record->sequence <= INT64_MAX) {
        return SPW_OK;
    }
    return say_invalid(call, "record %u lies outside the input, or its sequence is no int64",
                       index);
}

static spw_status see_tombstones(sink *sink, spw_call *call) {
    sqlite3_stmt *statement = database_statement(&sink->database, call, STATEMENT_HAS_TOMBSTONES);
    if (!statement || !sink->columns.key_count) {
        sink->has_tombstones = false;
        return statement ? SPW_OK : SPW_FAILED;
    }
    sqlite3_bind_text(statement, 1, sink->table_key, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    sink->has_tombstones = code == SQLITE_ROW;
    sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE
               ? SPW_OK
               : database_failed(&sink->database, call, code, "can't read the tombstones");
}

spw_status sink_write(sink *sink, spw_call *call, const spw_input *input, uint8_t *outcomes,
                      bool *rejected) {
    spw_status status = see_tombstones(sink, call);
    for (uint32_t i = 0; i < input->record_count && status == SPW_OK; i++) {
        const spw_record *record = &input->records[i];
        status = i % 256 == 255 && call->cancelled(call)
                     ? say_fail(call, SPW_SIGNAL_TIMEOUT, "writing %u records took too long",
                                input->record_count)
                     : check_record(call, input, i);
        if (status != SPW_OK) {
            break;
        }
        arrival arrival = {.sink = sink, .call = call, .record = record};
        arrival.sequence = (sqlite3_int64)record->sequence;
        arrival.rescued =
            record->rescued.size
                ? (value){.kind = VALUE_TEXT, .text = {record->rescued.data, record->rescued.size}}
                : (value){.kind = VALUE_NULL};
        status = write_record(&arrival, input, i, rejected);
        outcomes[i] = arrival.outcome;
        /* A conflict clause of the table's own may have rolled all back. */
        if (status == SPW_OK && *rejected && !database_is_in_transaction(&sink->database)) {
            break;
        }
    }
    return status;
}

#include "table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int table_parameter_sequence(const columns *columns) {
    return (int)columns->count + 1;
}

int table_parameter_rescued(const columns *columns) {
    return (int)columns->count + 2;
}

int table_parameter_undeclared(const columns *columns) {
    return (int)columns->count + 3;
}

/* --- statements --- */

static void add_parameter(text *text, int number) {
    char digits[16];
    snprintf(digits, sizeof digits, "?%d", number);
    text_add(text, digits);
}

/* Names of all columns, in the order of the parameters. */
static void add_names(text *text, const columns *columns) {
    for (size_t i = 0; i < columns->count; i++) {
        text_add_name(text, columns->all[i].name);
        text_add(text, ",");
    }
    text_add(text, COLUMN_SEQUENCE "," COLUMN_RESCUED);
    text_add(text, columns->is_open ? "," COLUMN_UNDECLARED : "");
}

static int parameter_count(const columns *columns) {
    return (int)columns->count + 2 + columns->is_open;
}

static void add_key_names(text *text, const columns *columns) {
    const char *between = "";
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->all[i].is_key) {
            text_add(text, between);
            text_add_name(text, columns->all[i].name);
            between = ",";
        }
    }
}

static void add_where_key(text *text, const columns *columns) {
    const char *between = " WHERE ";
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->all[i].is_key) {
            text_add(text, between);
            text_add_name(text, columns->all[i].name);
            text_add(text, "=");
            add_parameter(text, (int)i + 1);
            between = " AND ";
        }
    }
}

/* A uint64 has no declared type: a numeric one would turn large values into REAL. */
static const char *declared_type(column_kind kind) {
    switch (kind) {
    case COLUMN_INTEGER:
    case COLUMN_BOOLEAN:
        return " INTEGER";
    case COLUMN_NUMBER:
        return " REAL";
    case COLUMN_UINT64:
        return "";
    default:
        return " TEXT";
    }
}

static void write_create(text *text, const char *table, const columns *columns) {
    text_add(text, "CREATE TABLE IF NOT EXISTS ");
    text_add_name(text, table);
    text_add(text, "(");
    for (size_t i = 0; i < columns->count; i++) {
        text_add_name(text, columns->all[i].name);
        text_add(text, declared_type(columns->all[i].kind));
        text_add(text, columns->all[i].is_key ? " NOT NULL," : ",");
    }
    text_add(text, COLUMN_SEQUENCE " INTEGER," COLUMN_RESCUED " TEXT");
    text_add(text, columns->is_open ? "," COLUMN_UNDECLARED " TEXT" : "");
    if (columns->key_count) {
        text_add(text, ",PRIMARY KEY(");
        add_key_names(text, columns);
        text_add(text, ")");
    }
    text_add(text, ")");
}

static void write_insert(text *text, const char *table, const columns *columns) {
    text_add(text, "INSERT INTO ");
    text_add_name(text, table);
    text_add(text, "(");
    add_names(text, columns);
    text_add(text, ")VALUES(");
    for (int i = 1; i <= parameter_count(columns); i++) {
        text_add(text, i == 1 ? "" : ",");
        add_parameter(text, i);
    }
    text_add(text, ")");
    if (columns->key_count) {
        text_add(text, "ON CONFLICT(");
        add_key_names(text, columns);
        text_add(text, ")DO NOTHING");
    }
}

static void write_select(text *text, const char *table, const columns *columns) {
    text_add(text, "SELECT " COLUMN_SEQUENCE ",");
    for (size_t i = 0; i < columns->count; i++) {
        text_add_name(text, columns->all[i].name);
        text_add(text, ",");
    }
    text_add(text, COLUMN_RESCUED);
    text_add(text, columns->is_open ? "," COLUMN_UNDECLARED : "");
    text_add(text, " FROM ");
    text_add_name(text, table);
    add_where_key(text, columns);
}

static void add_assignment(text *text, const char *name, int parameter) {
    text_add_name(text, name);
    text_add(text, "=");
    add_parameter(text, parameter);
}

static void write_update(text *text, const char *table, const columns *columns, bool is_touch) {
    text_add(text, "UPDATE ");
    text_add_name(text, table);
    text_add(text, " SET ");
    add_assignment(text, COLUMN_SEQUENCE, table_parameter_sequence(columns));
    for (size_t i = 0; i < columns->count && !is_touch; i++) {
        if (!columns->all[i].is_key) {
            text_add(text, ",");
            add_assignment(text, columns->all[i].name, (int)i + 1);
        }
    }
    if (!is_touch) {
        text_add(text, ",");
        add_assignment(text, COLUMN_RESCUED, table_parameter_rescued(columns));
    }
    if (!is_touch && columns->is_open) {
        text_add(text, ",");
        add_assignment(text, COLUMN_UNDECLARED, table_parameter_undeclared(columns));
    }
    add_where_key(text, columns);
}

bool table_write_sql(const char *table, const columns *columns, table_sql *sql) {
    *sql = (table_sql){0};
    write_create(&sql->create, table, columns);
    write_insert(&sql->insert, table, columns);
    write_select(&sql->select, table, columns);
    write_update(&sql->update, table, columns, false);
    write_update(&sql->touch, table, columns, true);
    text_add(&sql->remove, "DELETE FROM ");
    text_add_name(&sql->remove, table);
    add_where_key(&sql->remove, columns);
    return !(sql->create.no_memory || sql->insert.no_memory || sql->select.no_memory ||
             sql->update.no_memory || sql->touch.no_memory || sql->remove.no_memory);
}

void table_free_sql(table_sql *sql) {
    text_free(&sql->create);
    text_free(&sql->insert);
    text_free(&sql->select);
    text_free(&sql->update);
    text_free(&sql->touch);
    text_free(&sql->remove);
}

/* --- a table that is there --- */

typedef enum affinity { INTEGER_LIKE, TEXT_LIKE, AS_IT_IS, REAL_LIKE, NUMERIC_LIKE } affinity;

/* By the rules of https://sqlite.org/datatype3.html, 3.1. */
static affinity affinity_of(const char *type) {
    static const struct {
        const char *part;
        affinity affinity;
    } rules[] = {{"INT", INTEGER_LIKE}, {"CHAR", TEXT_LIKE}, {"CLOB", TEXT_LIKE},
                 {"TEXT", TEXT_LIKE},   {"BLOB", AS_IT_IS},  {"REAL", REAL_LIKE},
                 {"FLOA", REAL_LIKE},   {"DOUB", REAL_LIKE}};
    if (!type || !*type) {
        return AS_IT_IS;
    }
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcasestr(type, rules[i].part)) {
            return rules[i].affinity;
        }
    }
    return NUMERIC_LIKE;
}

/* Does a column of this affinity keep the values as they are? */
static bool keeps(affinity affinity, const column *column) {
    switch (column->kind) {
    case COLUMN_INTEGER:
    case COLUMN_BOOLEAN:
        return affinity == INTEGER_LIKE || affinity == NUMERIC_LIKE || affinity == AS_IT_IS;
    case COLUMN_UINT64:
        return affinity == AS_IT_IS;
    case COLUMN_NUMBER:
        return affinity == REAL_LIKE || affinity == AS_IT_IS || affinity == NUMERIC_LIKE;
    case COLUMN_TEXT:
        return affinity == TEXT_LIKE || affinity == AS_IT_IS || !column->may_look_like_number;
    case COLUMN_ARRAY:
    case COLUMN_OBJECT:
    case COLUMN_ANY:
        break;
    }
    return affinity == TEXT_LIKE || affinity == AS_IT_IS;
}

typedef struct inspection {
    sqlite3_stmt *rows; /* name, type, must be given, hidden */
    const columns *columns;
    text *why;
} inspection;

static void complain(inspection *inspection, const char *name, const char *what) {
    text_add(inspection->why, inspection->why->size ? "; " : "");
    text_add(inspection->why, "column ");
    text_add_name(inspection->why, name);
    text_add(inspection->why, what);
}

/* One column that the table has; `wanted` is NULL for the sink's own. */
static void inspect_column(inspection *inspection, const char *name, const column *wanted) {
    if (sqlite3_column_int(inspection->rows, 3) != 0) {
        complain(inspection, name, " is a generated one and can't be written");
        return;
    }
    const char *type = (const char *)sqlite3_column_text(inspection->rows, 1);
    if (wanted && !keeps(affinity_of(type), wanted)) {
        complain(inspection, name, " has the type ");
        text_add(inspection->why, type ? type : "");
        text_add(inspection->why, ", which does not keep ");
        text_add(inspection->why,
                 wanted->kind >= COLUMN_ARRAY ? "JSON text" : column_kind_name(wanted->kind));
        text_add(inspection->why, " as it is");
    }
}

/* Steps to the row of this name; an SQLite result code. */
static int find_row(sqlite3_stmt *rows, const char *name) {
    int code;
    sqlite3_reset(rows);
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        if (sqlite3_stricmp((const char *)sqlite3_column_text(rows, 0), name) == 0) {
            return SQLITE_ROW;
        }
    }
    return code;
}

static int inspect_name(inspection *inspection, const char *name, const column *wanted) {
    int code = find_row(inspection->rows, name);
    if (code == SQLITE_ROW) {
        inspect_column(inspection, name, wanted);
    } else if (code == SQLITE_DONE) {
        complain(inspection, name, " is missing");
    }
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static bool is_known(const columns *columns, const char *name) {
    for (size_t i = 0; i < columns->count; i++) {
        if (sqlite3_stricmp(columns->all[i].name, name) == 0) {
            return true;
        }
    }
    return sqlite3_stricmp(name, COLUMN_SEQUENCE) == 0 ||
           sqlite3_stricmp(name, COLUMN_RESCUED) == 0 ||
           (columns->is_open && sqlite3_stricmp(name, COLUMN_UNDECLARED) == 0);
}

/* Columns that the sink does not write have to do without a value. */
static int inspect_others(inspection *inspection) {
    int code;
    sqlite3_reset(inspection->rows);
    while ((code = sqlite3_step(inspection->rows)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(inspection->rows, 0);
        bool must_be_given = sqlite3_column_int(inspection->rows, 2) != 0;
        if (name && must_be_given && !is_known(inspection->columns, name)) {
            complain(inspection, name, " is NOT NULL without a default, and not in the contract");
        }
    }
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int inspect_all(inspection *inspection) {
    const columns *columns = inspection->columns;
    int code = SQLITE_OK;
    for (size_t i = 0; i < columns->count && code == SQLITE_OK; i++) {
        code = inspect_name(inspection, columns->all[i].name, &columns->all[i]);
    }
    const char *const own[] = {COLUMN_SEQUENCE, COLUMN_RESCUED, COLUMN_UNDECLARED};
    for (size_t i = 0; i < 2 + (size_t)columns->is_open && code == SQLITE_OK; i++) {
        code = inspect_name(inspection, own[i], NULL);
    }
    return code == SQLITE_OK ? inspect_others(inspection) : code;
}

int table_inspect(sqlite3 *database, const char *table, const columns *columns, table_state *state,
                  text *why) {
    inspection inspection = {.columns = columns, .why = why};
    const char *sql = "SELECT name,type,\"notnull\" AND dflt_value IS NULL AND NOT pk,hidden "
                      "FROM pragma_table_xinfo(?1)";
    int code = sqlite3_prepare_v2(database, sql, -1, &inspection.rows, NULL);
    if (code != SQLITE_OK) {
        return code;
    }
    sqlite3_bind_text(inspection.rows, 1, table, -1, SQLITE_STATIC);
    code = sqlite3_step(inspection.rows);
    *state = TABLE_ABSENT;
    if (code == SQLITE_ROW) {
        code = inspect_all(&inspection);
        *state = why->size ? TABLE_DIFFERS : TABLE_FITS;
    } else if (code == SQLITE_DONE) {
        code = SQLITE_OK;
    }
    sqlite3_finalize(inspection.rows);
    return code;
}

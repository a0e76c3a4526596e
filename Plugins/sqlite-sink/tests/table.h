/*
 * A sink on a database of the test's own, calls on it in one line each, and a look at the tables by
 * SQLite itself.
 */
#ifndef TEST_TABLE_H
#define TEST_TABLE_H

#include <ftw.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit.h"

/* Records are written in short: what is left out is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define KEYED                                                                                      \
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"                         \
    "\"id\":{\"type\":\"string\",\"x-key\":true},\"n\":{\"type\":\"integer\"},"                    \
    "\"t\":{\"type\":[\"string\",\"null\"]}}}"
#define APPENDED                                                                                   \
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"                         \
    "\"id\":{\"type\":\"string\"},\"n\":{\"type\":\"integer\"}}}"

static kit_plugin plugin;
static char folder[64], database_path[128], options[256];

typedef struct target {
    kit_instance kit;
    const spw_sink *sink;
    uint8_t outcomes[4096];
} target;

__attribute__((unused)) static void new_folder(void) {
    strcpy(folder, "/tmp/spillway-sqlite-XXXXXX");
    CHECK(mkdtemp(folder));
    snprintf(database_path, sizeof database_path, "%s/target.db", folder);
    snprintf(options, sizeof options, "{\"path\":\"%s\",\"table\":\"rows\"}", database_path);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *ftw) {
    (void)status, (void)kind, (void)ftw;
    return remove(path);
}

__attribute__((unused)) static void end_folder(void) {
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static target open_target(const char *contract) {
    target made = {.kit = kit_open(&plugin, SPW_SINK, "table", options, contract, NULL)};
    made.sink = made.kit.table;
    return made;
}

__attribute__((unused)) static target new_target(const char *contract) {
    new_folder();
    return open_target(contract);
}

__attribute__((unused)) static void end_target(target *target) {
    kit_close(&target->kit);
    end_folder();
}

static const char *why(const target *target) {
    static char text[4200];
    spw_str message = spw_frame_message(target->kit.frame);
    snprintf(text, sizeof text, "signal %d: %.*s", spw_frame_signal(target->kit.frame),
             (int)message.size, message.size ? message.data : "");
    return text;
}

__attribute__((unused)) static int32_t signal_of(const target *target) {
    return spw_frame_signal(target->kit.frame);
}

/* One record; operation, sequence and rescued as in spw_record. */
typedef struct sent {
    const char *json;
    uint64_t sequence;
    int32_t operation;
    const char *rescued;
} sent;

static spw_status prepare_stream(target *target, const char *stream, const sent *records,
                                 size_t count) {
    const char *texts[4096] = {NULL};
    for (size_t i = 0; i < count; i++) {
        texts[i] = records[i].json;
    }
    spw_input input = kit_input(texts, count);
    spw_record *table = (spw_record *)(uintptr_t)input.records;
    for (size_t i = 0; i < count; i++) {
        table[i].sequence = records[i].sequence ? records[i].sequence : i + 1;
        table[i].operation = records[i].operation;
        table[i].rescued = kit_str(records[i].rescued ? records[i].rescued : "");
    }
    memset(target->outcomes, 0, count);
    spw_status status =
        target->sink->prepare(target->kit.instance, kit_begin(&target->kit, (uint32_t)count),
                              kit_str(stream), &input, target->outcomes);
    kit_input_free(&input);
    return status;
}

static spw_status commit_stream(target *target, const char *stream, uint64_t sequence,
                                const char *data) {
    spw_mark mark = {
        .size = sizeof mark, .sequence = sequence, .data = kit_bytes(data, strlen(data))};
    return target->sink->commit(target->kit.instance, kit_begin(&target->kit, 0), kit_str(stream),
                                &mark);
}

__attribute__((unused)) static spw_status abort_stream(target *target, const char *stream) {
    return target->sink->abort(target->kit.instance, kit_begin(&target->kit, 0), kit_str(stream));
}

/* The mark's sequence; -1: none. */
__attribute__((unused)) static int64_t position_of(target *target, const char *stream) {
    spw_mark mark = {.size = sizeof mark};
    spw_status status = target->sink->position(target->kit.instance, kit_begin(&target->kit, 0),
                                               kit_str(stream), &mark);
    CHECK(status == SPW_OK || status == SPW_END, "%d: %s", status, why(target));
    return status == SPW_END ? -1 : (int64_t)mark.sequence;
}

/* Prepares and commits; the outcomes have to be these, a letter each: i u = d s, and - for none. */
__attribute__((unused)) static void deliver(target *target, const sent *records, size_t count,
                                            const char *wanted) {
    static uint64_t mark;
    spw_status status = prepare_stream(target, "s", records, count);
    CHECK(status == SPW_OK, "%s", why(target));
    for (size_t i = 0; i < count; i++) {
        char got = "-iu=ds"[target->outcomes[i]];
        CHECK(got == wanted[i], "record %zu, %s: outcome %c, not %c", i, records[i].json, got,
              wanted[i]);
    }
    status = commit_stream(target, "s", ++mark, "data");
    CHECK(status == SPW_OK, "%s", why(target));
}

#define DELIVER(target, wanted, ...)                                                               \
    deliver(target, (const sent[]){__VA_ARGS__}, strlen(wanted), wanted)

/* What a query answers, values by '|', rows by ';', NULL as "NULL". */
__attribute__((unused)) static const char *query(const char *sql) {
    static char text[65536];
    sqlite3 *database;
    sqlite3_stmt *rows;
    size_t used = 0;
    CHECK(sqlite3_open_v2(database_path, &database, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
    sqlite3_busy_timeout(database, 5000);
    CHECK(sqlite3_prepare_v2(database, sql, -1, &rows, NULL) == SQLITE_OK, "%s: %s", sql,
          sqlite3_errmsg(database));
    text[0] = 0;
    int code;
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            const char *value = (const char *)sqlite3_column_text(rows, i);
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                     i      ? "|"
                                     : used ? ";"
                                            : "",
                                     value ? value : "NULL");
        }
    }
    CHECK(code == SQLITE_DONE, "%s", sqlite3_errmsg(database));
    sqlite3_finalize(rows);
    CHECK(sqlite3_close(database) == SQLITE_OK);
    return text;
}

__attribute__((unused)) static void execute(const char *sql) {
    sqlite3 *database;
    CHECK(sqlite3_open(database_path, &database) == SQLITE_OK);
    CHECK(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
          sqlite3_errmsg(database));
    CHECK(sqlite3_close(database) == SQLITE_OK);
}

#define CHECK_QUERY(sql, wanted)                                                                   \
    do {                                                                                           \
        const char *got_ = query(sql);                                                             \
        CHECK(strcmp(got_, wanted) == 0, "%s:\n  %s\nwhere\n  %s\nshould be", sql, got_, wanted);  \
    } while (0)

#endif

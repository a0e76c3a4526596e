/*
 * For the tests of file sources: reads a source to its end, remembers every record with its key,
 * its raw bytes and the position after it, and compares such readings.
 */
#ifndef SPILLWAY_PLUGINS_SOURCE_TEST_H
#define SPILLWAY_PLUGINS_SOURCE_TEST_H

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../Tests/PluginKit/kit.h"

typedef struct seen_record {
    char *key, *bytes, *raw, *reason; /* reason: NULL when it was not rejected */
    size_t size, raw_size;
    int32_t signal;
    char *position; /* after its batch */
    bool last;      /* of its batch */
} seen_record;

typedef struct seen {
    seen_record *records;
    size_t count;
    spw_status status; /* of the last call */
    char *message;
    int32_t signal;
} seen;

static kit_plugin tested;
static char folder[64];

__attribute__((unused)) static void seen_free(seen *all) {
    for (size_t i = 0; i < all->count; i++) {
        seen_record *record = &all->records[i];
        free(record->key);
        free(record->bytes);
        free(record->raw);
        free(record->reason);
        free(record->position);
    }
    free(all->records);
    free(all->message);
    *all = (seen){0};
}

static char *copy_bytes(const void *data, size_t size) {
    char *copy = malloc(size + 1);
    CHECK(copy);
    if (size) {
        memcpy(copy, data, size);
    }
    copy[size] = 0;
    return copy;
}

static void see_rejects(kit_instance *source, seen_record *records) {
    size_t count;
    const spw_event *events = spw_frame_events(source->frame, &count);
    for (size_t i = 0; i < count; i++) {
        CHECK(events[i].kind == SPW_EVENT_REJECTED && events[i].pointer.size == 0);
        seen_record *record = &records[events[i].index];
        CHECK(!record->reason, "rejected twice");
        record->reason = copy_bytes(events[i].reason.data, events[i].reason.size);
        record->signal = events[i].signal;
    }
}

static void see_record(const spw_batch *batch, uint32_t index, seen_record *into) {
    const spw_input *input = &batch->input;
    const spw_record *record = &input->records[index];
    CHECK(record->ordinal == index && record->sequence == 0 && record->operation == SPW_UPSERT);
    CHECK(record->offset + record->length <= input->bytes.size);
    *into = (seen_record){.key = copy_bytes(record->key.data, record->key.size),
                          .bytes = copy_bytes(input->bytes.data + record->offset, record->length),
                          .size = record->length,
                          .position = copy_bytes(batch->position.data, batch->position.size),
                          .last = index + 1 == input->record_count};
    if (!record->raw_length) {
        into->raw = copy_bytes(into->bytes, into->size);
        into->raw_size = into->size;
        return;
    }
    CHECK(record->raw_offset + record->raw_length <= input->raw.size);
    into->raw_size = input->raw_prefix.size + record->raw_length;
    into->raw = malloc(into->raw_size + 1);
    if (input->raw_prefix.size) {
        memcpy(into->raw, input->raw_prefix.data, input->raw_prefix.size);
    }
    memcpy(into->raw + input->raw_prefix.size, input->raw.data + record->raw_offset,
           record->raw_length);
    into->raw[into->raw_size] = 0;
}

static void see_batch(kit_instance *source, const spw_batch *batch, seen *all) {
    uint32_t count = batch->input.record_count;
    CHECK(count > 0 && batch->input.bytes.data &&
          kit_equal(batch->input.media_type, "application/json"));
    all->records = realloc(all->records, (all->count + count) * sizeof(seen_record));
    for (uint32_t i = 0; i < count; i++) {
        see_record(batch, i, &all->records[all->count + i]);
    }
    see_rejects(source, all->records + all->count);
    CHECK(spw_frame_violation(source->frame).size == 0);
    all->count += count;
    ((const spw_source *)source->table)->release(source->instance, batch->token);
}

static spw_status see_next(kit_instance *source, seen *all, uint32_t max_records,
                           uint64_t max_bytes) {
    const spw_source *table = source->table;
    spw_batch batch = {.size = sizeof batch};
    spw_call *call = kit_begin(source, 1 << 20);
    spw_status status = table->next(source->instance, call, max_records, max_bytes, &batch);
    if (status == SPW_OK) {
        CHECK(batch.input.record_count <= max_records);
        see_batch(source, &batch, all);
    } else {
        spw_str message = spw_frame_message(source->frame);
        free(all->message);
        all->message = copy_bytes(message.data, message.size);
        all->signal = spw_frame_signal(source->frame);
    }
    all->status = status;
    return status;
}

static kit_instance start_source(const char *options, const char *position) {
    kit_instance source = kit_open(&tested, SPW_SOURCE, "in", options, NULL, NULL);
    const spw_source *table = source.table;
    spw_status status = table->assign(source.instance, kit_begin(&source, 0), kit_str(""),
                                      kit_bytes(position, position ? strlen(position) : 0));
    spw_str why = spw_frame_message(source.frame);
    CHECK(status == SPW_OK, "assign: %.*s", (int)why.size, why.data);
    return source;
}

/* Everything after `position`, to the end or to the first failure. */
__attribute__((unused)) static seen read_all(const char *options, const char *position,
                                             uint32_t max_records, uint64_t max_bytes) {
    kit_instance source = start_source(options, position);
    seen all = {0};
    while (see_next(&source, &all, max_records, max_bytes) == SPW_OK) {
    }
    kit_close(&source);
    return all;
}

static void check_same(const seen_record *left, const seen_record *right) {
    CHECK(strcmp(left->key, right->key) == 0, "%s, %s", left->key, right->key);
    CHECK(left->size == right->size && memcmp(left->bytes, right->bytes, left->size) == 0, "%s",
          left->key);
    CHECK(left->raw_size == right->raw_size && memcmp(left->raw, right->raw, left->raw_size) == 0,
          "%s", left->key);
    CHECK(left->signal == right->signal && !left->reason == !right->reason, "%s", left->key);
    CHECK(!left->reason || strcmp(left->reason, right->reason) == 0, "%s: %s", left->reason,
          right->reason);
}

/* Two readings, the second one of what follows record `from` of the first. */
static void check_same_from(const seen *whole, size_t from, const seen *rest) {
    CHECK(rest->status == whole->status, "%d: %s", rest->status, rest->message);
    CHECK(rest->count == whole->count - from, "%zu of %zu after %zu", rest->count, whole->count,
          from);
    for (size_t i = 0; i < rest->count; i++) {
        check_same(&whole->records[from + i], &rest->records[i]);
    }
}

/* Stops after each `every`th batch of one record, goes on with other batch sizes: the same records
 * under the same keys. A state as it is after everything was read changes nothing either. */
__attribute__((unused)) static void check_restarts(const char *options, size_t every) {
    kit_state_clear();
    seen whole = read_all(options, NULL, 1, 1 << 20);
    static const struct {
        uint32_t records;
        uint64_t bytes;
    } sizes[] = {{2, 1 << 20}, {7, 1 << 20}, {1000, 1}, {1000, 100}, {100000, 1 << 30}};
    size_t at_size = 0;
    for (size_t i = 0; i <= whole.count; i += every, at_size++) {
        const char *position = i ? whole.records[i - 1].position : NULL;
        seen rest =
            read_all(options, position, sizes[at_size % 5].records, sizes[at_size % 5].bytes);
        check_same_from(&whole, i, &rest);
        seen_free(&rest);
    }
    seen_free(&whole);
}

/* Raw bytes of each record, parsed, give the record again. */
__attribute__((unused)) static seen parse_raw(kit_instance *source, const char *key,
                                              const char *raw, size_t size) {
    const spw_source *table = source->table;
    spw_batch batch = {.size = sizeof batch};
    seen all = {0};
    all.status = table->parse(source->instance, kit_begin(source, 1 << 20), kit_str(key),
                              kit_str("x"), kit_bytes(raw, size), &batch);
    spw_str why = spw_frame_message(source->frame);
    CHECK(all.status == SPW_OK, "parse: %.*s", (int)why.size, why.data);
    see_batch(source, &batch, &all);
    return all;
}

__attribute__((unused)) static void check_parse(kit_instance *source, const seen_record *record) {
    seen parsed = parse_raw(source, record->key, record->raw, record->raw_size);
    CHECK(parsed.count == 1, "%s", record->key);
    CHECK(strcmp(parsed.records[0].key, record->key) == 0);
    CHECK(parsed.records[0].size == record->size &&
          memcmp(parsed.records[0].bytes, record->bytes, record->size) == 0);
    CHECK(!parsed.records[0].reason == !record->reason &&
              parsed.records[0].signal == record->signal,
          "%s", record->key);
    seen_free(&parsed);
}

/* --- files --- */

__attribute__((unused)) static const char *place(const char *name) {
    static char room[4][256];
    static int at;
    at = (at + 1) % 4;
    snprintf(room[at], sizeof room[at], "%s/%s", folder, name);
    return room[at];
}

__attribute__((unused)) static void write_bytes(const char *name, const void *data, size_t size,
                                                const char *mode) {
    FILE *file = fopen(place(name), mode);
    CHECK(file, "%s", place(name));
    CHECK(fwrite(data, 1, size, file) == size && fclose(file) == 0);
}
#define write_file(name, text) write_bytes(name, text, strlen(text), "wb")
#define append_file(name, text) write_bytes(name, text, strlen(text), "ab")

/* {"files":"<folder>/<glob>"<more>}, in one of a few static rooms. */
__attribute__((unused)) static const char *options_for(const char *glob, const char *more) {
    static char room[4][512];
    static int at;
    at = (at + 1) % 4;
    snprintf(room[at], sizeof room[at], "{\"files\":\"%s/%s\"%s}", folder, glob, more);
    return room[at];
}

static void empty_folder(void) {
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s' && mkdir '%s'", folder, folder);
    CHECK(system(command) == 0);
    kit_state_clear();
}

__attribute__((unused)) static void begin_tests(const char *library) {
    tested = kit_load(library);
    snprintf(folder, sizeof folder, "/tmp/spillway-source-XXXXXX");
    CHECK(mkdtemp(folder));
}

__attribute__((unused)) static void end_tests(void) {
    empty_folder();
    CHECK(rmdir(folder) == 0);
}

/* What kit_open says to wrong options. */
__attribute__((unused)) static void check_invalid(const char *options, const char *says) {
    char *error = NULL;
    kit_instance source = kit_open(&tested, SPW_SOURCE, "in", options, NULL, &error);
    CHECK(error && strstr(error, says), "%s: %s", options, error ? error : "taken");
    free(error);
    kit_close(&source);
}

__attribute__((unused)) static void check_key(const seen *all, size_t index, const char *key,
                                              const char *bytes) {
    CHECK(index < all->count, "%s", key);
    CHECK(strcmp(all->records[index].key, key) == 0, "%s", all->records[index].key);
    CHECK(strcmp(all->records[index].bytes, bytes) == 0, "%s: %s", key, all->records[index].bytes);
}

#endif

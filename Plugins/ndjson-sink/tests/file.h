/*
 * A sink on a file of the test's own, and calls on it in one line each.
 */
#ifndef TEST_FILE_H
#define TEST_FILE_H

#include <ftw.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit.h"

/* Records are written in short: what is left out is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static kit_plugin plugin;
static char folder[64], path[128], mark_path[160], options[256];

typedef struct target {
    kit_instance kit;
    const spw_sink *sink;
    uint8_t outcomes[1024];
} target;

static void new_folder(void) {
    strcpy(folder, "/tmp/spillway-ndjson-XXXXXX");
    CHECK(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.ndjson", folder);
    snprintf(mark_path, sizeof mark_path, "%s.mark", path);
    snprintf(options, sizeof options, "{\"path\":\"%s\"}", path);
}

static int remove_entry(const char *entry, const struct stat *status, int kind, struct FTW *ftw) {
    (void)status, (void)kind, (void)ftw;
    return remove(entry);
}

static void end_folder(void) {
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static target open_target(void) {
    target made = {.kit = kit_open(&plugin, SPW_SINK, "lines", options, NULL, NULL)};
    made.sink = made.kit.table;
    return made;
}

static target new_target(void) {
    new_folder();
    return open_target();
}

static void end_target(target *target) {
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

static int32_t signal_of(const target *target) {
    return spw_frame_signal(target->kit.frame);
}

typedef struct sent {
    const char *json;
    const char *rescued;
    int32_t operation;
} sent;

static spw_status prepare_stream(target *target, const char *stream, const sent *records,
                                 size_t count) {
    const char *texts[1024] = {NULL};
    for (size_t i = 0; i < count; i++) {
        texts[i] = records[i].json;
    }
    spw_input input = kit_input(texts, count);
    spw_record *table = (spw_record *)(uintptr_t)input.records;
    for (size_t i = 0; i < count; i++) {
        table[i].rescued = kit_str(records[i].rescued ? records[i].rescued : "");
        table[i].operation = records[i].operation;
    }
    memset(target->outcomes, 0, sizeof target->outcomes);
    spw_status status =
        target->sink->prepare(target->kit.instance, kit_begin(&target->kit, (uint32_t)count),
                              kit_str(stream), &input, target->outcomes);
    kit_input_free(&input);
    return status;
}

static spw_status commit_stream(target *target, const char *stream, uint64_t sequence) {
    spw_mark mark = {.size = sizeof mark, .sequence = sequence, .data = kit_bytes("\0data\n", 6)};
    return target->sink->commit(target->kit.instance, kit_begin(&target->kit, 0), kit_str(stream),
                                &mark);
}

static spw_status abort_stream(target *target, const char *stream) {
    return target->sink->abort(target->kit.instance, kit_begin(&target->kit, 0), kit_str(stream));
}

static spw_status ask_position(target *target, const char *stream, spw_mark *mark) {
    *mark = (spw_mark){.size = sizeof *mark};
    return target->sink->position(target->kit.instance, kit_begin(&target->kit, 0), kit_str(stream),
                                  mark);
}

/* The mark's sequence; -1: none. */
static int64_t position_of(target *target, const char *stream) {
    spw_mark mark;
    spw_status status = ask_position(target, stream, &mark);
    CHECK(status == SPW_OK || status == SPW_END, "%d: %s", status, why(target));
    if (status == SPW_END) {
        return -1;
    }
    CHECK(mark.data.size == 6 && memcmp(mark.data.data, "\0data\n", 6) == 0);
    return (int64_t)mark.sequence;
}

static void check_file(const char *wanted) {
    size_t size;
    char *text = kit_read_file(path, &size);
    CHECK(size == strlen(wanted) && memcmp(text, wanted, size) == 0, "the file is\n%s\nnot\n%s",
          text, wanted);
    free(text);
}

__attribute__((unused)) static void write_file(const char *name, const char *text) {
    FILE *file = fopen(name, "w");
    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", name);
}

#endif

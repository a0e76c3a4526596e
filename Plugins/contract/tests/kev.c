/*
 * The official KEV schema on real records, and no malloc on a valid record's way once warm.
 * A second argument, a file of records, is judged instead of the fixture.
 */
#include <time.h>

#include "kit.h"

#define FIXTURES "../../Tests/Fixtures/kev-schema/"

static size_t allocations;

#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_realloc(void *at, size_t size);
void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}
void *realloc(void *at, size_t size) {
    allocations++;
    return __libc_realloc(at, size);
}
#endif

static spw_status handle(kit_instance *instance, spw_input *input) {
    const spw_handler *table = instance->table;
    spw_call *call = kit_begin(instance, input->record_count);
    return table->handle(instance->instance, call, input, spw_frame_output(instance->frame));
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    CHECK(argc >= 2);
    kit_plugin plugin = kit_load(argv[1]);
    char *schema = kit_read_file(FIXTURES "kev.schema.json", NULL);
    size_t size;
    char *text = kit_read_file(argc > 2 ? argv[2] : FIXTURES "kev-50.ndjson", &size);
    static char *records[10000];
    size_t count = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        records[count++] = line;
    }
    CHECK(count >= 50);
    kit_instance instance = kit_open(&plugin, SPW_HANDLER, "primary",
                                     "{\"root\":\"/$defs/vulnerability\"}", schema, NULL);
    spw_input input = kit_input((const char *const *)records, count);
    size_t events;
    for (int warm = 0; warm < 2; warm++) {
        CHECK(handle(&instance, &input) == SPW_UNCHANGED);
        spw_frame_events(instance.frame, &events);
        CHECK(events == 0, "%zu", events);
    }
    size_t before = allocations;
#ifndef __SANITIZE_ADDRESS__
    CHECK(before > 0); /* those of create are seen */
#endif
    double start = seconds();
    for (int i = 0; i < 100; i++) {
        CHECK(handle(&instance, &input) == SPW_UNCHANGED);
    }
    double each = (seconds() - start) / 100;
    CHECK(allocations == before, "%zu allocations", allocations - before);
#ifdef __SANITIZE_ADDRESS__
    const char *counted = "allocations not counted";
#else
    const char *counted = "no allocation";
#endif
    printf("  %zu valid records, %.0f MB/s, %.2f us each, %s\n", count,
           (double)input.bytes.size / each / 1e6, each / (double)count * 1e6, counted);

    /* The whole document under the whole schema, and a record that has lost a member. */
    kit_instance whole = kit_open(&plugin, SPW_HANDLER, "primary", NULL, schema, NULL);
    const char *const documents[] = {
        "{\"catalogVersion\":\"1\",\"dateReleased\":\"2025-08-25T17:00:00.1Z\",\"count\":0,"
        "\"vulnerabilities\":[]}",
        "{\"catalogVersion\":\"1\",\"dateReleased\":\"2025-08-25T17:00:00.1Z\",\"count\":0,"
        "\"vulnerabilities\":[{\"cveID\":\"CVE-1\"}]}"};
    spw_input pair = kit_input(documents, 2);
    CHECK(handle(&whole, &pair) == SPW_UNCHANGED);
    const spw_event *found = spw_frame_events(whole.frame, &events);
    CHECK(events == 8 && found[0].index == 1 &&
          kit_equal(found[0].pointer, "/vulnerabilities/0/cveID"));
    CHECK(kit_equal(found[1].pointer, "/vulnerabilities/0/vendorProject"));
    kit_input_free(&pair);
    kit_close(&whole);
    kit_input_free(&input);
    kit_close(&instance);
    free(schema);
    free(text);
    return 0;
}

/*
 * A small host for plugin tests in C: loads a plugin, makes instances, runs calls on the host's own
 * call frame (Sources/CHost/frame.c), and keeps an in-memory spillway.state/1.
 *
 * A failed CHECK prints where and what, and ends the program with 1.
 */
#ifndef SPW_PLUGIN_KIT_H
#define SPW_PLUGIN_KIT_H

#include <spillway/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                        \
            fprintf(stderr, " " __VA_ARGS__);                                                      \
            fputc('\n', stderr);                                                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

typedef struct kit_plugin {
    void *handle;
    spw_plugin plugin;
} kit_plugin;

typedef struct kit_instance {
    const kit_plugin *plugin;
    const void *table; /* of the interface */
    void *instance;
    spw_frame *frame;
} kit_instance;

static inline spw_str kit_str(const char *text) {
    return (spw_str){text, strlen(text)};
}
static inline spw_bytes kit_bytes(const void *data, size_t size) {
    return (spw_bytes){data, size};
}
static inline int kit_equal(spw_str view, const char *text) {
    return view.size == strlen(text) && (!view.size || memcmp(view.data, text, view.size) == 0);
}

kit_plugin kit_load(const char *path);
/* Makes an instance; on failure the program ends, unless `error` is given, which then gets the
 * message (to be freed) while instance stays NULL. options and contract are JSON or NULL. */
kit_instance kit_open(const kit_plugin *plugin, const char *interface_id, const char *name,
                      const char *options, const char *contract, char **error);
void kit_close(kit_instance *instance);
/* Forgets what spillway.state/1 holds. */
void kit_state_clear(void);

/* Begins a call with no deadline and 1 GiB of budget. */
spw_call *kit_begin(kit_instance *instance, uint32_t record_count);

/* A resident input of JSON records, laid one after another; keys are "test/0:<offset>". Freed by
 * kit_input_free. */
spw_input kit_input(const char *const *records, size_t count);
void kit_input_free(spw_input *input);

/* The whole of a file, NUL-terminated; to be freed. */
char *kit_read_file(const char *path, size_t *size);

#endif

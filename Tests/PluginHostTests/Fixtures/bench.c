/*
 * A workbench of a handler: its options name what it does, `-D` names what it says of itself.
 * Defaults are those of a good plugin.
 */
#include <pthread.h>
#include <spillway/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef NAME
#define NAME "example/bench"
#endif
#ifndef VERSION
#define VERSION "1.2.3"
#endif
#ifndef MAJOR
#define MAJOR SPW_ABI_MAJOR
#endif
#ifndef MINOR
#define MINOR SPW_ABI_MINOR
#endif
#ifndef BUILD
#define BUILD "first"
#endif
#ifndef INIT
#define INIT SPW_OK
#endif
#ifndef LEFT
#define LEFT sizeof(spw_plugin)
#endif
#ifndef THREADS
#define THREADS SPW_THREADS_PER_LANE
#endif
#ifndef IN_FLIGHT
#define IN_FLIGHT 0
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(spw_handler)
#endif
#ifndef INTERFACE
#define INTERFACE SPW_HANDLER
#endif
#define TEXT(literal)                                                                              \
    (spw_str) {                                                                                    \
        literal, sizeof(literal) - 1                                                               \
    }

typedef struct instance {
    char mode[256];
    const spw_create *create;
    const spw_host *host;
} instance;

static int is(const instance *instance, const char *mode) {
    return strstr(instance->mode, mode) != NULL;
}

static spw_str text(const char *literal) {
    return (spw_str){literal, strlen(literal)};
}

static void nap(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Writes the text as the result of the record. */
static spw_status emit(spw_output *output, uint32_t index, const char *text) {
    spw_room room;
    size_t size = strlen(text);
    spw_status status = output->reserve(output, size, &room);
    if (status != SPW_OK) {
        return status;
    }
    memcpy(room.data, text, size);
    output->commit(output, size);
    return output->emit(output, index, SPW_UPSERT);
}

static void *complete_soon(void *call) {
    nap(30);
    ((spw_call *)call)->complete(call, SPW_UNCHANGED);
    return NULL;
}

static spw_status pend(spw_call *call) {
    pthread_t thread;
    pthread_create(&thread, NULL, complete_soon, call);
    pthread_detach(thread);
    return SPW_PENDING;
}

static spw_status misbehave(instance *self, spw_call *call, spw_output *output) {
    spw_room room;
    if (is(self, "overrun")) {
        output->reserve(output, 16, &room);
        output->commit(output, room.size + 1);
        return SPW_OK;
    }
    if (is(self, "bad index")) {
        spw_event event = {.size = sizeof event, .kind = SPW_EVENT_REJECTED, .index = 99};
        call->event(call, &event);
        return SPW_OK;
    }
    if (is(self, "greedy output")) {
        return output->reserve(output, (size_t)1 << 40, &room);
    }
    if (is(self, "greedy room")) {
        return call->allocate(call, (size_t)1 << 40) ? SPW_OK : SPW_OVER_BUDGET;
    }
    if (is(self, "silent")) {
        return SPW_FAILED;
    }
    if (is(self, "nonsense")) {
        return 77;
    }
    return SPW_NOT_IMPLEMENTED;
}

/* One record of each kind: passed, rejected, filtered, rewritten. */
static spw_status account(spw_call *call, const spw_input *input, spw_output *output) {
    for (uint32_t i = 0; i < input->record_count; i++) {
        spw_event event = {.size = sizeof event, .index = i};
        switch (i % 4) {
        case 0:
            output->pass(output, i);
            break;
        case 1:
            event.kind = SPW_EVENT_REJECTED;
            event.signal = SPW_SIGNAL_SCHEMA_DRIFT;
            event.pointer = text("/a");
            event.reason = text("it is odd");
            call->event(call, &event);
            break;
        case 2:
            event.kind = SPW_EVENT_FILTERED;
            call->event(call, &event);
            break;
        default:
            emit(output, i, "{\"rewritten\":true}");
        }
    }
    return SPW_OK;
}

static spw_status remember(instance *self, spw_output *output) {
    const spw_state_ext *state = self->create->extension(self->create, text(SPW_EXT_STATE));
    if (!state) {
        return emit(output, 0, "no state");
    }
    spw_bytes value = {0};
    spw_status status = state->get(state, text("count"), &value);
    char count[32] = "1";
    if (status == SPW_OK) {
        snprintf(count, sizeof count, "%d", atoi((const char *)value.data) + 1);
    }
    status =
        state->put(state, text("count"), (spw_bytes){(const uint8_t *)count, strlen(count) + 1});
    return status == SPW_OK ? emit(output, 0, count) : status;
}

static spw_status handle(void *instance_, spw_call *call, const spw_input *input,
                         spw_output *output) {
    instance *self = instance_;
    if (is(self, "unchanged")) {
        return SPW_UNCHANGED;
    }
    if (is(self, "build")) {
        return emit(output, 0, BUILD);
    }
    if (is(self, "account")) {
        return account(call, input, output);
    }
    if (is(self, "remember")) {
        return remember(self, output);
    }
    if (is(self, "pending never")) {
        return SPW_PENDING;
    }
    if (is(self, "pending")) {
        return pend(call);
    }
    if (is(self, "late")) {
        nap(30);
        return SPW_UNCHANGED;
    }
    if (is(self, "failing")) {
        call->fail(call, SPW_SIGNAL_BACKPRESSURE, 5000, text("the target is full"));
        return SPW_FAILED;
    }
    if (is(self, "log")) {
        call->log(call, SPW_LOG_WARNING, text("a\x1b[31mb\nc"));
        self->host->log(self->host, SPW_LOG_INFO, text("outside"));
        return SPW_UNCHANGED;
    }
    return misbehave(self, call, output);
}

static const struct {
    uint32_t size, max_in_flight;
    spw_status (*handle)(void *, spw_call *, const spw_input *, spw_output *);
} handler = {(uint32_t)(TABLE_SIZE), IN_FLIGHT, handle};

static const void *interface_table(spw_str id) {
#ifdef NO_TABLE
    (void)id;
    return NULL;
#else
    return id.size == strlen(INTERFACE) && memcmp(id.data, INTERFACE, id.size) == 0 ? &handler
                                                                                    : NULL;
#endif
}

static spw_status create(const spw_create *create, spw_call *call, void **made) {
    instance *self = calloc(1, sizeof *self);
    size_t size = create->options.size < 255 ? create->options.size : 255;
    memcpy(self->mode, create->options.data, size);
    self->create = create;
    self->host = create->host;
    if (is(self, "refused")) {
        call->fail(call, SPW_SIGNAL_NONE, 0, text("\"colour\" is no option of it"));
        free(self);
        return SPW_INVALID;
    }
    if (is(self, "impossible")) {
        call->fail(call, SPW_SIGNAL_DENIED, 0, text("the door is locked"));
        free(self);
        return SPW_FAILED;
    }
    *made = self;
    return SPW_OK;
}

/* Tells that it happened through a file whose name is the instance's. */
static void destroy(void *instance_) {
    instance *self = instance_;
    char path[512];
    snprintf(path, sizeof path, "%.*s", (int)self->create->base_folder.size,
             self->create->base_folder.data);
    FILE *file = path[0] ? fopen(path, "a") : NULL;
    if (file) {
        fputs("destroyed\n", file);
        fclose(file);
    }
    free(self);
}

static spw_status self_test(void *instance_, spw_call *call) {
    (void)instance_, (void)call;
    return SPW_OK;
}

#ifdef MARKER
__attribute__((constructor)) static void leave_marker(void) {
    FILE *file = fopen(MARKER, "w");
    if (file) {
        fclose(file);
    }
}
#endif

#ifdef MEDDLE
#include <signal.h>
/* What a library built with -ffast-math does at its loading, and a careless one besides. */
__attribute__((constructor)) static void meddle(void) {
    signal(SIGUSR2, SIG_IGN);
#ifdef __x86_64__
    __builtin_ia32_ldmxcsr(0x9fc0);
#endif
}
#endif

#ifdef UNDEFINED
void surely_nobody_defines_this(void);
#endif

#ifdef ENTRY
SPW_EXPORT spw_status ENTRY(const spw_host *host, spw_plugin *plugin) {
#else
SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
#endif
    static spw_str interfaces[] = {{INTERFACE, sizeof(INTERFACE) - 1}};
    (void)host;
#ifdef UNDEFINED
    surely_nobody_defines_this();
#endif
#ifdef SCRIBBLE
    memset(plugin, 0x5a, sizeof *plugin + 64);
    memset(plugin, 0, sizeof *plugin);
#endif
    plugin->abi_major = MAJOR;
    plugin->abi_minor = MINOR;
    plugin->name = TEXT(NAME);
    plugin->version = TEXT(VERSION);
    plugin->summary = TEXT("does what its options say");
    plugin->options_schema = TEXT("{\"type\":\"object\"}");
    plugin->threads = THREADS;
    plugin->declares = SPW_DETERMINISTIC | SPW_NEEDS_FILES;
    plugin->interfaces = interfaces;
    plugin->interface_count = 1;
    plugin->interface_table = interface_table;
    plugin->create = create;
    plugin->destroy = destroy;
    plugin->self_test = self_test;
    plugin->size = (uint32_t)(LEFT);
    return INIT;
}

/*
 * Stands before a real source, store or sink and kills the process, kill -9, at one chosen step of
 * the order of durability.
 *
 * KILLER_<instance name>  the real plugin's .so
 * KILLER_AT               STEP:N, the Nth time that step is reached:
 *     put            a store put has returned: bytes synced
 *     tasks          prepare is about to begin: the deferred tasks are in the ledger
 *     prepare        prepare has returned
 *     commit         commit has returned: rows and mark are durable
 *     settled        the source is about to be told: the tasks are visible
 *     acknowledged   the source was told
 */
#include <dlfcn.h>
#include <signal.h>
#include <spillway/abi.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct real {
    spw_plugin plugin;
    const void *table;
    void *instance;
} real;

static const spw_host *host;
static atomic_int reached;

static void step(const char *name) {
    const char *at = getenv("KILLER_AT");
    size_t length = strlen(name);
    if (at && strncmp(at, name, length) == 0 && at[length] == ':' &&
        atomic_fetch_add(&reached, 1) + 1 == atoi(at + length + 1)) {
        kill(getpid(), SIGKILL);
    }
}

/* --- store --- */

static spw_status store_put(void *self, spw_call *call, spw_object *object, const spw_bytes *parts,
                            size_t count) {
    real *r = self;
    spw_status status = ((const spw_store *)r->table)->put(r->instance, call, object, parts, count);
    step("put");
    return status;
}

static spw_status store_get(void *self, spw_call *call, spw_str name, uint64_t offset,
                            uint64_t length, spw_output *output) {
    real *r = self;
    return ((const spw_store *)r->table)->get(r->instance, call, name, offset, length, output);
}

static spw_store store_table = {.size = sizeof(spw_store), .put = store_put, .get = store_get};

/* --- sink --- */

static spw_status sink_position(void *self, spw_call *call, spw_str stream, spw_mark *mark) {
    real *r = self;
    return ((const spw_sink *)r->table)->position(r->instance, call, stream, mark);
}

static spw_status sink_prepare(void *self, spw_call *call, spw_str stream, const spw_input *input,
                               uint8_t *outcomes) {
    real *r = self;
    step("tasks");
    spw_status status =
        ((const spw_sink *)r->table)->prepare(r->instance, call, stream, input, outcomes);
    step("prepare");
    return status;
}

static spw_status sink_commit(void *self, spw_call *call, spw_str stream, const spw_mark *mark) {
    real *r = self;
    spw_status status = ((const spw_sink *)r->table)->commit(r->instance, call, stream, mark);
    step("commit");
    return status;
}

static spw_status sink_abort(void *self, spw_call *call, spw_str stream) {
    real *r = self;
    return ((const spw_sink *)r->table)->abort(r->instance, call, stream);
}

static int32_t sink_keyed(void *self) {
    real *r = self;
    return ((const spw_sink *)r->table)->keyed(r->instance);
}

static spw_sink sink_table = {.size = sizeof(spw_sink),
                              .promise = SPW_SINK_POSITION,
                              .position = sink_position,
                              .prepare = sink_prepare,
                              .commit = sink_commit,
                              .abort = sink_abort,
                              .keyed = sink_keyed};

/* --- source --- */

static spw_status source_partitions(void *self, spw_call *call,
                                    void (*each)(void *context, spw_str partition), void *context) {
    real *r = self;
    return ((const spw_source *)r->table)->partitions(r->instance, call, each, context);
}

static spw_status source_assign(void *self, spw_call *call, spw_str partition, spw_bytes position) {
    real *r = self;
    return ((const spw_source *)r->table)->assign(r->instance, call, partition, position);
}

static spw_status source_next(void *self, spw_call *call, uint32_t records, uint64_t bytes,
                              spw_batch *batch) {
    real *r = self;
    return ((const spw_source *)r->table)->next(r->instance, call, records, bytes, batch);
}

static void source_release(void *self, void *token) {
    real *r = self;
    ((const spw_source *)r->table)->release(r->instance, token);
}

static spw_status source_ack(void *self, spw_call *call, spw_str partition, spw_bytes position) {
    real *r = self;
    step("settled");
    spw_status status = ((const spw_source *)r->table)->ack(r->instance, call, partition, position);
    step("acknowledged");
    return status;
}

static spw_source source_table = {.size = sizeof(spw_source),
                                  .declares = SPW_SOURCE_REPLAYABLE | SPW_SOURCE_ORDERED,
                                  .partitions = source_partitions,
                                  .assign = source_assign,
                                  .next = source_next,
                                  .release = source_release,
                                  .ack = source_ack};

/* --- plugin --- */

static const void *interface_table(spw_str id) {
    const struct {
        const char *id;
        const void *table;
    } tables[] = {{SPW_STORE, &store_table}, {SPW_SINK, &sink_table}, {SPW_SOURCE, &source_table}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (id.size == strlen(tables[i].id) && memcmp(id.data, tables[i].id, id.size) == 0) {
            return tables[i].table;
        }
    }
    return NULL;
}

static spw_status create(const spw_create *args, spw_call *call, void **instance) {
    char name[300];
    snprintf(name, sizeof name, "KILLER_%.*s", (int)args->name.size, args->name.data);
    const char *path = getenv(name);
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    spw_entry entry = library ? (spw_entry)(uintptr_t)dlsym(library, SPW_ENTRY) : NULL;
    real *made = calloc(1, sizeof *made);
    made->plugin.size = sizeof made->plugin;
    if (!entry || entry(host, &made->plugin) != SPW_OK) {
        const char *why = "KILLER_<instance> names no plugin";
        call->fail(call, SPW_SIGNAL_UNAVAILABLE, 0, (spw_str){why, strlen(why)});
        return SPW_FAILED;
    }
    made->table = made->plugin.interface_table(args->interface_id);
    spw_status status = made->plugin.create(args, call, &made->instance);
    *instance = made;
    return status;
}

static void destroy(void *self) {
    real *r = self;
    r->plugin.destroy(r->instance);
    free(r);
}

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *from, spw_plugin *plugin) {
    static const spw_str interfaces[] = {{SPW_STORE, sizeof SPW_STORE - 1},
                                         {SPW_SINK, sizeof SPW_SINK - 1},
                                         {SPW_SOURCE, sizeof SPW_SOURCE - 1}};
    static const char text[] = "kills the process at a step";
    host = from;
    plugin->abi_major = SPW_ABI_MAJOR;
    plugin->abi_minor = SPW_ABI_MINOR;
    plugin->name = (spw_str){"test/killer", 11};
    plugin->version = (spw_str){"1.0.0", 5};
    plugin->summary = (spw_str){text, sizeof text - 1};
    plugin->interfaces = interfaces;
    plugin->interface_count = 3;
    plugin->interface_table = interface_table;
    plugin->create = create;
    plugin->destroy = destroy;
    return SPW_OK;
}

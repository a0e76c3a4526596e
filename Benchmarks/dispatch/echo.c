/* The benchmark's plugin: a handler that returns its payload, a store that keeps nothing. With
 * ECHO_ALLOCATES set it allocates once a call, so that the counter of allocations can be tested. */
#include <spillway/abi.h>
#include <stdlib.h>
#include <string.h>

static int allocates;

static spw_status handle(void *instance, spw_call *call, const spw_input *input,
                         spw_output *output) {
    (void)instance, (void)call, (void)input, (void)output;
    if (allocates) {
        void *volatile planted = malloc(32);
        free(planted);
    }
    return SPW_UNCHANGED;
}

static const void *interface_table(spw_str id) {
    static const spw_handler handler = {.size = sizeof handler, .handle = handle};
    static const spw_store store = {.size = sizeof store};
    if (id.size == sizeof SPW_HANDLER - 1 && !memcmp(id.data, SPW_HANDLER, id.size)) {
        return &handler;
    }
    return id.size == sizeof SPW_STORE - 1 && !memcmp(id.data, SPW_STORE, id.size) ? &store : NULL;
}

static spw_status create(const spw_create *args, spw_call *call, void **instance) {
    static int any;
    (void)args, (void)call;
    allocates = getenv("ECHO_ALLOCATES") != NULL;
    *instance = &any;
    return SPW_OK;
}

static void destroy(void *instance) {
    (void)instance;
}

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    static const spw_str interfaces[] = {{SPW_HANDLER, sizeof SPW_HANDLER - 1},
                                         {SPW_STORE, sizeof SPW_STORE - 1}};
    (void)host;
    plugin->abi_major = SPW_ABI_MAJOR;
    plugin->abi_minor = SPW_ABI_MINOR;
    plugin->name = (spw_str){"bench/echo", 10};
    plugin->version = (spw_str){"1.0.0", 5};
    plugin->interfaces = interfaces;
    plugin->interface_count = 2;
    plugin->interface_table = interface_table;
    plugin->create = create;
    plugin->destroy = destroy;
    return SPW_OK;
}

/* A plugin built against an ABI 1.7 that has grown: fields and functions that this host lacks. */
#include <spillway/abi.h>
#include <string.h>

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

typedef struct later_plugin {
    spw_plugin known;
    spw_str licence;
    spw_status (*pause)(void *instance);
} later_plugin;

typedef struct later_handler {
    spw_handler known;
    spw_status (*handle_many)(void *instance);
    void *more[7];
} later_handler;

static spw_status handle(void *instance, spw_call *call, const spw_input *input, spw_output *out) {
    (void)instance, (void)call, (void)input, (void)out;
    return SPW_UNCHANGED;
}
static spw_status handle_many(void *instance) {
    (void)instance;
    return SPW_OK;
}

static const later_handler handler = {
    .known = {.size = sizeof(later_handler), .handle = handle},
    .handle_many = handle_many,
};
static const spw_str interfaces[] = {TEXT(SPW_HANDLER), TEXT("spillway.oracle/0")};

static const void *table(spw_str id) {
    (void)id;
    return &handler;
}
static spw_status create(const spw_create *create, spw_call *call, void **instance) {
    (void)create, (void)call, (void)instance;
    return SPW_OK;
}

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    later_plugin filled = {.known = {.abi_major = 1,
                                     .abi_minor = 7,
                                     .name = TEXT("example/later"),
                                     .version = TEXT("7.0.0"),
                                     .declares = 1u << 20, /* a declaration of 1.7 */
                                     .interfaces = interfaces,
                                     .interface_count = 2,
                                     .interface_table = table,
                                     .create = create},
                           .licence = TEXT("Apache-2.0"),
                           .pause = handle_many};
    (void)host;
    uint32_t room = plugin->size < sizeof filled ? plugin->size : (uint32_t)sizeof filled;
    memcpy(plugin, &filled, room);
    plugin->size = room;
    return SPW_OK;
}

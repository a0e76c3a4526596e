/* A whole plugin in thirty lines, built with nothing but cc -shared -fPIC -I SDK/include. */
#include <spillway/abi.h>

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static spw_status handle(void *instance, spw_call *call, const spw_input *input, spw_output *out) {
    (void)instance, (void)call, (void)input, (void)out;
    return SPW_UNCHANGED;
}
static const spw_handler handler = {.size = sizeof handler, .handle = handle};
static const spw_str interfaces[] = {TEXT(SPW_HANDLER)};

static const void *table(spw_str id) {
    return id.size == sizeof SPW_HANDLER - 1 ? &handler : 0;
}
static spw_status create(const spw_create *create, spw_call *call, void **instance) {
    (void)create, (void)call, (void)instance;
    return SPW_OK;
}
SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    const spw_plugin filled = {.size = sizeof filled,
                               .abi_major = SPW_ABI_MAJOR,
                               .abi_minor = SPW_ABI_MINOR,
                               .name = TEXT("example/thirty"),
                               .version = TEXT("1.0.0"),
                               .interfaces = interfaces,
                               .interface_count = 1,
                               .interface_table = table,
                               .create = create};
    (void)host;
    *plugin = filled;
    return SPW_OK;
}

/*
 * spillway/persist-files: raw bytes to cold storage in a folder. See README.md.
 */
#include <stdlib.h>
#include <string.h>

#include "../common/durable.h"
#include "../common/options.h"
#include "../common/say.h"
#include "store.h"

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static const spw_str interfaces[] = {TEXT(SPW_STORE)};

static const char options_schema[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
    "\"additionalProperties\":false,\"required\":[\"path\"],\"properties\":{"
    "\"path\":{\"type\":\"string\",\"minLength\":1,\"description\":\"The store's folder, made when "
    "it is missing. A relative one counts from the configuration's folder.\"}}}";

static const spw_store table = {.size = sizeof table,
                                .put = store_put,
                                .put_begin = store_put_begin,
                                .put_write = store_put_write,
                                .put_finish = store_put_finish,
                                .put_abort = store_put_abort,
                                .get = store_get,
                                .stat = store_stat,
                                .list = store_list,
                                .remove = store_remove};

static const void *interface_table(spw_str id) {
    bool is_store = id.size == sizeof SPW_STORE - 1 && memcmp(id.data, SPW_STORE, id.size) == 0;
    return is_store ? &table : NULL;
}

static spw_status read_path(const spw_create *create, spw_call *call, char **path) {
    char *given = NULL;
    const option_spec specs[] = {
        {.name = "path", .kind = OPTION_TEXT, .into = &given, .required = true}};
    spw_status status = options_read(create->options, call, specs, 1);
    if (status == SPW_OK) {
        *path = durable_path(create->base_folder, given);
        status = *path ? SPW_OK : store_no_memory(call);
    }
    free(given);
    return status;
}

static spw_status create(const spw_create *create, spw_call *call, void **instance) {
    char *path = NULL;
    spw_status status = read_path(create, call, &path);
    if (status != SPW_OK) {
        return status;
    }
    store *made = calloc(1, sizeof *made);
    if (!made) {
        free(path);
        return store_no_memory(call);
    }
    made->path = path;
    status = store_open(made, call);
    if (status != SPW_OK) {
        store_close(made);
        return status;
    }
    *instance = made;
    return SPW_OK;
}

static void destroy(void *instance) {
    store_close(instance);
}

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    if (host->abi_major != SPW_ABI_MAJOR || plugin->size < sizeof *plugin) {
        return SPW_INVALID;
    }
    *plugin = (spw_plugin){.size = sizeof *plugin,
                           .abi_major = SPW_ABI_MAJOR,
                           .abi_minor = SPW_ABI_MINOR,
                           .name = TEXT("spillway/persist-files"),
                           .version = TEXT("0.1.0"),
                           .summary = TEXT("Raw bytes to cold storage in a folder"),
                           .options_schema = TEXT(options_schema),
                           .threads = SPW_THREADS_PER_LANE,
                           .declares = SPW_NEEDS_FILES,
                           .interfaces = interfaces,
                           .interface_count = 1,
                           .interface_table = interface_table,
                           .create = create,
                           .destroy = destroy};
    return SPW_OK;
}

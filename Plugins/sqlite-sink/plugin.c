/*
 * spillway/sqlite-sink: records into a table of an SQLite database. See README.md.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../common/durable.h"
#include "../common/options.h"
#include "../common/say.h"
#include "sink.h"

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static const spw_str interfaces[] = {TEXT(SPW_SINK)};

static const char options_schema[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
    "\"additionalProperties\":false,\"required\":[\"path\",\"table\"],\"properties\":{"
    "\"path\":{\"type\":\"string\",\"minLength\":1,\"description\":\"The database's file, made "
    "when "
    "it is missing; its folder must be there. A relative one counts from the configuration's "
    "folder.\"},"
    "\"table\":{\"type\":\"string\",\"minLength\":1,\"description\":\"The table, made from the "
    "contract when it is missing.\"},"
    "\"busy_timeout_ms\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":600000,\"default\":0,"
    "\"description\":\"How long to wait for another program's lock before the call fails as "
    "transient.\"}}}";

static const void *interface_table(spw_str id) {
    bool is_sink = id.size == sizeof SPW_SINK - 1 && memcmp(id.data, SPW_SINK, id.size) == 0;
    return is_sink ? &sink_table : NULL;
}

static spw_status no_memory(spw_call *call) {
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory left to make the sink");
}

static bool is_own_table(const char *table) {
    return strncasecmp(table, "sqlite_", 7) == 0 || strncasecmp(table, "_spillway_", 10) == 0;
}

static spw_status read_options(const spw_create *create, spw_call *call, database *database) {
    char *path = NULL;
    uint64_t busy_timeout = 0;
    const option_spec specs[] = {
        {.name = "path", .kind = OPTION_TEXT, .into = &path, .required = true},
        {.name = "table", .kind = OPTION_TEXT, .into = &database->table, .required = true},
        {.name = "busy_timeout_ms", .kind = OPTION_COUNT, .into = &busy_timeout, .most = 600000}};
    spw_status status = options_read(create->options, call, specs, 3);
    if (status == SPW_OK && is_own_table(database->table)) {
        status =
            say_invalid(call, "option 'table': names that start with sqlite_ or _spillway_ are "
                              "taken");
    }
    if (status == SPW_OK) {
        database->busy_timeout = (int)busy_timeout;
        database->path = durable_path(create->base_folder, path);
        status = database->path ? SPW_OK : no_memory(call);
    }
    free(path);
    return status;
}

static char *lower_case(const char *text) {
    char *copy = strdup(text);
    for (char *at = copy; at && *at; at++) {
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
    }
    return copy;
}

/* A file that is there is looked at now; that it is locked at this moment is no error. A file that
 * is not there is made by the first batch, so that a check of the configuration leaves no trace. */
static spw_status look_ahead(sink *sink, spw_call *call) {
    database *database = &sink->database;
    if (database_exists(database)) {
        return database_look_at(database, call);
    }
    const char *slash = strrchr(database->path, '/');
    char *folder = slash ? strndup(database->path, (size_t)(slash - database->path) + 1) : NULL;
    if (!folder) {
        return no_memory(call);
    }
    int error = access(folder, W_OK | X_OK) == 0 ? 0 : errno;
    free(folder);
    return error ? say_errno(call, error, database->path) : SPW_OK;
}

static spw_status open_sink(const spw_create *create, spw_call *call, sink *made) {
    spw_status status = read_options(create, call, &made->database);
    if (status == SPW_OK) {
        status = columns_read(create->contract, create->contract_name, call, &made->columns);
    }
    if (status != SPW_OK) {
        return status;
    }
    made->database.columns = &made->columns;
    made->table_key = lower_case(made->database.table);
    bool has_memory = made->table_key && row_open(&made->row, &made->columns) &&
                      table_write_sql(made->database.table, &made->columns, &made->database.sql);
    return has_memory ? look_ahead(made, call) : no_memory(call);
}

static spw_status create(const spw_create *create, spw_call *call, void **instance) {
    sink *made = calloc(1, sizeof *made);
    if (!made) {
        return no_memory(call);
    }
    spw_status status = open_sink(create, call, made);
    if (status != SPW_OK) {
        sink_free(made);
        return status;
    }
    *instance = made;
    return SPW_OK;
}

static void destroy(void *instance) {
    sink_free(instance);
}

static spw_status reset(void *instance, spw_call *call) {
    (void)call;
    sink_reset(instance);
    return SPW_OK;
}

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    if (host->abi_major != SPW_ABI_MAJOR || plugin->size < sizeof *plugin) {
        return SPW_INVALID;
    }
    *plugin = (spw_plugin){.size = sizeof *plugin,
                           .abi_major = SPW_ABI_MAJOR,
                           .abi_minor = SPW_ABI_MINOR,
                           .name = TEXT("spillway/sqlite-sink"),
                           .version = TEXT("0.1.0"),
                           .summary = TEXT("Records into a table of an SQLite database"),
                           .options_schema = TEXT(options_schema),
                           .threads = SPW_THREADS_PER_LANE,
                           .declares = SPW_NEEDS_FILES,
                           .interfaces = interfaces,
                           .interface_count = 1,
                           .interface_table = interface_table,
                           .create = create,
                           .destroy = destroy,
                           .reset = reset};
    return SPW_OK;
}

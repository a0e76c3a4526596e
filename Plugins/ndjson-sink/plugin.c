/*
 * spillway/ndjson-sink: records as lines of JSON, appended to a file. See README.md.
 */
#include <stdlib.h>
#include <string.h>

#include "../common/durable.h"
#include "../common/options.h"
#include "../common/say.h"
#include "sink.h"

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static const spw_str interfaces[] = {TEXT(SPW_SINK)};

static const char options_schema[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
    "\"additionalProperties\":false,\"required\":[\"path\"],\"properties\":{"
    "\"path\":{\"type\":\"string\",\"minLength\":1,\"description\":\"The file, made when it is "
    "missing; its folder must be there. A relative one counts from the configuration's folder. "
    "PATH.mark lies beside it.\"},"
    "\"adopt\":{\"type\":\"boolean\",\"default\":false,\"description\":\"Append to a file that has "
    "lines but no PATH.mark.\"}}}";

static const void *interface_table(spw_str id) {
    bool is_sink = id.size == sizeof SPW_SINK - 1 && memcmp(id.data, SPW_SINK, id.size) == 0;
    return is_sink ? &sink_table : NULL;
}

static spw_status no_memory(spw_call *call) {
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory left to make the sink");
}

/* Looks no further than the folder: a check of the configuration must not cut the file of a run
 * that is under way. */
static spw_status set_up(const spw_create *create, spw_call *call, output *output) {
    char *given = NULL;
    const option_spec specs[] = {
        {.name = "path", .kind = OPTION_TEXT, .into = &given, .required = true},
        {.name = "adopt", .kind = OPTION_FLAG, .into = &output->may_adopt}};
    spw_status status = options_read(create->options, call, specs, 2);
    if (status == SPW_OK && given[strlen(given) - 1] == '/') {
        status = say_invalid(call, "option 'path' must name a file, not a folder");
    }
    if (status == SPW_OK) {
        char *path = durable_path(create->base_folder, given);
        bool has_memory = path && output_set_path(output, path);
        status = has_memory ? output_check_folder(output, call) : no_memory(call);
    }
    free(given);
    return status;
}

static spw_status create(const spw_create *create, spw_call *call, void **instance) {
    sink *made = calloc(1, sizeof *made);
    if (!made) {
        return no_memory(call);
    }
    made->output.file = made->output.folder = -1;
    spw_status status = set_up(create, call, &made->output);
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

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    if (host->abi_major != SPW_ABI_MAJOR || plugin->size < sizeof *plugin) {
        return SPW_INVALID;
    }
    *plugin = (spw_plugin){.size = sizeof *plugin,
                           .abi_major = SPW_ABI_MAJOR,
                           .abi_minor = SPW_ABI_MINOR,
                           .name = TEXT("spillway/ndjson-sink"),
                           .version = TEXT("0.1.0"),
                           .summary = TEXT("Records as lines of JSON, appended to a file"),
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

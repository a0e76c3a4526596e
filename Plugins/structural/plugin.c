/*
 * spillway/structural: did a tier change anything that it does not account for? A validator.
 */
#include <spillway/abi.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../common/options.h"
#include "../common/say.h"
#include "pairs.h"

typedef struct instance {
    workspace work;
    atomic_flag busy;
} instance;

static spw_status create(const spw_create *create, spw_call *call, void **made) {
    if (create->options.size) {
        spw_status status = options_read(create->options, call, NULL, 0);
        if (status != SPW_OK) {
            return status;
        }
    }
    instance *self = calloc(1, sizeof *self);
    if (!self) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "structural: no memory left");
    }
    atomic_flag_clear(&self->busy);
    *made = self;
    return SPW_OK;
}

static void destroy(void *opaque) {
    instance *self = opaque;
    workspace_free(&self->work);
    free(self);
}

static spw_status validate(void *opaque, spw_call *call, const spw_input *before,
                           const spw_input *after, const spw_event *events, size_t event_count) {
    instance *self = opaque;
    if (atomic_flag_test_and_set_explicit(&self->busy, memory_order_acquire)) {
        return SPW_BUSY;
    }
    spw_status status = after ? judge_pairs(&self->work, call, before, after, events, event_count)
                              : judge_alone(&self->work, call, before);
    atomic_flag_clear_explicit(&self->busy, memory_order_release);
    return status;
}

static const spw_validator validator = {.size = sizeof validator, .validate = validate};

static const void *interface_table(spw_str id) {
    bool known =
        id.size == sizeof SPW_VALIDATOR - 1 && memcmp(id.data, SPW_VALIDATOR, id.size) == 0;
    return known ? &validator : NULL;
}

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static const spw_str interfaces[] = {TEXT(SPW_VALIDATOR)};

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    if (host->abi_major != SPW_ABI_MAJOR || plugin->size < sizeof *plugin) {
        return SPW_INVALID;
    }
    *plugin = (spw_plugin){
        .size = sizeof *plugin,
        .abi_major = SPW_ABI_MAJOR,
        .abi_minor = SPW_ABI_MINOR,
        .name = TEXT("spillway/structural"),
        .version = TEXT("0.1.0"),
        .summary = TEXT("Rejects what a tier changed in a record without saying so in its events"),
        .options_schema =
            TEXT("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
                 "\"type\":\"object\",\"additionalProperties\":false,\"properties\":{}}"),
        .threads = SPW_THREADS_PER_LANE,
        .declares = SPW_DETERMINISTIC,
        .interfaces = interfaces,
        .interface_count = sizeof interfaces / sizeof *interfaces,
        .interface_table = interface_table,
        .create = create,
        .destroy = destroy,
    };
    return SPW_OK;
}

/*
 * spillway/coerce-c: Tier 2 in C. See docs/coercion.md.
 */
#include <stdlib.h>
#include <time.h>

#include "../common/say.h"
#include "walk.h"

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

typedef struct instance {
    plan *plan;
    walk walk;
} instance;

static void destroy(void *opaque) {
    instance *self = opaque;
    if (self->walk.levels) {
        for (uint32_t i = 0; i < plan_levels(self->plan); i++) {
            names_free(&self->walk.levels[i]);
        }
        free(self->walk.levels);
    }
    if (self->walk.c) {
        freelocale(self->walk.c);
    }
    if (self->plan) {
        plan_free(self->plan);
    }
    walk_free(&self->walk);
    free(self);
}

static spw_status check_options(const spw_create *create, spw_call *call) {
    jt_tree tree = {0};
    spw_status status = SPW_OK;
    if (create->options.size && (!jt_parse(&tree, create->options.data, create->options.size) ||
                                 tree.nodes[0].type != JS_OBJECT)) {
        status = say_invalid(call, "options: not a JSON object");
    } else if (create->options.size && tree.nodes[0].count) {
        status = say_invalid(call, "options: '%.*s' is not an option; this plugin has none",
                             (int)tree.nodes[1].name.size, tree.nodes[1].name.data);
    }
    jt_free(&tree);
    return status;
}

/* So that nobody can write a record whose names all fall on one place of the table. */
static uint64_t make_seed(const instance *self) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)(uintptr_t)self * 31 + (uint64_t)now.tv_nsec * 1000003 + (uint64_t)now.tv_sec;
}

static spw_status make_walk(instance *self, spw_call *call) {
    walk *walk = &self->walk;
    walk->root = plan_root(self->plan);
    walk->seed = make_seed(self);
    walk->levels = calloc(plan_levels(self->plan), sizeof *walk->levels);
    walk->c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return walk->levels && walk->c
               ? SPW_OK
               : say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for the instance");
}

static spw_status create(const spw_create *create, spw_call *call, void **made) {
    spw_status status = check_options(create, call);
    if (status != SPW_OK) {
        return status;
    }
    instance *self = calloc(1, sizeof *self);
    if (!self) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for the instance");
    }
    status = plan_make(create, call, &self->plan);
    if (status == SPW_OK) {
        status = make_walk(self, call);
    }
    if (status != SPW_OK) {
        destroy(self);
        return status;
    }
    *made = self;
    return SPW_OK;
}

/* --- a call --- */

static spw_str view(const buffer *buffer, size_t at, size_t size) {
    return (spw_str){size ? buffer->data + at : NULL, size};
}

static spw_status report(const walk *walk, spw_call *call, uint32_t index) {
    for (size_t i = 0; i < walk->event_count; i++) {
        const event *from = &walk->events[i];
        bool rescued = from->kind == SPW_EVENT_RESCUED;
        spw_event event = {.size = sizeof event,
                           .kind = from->kind,
                           .index = index,
                           .loss = from->loss,
                           .pointer = view(&walk->pointers, from->pointer, from->pointer_size),
                           .before = {from->before.data, from->before.size},
                           .after = view(&walk->out, from->after, from->after_size),
                           .reason = rescued ? reason_word(from->reason) : (spw_str){NULL, 0}};
        spw_status status = call->event(call, &event);
        if (status != SPW_OK) {
            return status;
        }
    }
    return SPW_OK;
}

static spw_status emit(const walk *walk, spw_output *output, uint32_t index, int32_t operation) {
    spw_room room;
    spw_status status = output->reserve(output, walk->out.used, &room);
    if (status != SPW_OK) {
        return status;
    }
    memcpy(room.data, walk->out.data, walk->out.used);
    status = output->commit(output, walk->out.used);
    return status == SPW_OK ? output->emit(output, index, operation) : status;
}

static spw_status reject(const walk *walk, spw_call *call, uint32_t index) {
    const trouble *trouble = &walk->trouble;
    bool unreadable = trouble->reason == REASON_NOT_JSON || trouble->reason == REASON_NOT_AN_OBJECT;
    spw_event event = {.size = sizeof event,
                       .kind = SPW_EVENT_REJECTED,
                       .index = index,
                       .signal = unreadable ? SPW_SIGNAL_UNRECOVERABLE : SPW_SIGNAL_SCHEMA_DRIFT,
                       .pointer = view(&trouble->pointer, 0, trouble->pointer.used),
                       .before = {trouble->before.data, trouble->before.size},
                       .reason = reason_sentence(trouble->reason)};
    return call->event(call, &event);
}

static spw_status handle_record(walk *walk, spw_call *call, const spw_input *input, uint32_t index,
                                spw_output *output) {
    const spw_record *record = &input->records[index];
    const char *data = record->length ? (const char *)input->bytes.data + record->offset : "";
    verdict verdict = record_coerce(walk, data, record->length);
    if (walk_is_spent(walk)) {
        return SPW_OVER_BUDGET;
    }
    if (verdict == KEPT) {
        return output->pass(output, index);
    }
    if (verdict != CHANGED) {
        return reject(walk, call, index);
    }
    spw_status status = report(walk, call, index);
    return status == SPW_OK ? emit(walk, output, index, record->operation) : status;
}

static void forget_spent(walk *walk) {
    walk->spent = walk->out.spent = walk->text.spent = walk->compared.spent = false;
    walk->scratch.spent = walk->names.spent = walk->pointers.spent = false;
    walk->trouble.pointer.spent = false;
}

static bool is_inside(const spw_input *input, const spw_record *record) {
    return record->offset <= input->bytes.size &&
           record->length <= input->bytes.size - record->offset;
}

static spw_status handle(void *opaque, spw_call *call, const spw_input *input, spw_output *output) {
    instance *self = opaque;
    forget_spent(&self->walk);
    for (uint32_t i = 0; i < input->record_count; i++) {
        if (!is_inside(input, &input->records[i])) {
            return say_invalid(call, "record %u lies outside of the payload's bytes", i);
        }
        if (i % 256 == 255 && call->cancelled(call)) {
            return say_fail(call, SPW_SIGNAL_TIMEOUT, "cancelled after %u of %u records", i,
                            input->record_count);
        }
        spw_status status = handle_record(&self->walk, call, input, i, output);
        if (status != SPW_OK) {
            return say_fail(call, SPW_SIGNAL_OVER_BUDGET,
                            "the budget of the call was spent at record %u of %u", i + 1,
                            input->record_count);
        }
    }
    return SPW_OK;
}

/* --- what the host sees --- */

static const spw_handler handler = {.size = sizeof handler, .handle = handle};
static const spw_str interfaces[] = {TEXT(SPW_HANDLER)};

static const void *interface_table(spw_str id) {
    return span_is((js_span){id.data, id.size}, SPW_HANDLER) ? &handler : NULL;
}

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    if (host->abi_major != SPW_ABI_MAJOR) {
        return SPW_INVALID;
    }
    uint32_t size = plugin->size < sizeof *plugin ? plugin->size : (uint32_t)sizeof *plugin;
    spw_plugin made = {.size = size,
                       .abi_major = SPW_ABI_MAJOR,
                       .abi_minor = SPW_ABI_MINOR,
                       .name = TEXT("spillway/coerce-c"),
                       .version = TEXT("0.1.0"),
                       .summary = TEXT("Tier 2: strips, coerces exactly or as declared, rescues"),
                       .options_schema = TEXT("{\"type\":\"object\",\"properties\":{},"
                                              "\"additionalProperties\":false}"),
                       .threads = SPW_THREADS_PER_LANE,
                       .declares = SPW_SURVIVES_NULL | SPW_UNMAPPABLE | SPW_DETERMINISTIC,
                       .interfaces = interfaces,
                       .interface_count = 1,
                       .interface_table = interface_table,
                       .create = create,
                       .destroy = destroy};
    memcpy(plugin, &made, size);
    return SPW_OK;
}

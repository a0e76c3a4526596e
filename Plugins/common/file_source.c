#include "file_source.h"

#include <stdlib.h>
#include <string.h>

#include "file_source_parts.h"
#include "say.h"

static bool enter(file_source *source) {
    return !atomic_flag_test_and_set_explicit(&source->busy, memory_order_acquire);
}

static void leave(file_source *source) {
    atomic_flag_clear_explicit(&source->busy, memory_order_release);
}

/* --- life --- */

void file_source_destroy(void *instance) {
    file_source *source = instance;
    if (!source) {
        return;
    }
    file_reading_back(source);
    file_order_stop(source);
    file_registry_free(&source->registry);
    files_query_free(&source->query);
    if (source->options && source->format->end_options) {
        source->format->end_options(source->options);
    }
    free(source->options);
    free(source->cursor);
    free(source->name);
    free(source);
}

spw_status file_source_create(const file_format *format, const spw_create *create, spw_call *call,
                              void **instance) {
    *instance = NULL;
    file_source *source = calloc(1, sizeof *source);
    if (!source) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for a source");
    }
    atomic_flag_clear(&source->busy);
    source->format = format;
    source->hashed = true;
    source->options = calloc(1, format->options_size ? format->options_size : 1);
    source->cursor = calloc(1, format->cursor_size);
    source->name = strndup(create->name.size ? create->name.data : "", create->name.size);
    spw_status status = SPW_OK;
    if (!source->options || !source->cursor || !source->name ||
        !files_set_base(&source->query, create->base_folder)) {
        status = say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for a source");
    } else {
        format->defaults(source->options);
        status = file_options_read(source, call, create->options);
    }
    if (status != SPW_OK) {
        file_source_destroy(source);
        return status;
    }
    source->state = create->extension(create, (spw_str){SPW_EXT_STATE, strlen(SPW_EXT_STATE)});
    *instance = source;
    return SPW_OK;
}

/* --- partitions --- */

static spw_status partitions(void *instance, spw_call *call,
                             void (*each)(void *context, spw_str partition), void *context) {
    (void)instance;
    (void)call;
    each(context, (spw_str){"", 0});
    return SPW_OK;
}

static void let_go(file_source *source) {
    source->position = (file_position){0};
    file_reading_back(source);
    file_order_stop(source);
    file_registry_free(&source->registry);
    source->assigned = false;
}

static spw_status assign_at(file_source *source, spw_call *call, spw_bytes text) {
    let_go(source);
    if (!source->state) {
        return say_fail(call, SPW_SIGNAL_DENIED,
                        "reading files needs the host's " SPW_EXT_STATE ", to know them again");
    }
    file_position position;
    if (!file_position_read(text, &position)) {
        return say_fail(call, SPW_SIGNAL_DENIED, "\"%.*s\" is no position of this source",
                        (int)(text.size < 200 ? text.size : 200), (const char *)text.data);
    }
    spw_status status = file_registry_load(&source->registry, source->state, call);
    if (status != SPW_OK) {
        return status;
    }
    if (position.ordinal > source->registry.count) {
        return say_fail(call, SPW_SIGNAL_DENIED,
                        "the position is in file %llu, and the state knows %zu: the state folder"
                        " is older than what the sink holds, or another one; use the one that"
                        " belongs to it",
                        (unsigned long long)position.ordinal, source->registry.count);
    }
    source->position = position;
    file_reading_back(source);
    source->assigned = true;
    return SPW_OK;
}

static spw_status assign(void *instance, spw_call *call, spw_str partition, spw_bytes position) {
    file_source *source = instance;
    if (partition.size) {
        return say_invalid(call, "this source has one partition, whose name is empty");
    }
    if (!enter(source)) {
        return SPW_BUSY;
    }
    spw_status status = assign_at(source, call, position);
    if (status != SPW_OK) {
        let_go(source);
    }
    leave(source);
    return status;
}

static spw_status revoke(void *instance, spw_call *call, spw_str partition) {
    file_source *source = instance;
    (void)call;
    (void)partition;
    if (!enter(source)) {
        return SPW_BUSY;
    }
    let_go(source);
    leave(source);
    return SPW_OK;
}

/* --- batches --- */

static spw_status fill(file_source *source, spw_call *call, uint32_t max_records,
                       source_batch *batch) {
    spw_status status = source->looked ? SPW_OK : file_order_look(source, call);
    while (status == SPW_OK && source_batch_count(batch) < max_records) {
        status = file_reading_step(source, call, batch);
    }
    return status;
}

/* The batch is full enough: says where to start again after it. */
static spw_status hand_out(file_source *source, spw_call *call, source_batch *batch,
                           spw_batch *shown) {
    file_position position =
        source->contributed ? file_position_of(&source->reader, source->at) : source->tail;
    if (!file_position_write(&position, source_batch_position(batch))) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for a batch");
    }
    source->position = position;
    const char *media_type = source->format->raw_media_type;
    source_batch_show(batch, (spw_str){media_type, strlen(media_type)}, shown);
    return SPW_OK;
}

static spw_status next_batch(file_source *source, spw_call *call, uint32_t max_records,
                             uint64_t max_bytes, spw_batch *shown) {
    source_batch *batch = source_batch_new(max_records, max_bytes);
    if (!batch) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for a batch");
    }
    source->contributed = false;
    source->tail.ordinal = 0;
    spw_status status = fill(source, call, max_records ? max_records : UINT32_MAX, batch);
    if (source_batch_count(batch) && status != SPW_PENDING && !source_batch_is_void(batch)) {
        /* a failure comes again with the next call, when nothing stands before it */
        status = hand_out(source, call, batch, shown);
        if (status == SPW_OK) {
            return SPW_OK;
        }
    }
    if (source_batch_count(batch) || source_batch_is_void(batch) || status == SPW_END) {
        file_reading_back(source);
    }
    if (status == SPW_END) {
        source->looked = false; /* asked again, there may be more */
    }
    source_batch_free(batch);
    return status;
}

static spw_status next(void *instance, spw_call *call, uint32_t max_records, uint64_t max_bytes,
                       spw_batch *shown) {
    file_source *source = instance;
    if (!enter(source)) {
        return SPW_BUSY;
    }
    spw_status status = source->assigned ? next_batch(source, call, max_records, max_bytes, shown)
                                         : say_invalid(call, "next before assign");
    leave(source);
    return status;
}

static void release(void *instance, void *token) {
    (void)instance;
    source_batch_free(token);
}

/* Positions say all; there is nothing to keep. */
static spw_status ack(void *instance, spw_call *call, spw_str partition, spw_bytes position) {
    (void)instance;
    (void)call;
    (void)partition;
    (void)position;
    return SPW_OK;
}

/* --- raw bytes again --- */

spw_status file_source_reject_rest(file_reader *reader, spw_call *call, source_batch *batch,
                                   const char *reason) {
    spw_status status = file_reader_fill_all(reader, call);
    if (status != SPW_OK) {
        return status;
    }
    size_t size = file_reader_left(reader);
    source_record record = {.offset = reader->offset,
                            .bytes = {file_reader_bytes(reader), size},
                            .signal = SPW_SIGNAL_UNRECOVERABLE,
                            .reason = reason};
    status = source_batch_add(batch, call, &record);
    if (status == SPW_OK) {
        file_reader_take(reader, size);
        file_reader_seal(reader);
    }
    return status;
}

spw_status file_source_parse_as_file(const file_format *format, const void *options, spw_call *call,
                                     spw_bytes raw, source_batch *batch) {
    file_reader reader;
    file_reader_memory(&reader, raw, "the raw bytes");
    void *cursor = calloc(1, format->cursor_size);
    if (!cursor) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory to parse raw bytes");
    }
    spw_status status = format->start(options, cursor, &reader, call);
    while (status == SPW_OK) {
        status = format->read(options, cursor, &reader, call, batch);
    }
    if (format->end_cursor) {
        format->end_cursor(cursor);
    }
    free(cursor);
    file_reader_close(&reader);
    if (status == SPW_PENDING) {
        return say_fail(call, SPW_SIGNAL_TIMEOUT, "the raw bytes were not parsed in time");
    }
    if (status == BATCH_FULL) { /* without limits: no room to report a reject */
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no room for the records of raw bytes");
    }
    return status == SPW_END ? SPW_OK : status;
}

static spw_status parse_into(const file_source *source, spw_call *call, spw_str key, spw_bytes raw,
                             source_batch *batch) {
    const file_format *format = source->format;
    spw_status status = format->parse
                            ? format->parse(source->options, call, key, raw, batch)
                            : file_source_parse_as_file(format, source->options, call, raw, batch);
    if (status != SPW_OK || source_batch_count(batch)) {
        return status;
    }
    file_reader reader;
    file_reader_memory(&reader, raw, "the raw bytes");
    return file_source_reject_rest(&reader, call, batch, "no record is in these bytes");
}

static spw_status parse(void *instance, spw_call *call, spw_str key, spw_str raw_media_type,
                        spw_bytes raw, spw_batch *shown) {
    (void)raw_media_type;
    const file_source *source = instance;
    source_batch *batch = source_batch_new(0, 0);
    if (!batch) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for a batch");
    }
    source_batch_parse_key(batch, key.data ? key : (spw_str){"", 0});
    spw_status status = parse_into(source, call, key, raw, batch);
    if (status != SPW_OK) {
        source_batch_free(batch);
        return status;
    }
    const char *media_type = source->format->raw_media_type;
    source_batch_show(batch, (spw_str){media_type, strlen(media_type)}, shown);
    return SPW_OK;
}

/* --- the plugin --- */

const void *file_source_table(spw_str id) {
    static const spw_source table = {.size = sizeof table,
                                     .declares = SPW_SOURCE_REPLAYABLE | SPW_SOURCE_ORDERED,
                                     .partitions = partitions,
                                     .assign = assign,
                                     .revoke = revoke,
                                     .next = next,
                                     .release = release,
                                     .ack = ack,
                                     .parse = parse};
    bool known = id.size == strlen(SPW_SOURCE) && memcmp(id.data, SPW_SOURCE, id.size) == 0;
    return known ? &table : NULL;
}

spw_status file_source_describe(spw_plugin *plugin, const char *name, const char *summary,
                                const char *options_schema,
                                spw_status (*create)(const spw_create *, spw_call *, void **)) {
    static const spw_str interfaces[] = {{SPW_SOURCE, sizeof SPW_SOURCE - 1}};
    spw_plugin filled = {.abi_major = SPW_ABI_MAJOR,
                         .abi_minor = SPW_ABI_MINOR,
                         .name = {name, strlen(name)},
                         .version = {"0.1.0", 5},
                         .summary = {summary, strlen(summary)},
                         .options_schema = {options_schema, strlen(options_schema)},
                         .threads = SPW_THREADS_PER_LANE,
                         .declares = SPW_SURVIVES_NULL | SPW_NEEDS_FILES,
                         .interfaces = interfaces,
                         .interface_count = 1,
                         .interface_table = file_source_table,
                         .create = create,
                         .destroy = file_source_destroy};
    size_t size = plugin->size < sizeof filled ? plugin->size : sizeof filled;
    filled.size = (uint32_t)size;
    memcpy(plugin, &filled, size);
    return SPW_OK;
}

#include "source_batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

struct source_batch {
    uint32_t max_records;
    uint64_t max_bytes;
    spw_str name, parse_key;
    uint64_t ordinal;
    spw_record *records; /* keys count from the start of `keys` until shown */
    uint32_t count, room;
    bool is_void;
    byte_buffer bytes, raw, prefix, keys, position;
};

static const uint8_t nothing[1];

bool byte_buffer_reserve(byte_buffer *buffer, size_t more) {
    if (buffer->room - buffer->size >= more) {
        return true;
    }
    size_t room = buffer->room ? buffer->room : 4096;
    while (room - buffer->size < more) {
        if (room > SIZE_MAX / 2) {
            return false;
        }
        room *= 2;
    }
    uint8_t *grown = realloc(buffer->data, room);
    if (!grown) {
        return false;
    }
    buffer->data = grown;
    buffer->room = room;
    return true;
}

bool byte_buffer_append(byte_buffer *buffer, const void *data, size_t size) {
    if (!byte_buffer_reserve(buffer, size)) {
        return false;
    }
    if (size) {
        memcpy(buffer->data + buffer->size, data, size);
        buffer->size += size;
    }
    return true;
}

source_batch *source_batch_new(uint32_t max_records, uint64_t max_bytes) {
    source_batch *batch = calloc(1, sizeof *batch);
    if (batch) {
        batch->max_records = max_records ? max_records : UINT32_MAX;
        batch->max_bytes = max_bytes ? max_bytes : UINT64_MAX;
    }
    return batch;
}

void source_batch_free(source_batch *batch) {
    if (batch) {
        free(batch->records);
        free(batch->bytes.data);
        free(batch->raw.data);
        free(batch->prefix.data);
        free(batch->keys.data);
        free(batch->position.data);
        free(batch);
    }
}

void source_batch_origin(source_batch *batch, spw_str name, uint64_t ordinal) {
    batch->name = name;
    batch->ordinal = ordinal;
}

void source_batch_parse_key(source_batch *batch, spw_str key) {
    batch->parse_key = key;
}

bool source_batch_is_void(const source_batch *batch) {
    return batch->is_void;
}

uint32_t source_batch_count(const source_batch *batch) {
    return batch->count;
}

byte_buffer *source_batch_position(source_batch *batch) {
    return &batch->position;
}

/* One prefix goes before all raw spans of a batch. */
static bool fits(const source_batch *batch, const source_record *record) {
    if (!batch->count) {
        return true;
    }
    uint64_t size = batch->bytes.size + batch->raw.size;
    return batch->count < batch->max_records && size < batch->max_bytes &&
           record->bytes.size + record->raw.size <= batch->max_bytes - size &&
           batch->prefix.size == record->prefix.size &&
           (!record->prefix.size ||
            memcmp(batch->prefix.data, record->prefix.data, record->prefix.size) == 0);
}

static bool grow_table(source_batch *batch) {
    if (batch->count < batch->room) {
        return true;
    }
    uint32_t room = batch->room ? batch->room * 2 : 64;
    spw_record *grown = realloc(batch->records, room * sizeof *grown);
    if (!grown) {
        return false;
    }
    batch->records = grown;
    batch->room = room;
    return true;
}

/* All memory that the record needs, so that nothing fails once its reject is reported. */
static bool reserve(source_batch *batch, const source_record *record) {
    size_t key_room = (batch->parse_key.size ? batch->parse_key.size : batch->name.size) + 48;
    return grow_table(batch) && byte_buffer_reserve(&batch->bytes, record->bytes.size) &&
           byte_buffer_reserve(&batch->raw, record->raw.size) &&
           byte_buffer_reserve(&batch->keys, key_room) &&
           (batch->count ||
            byte_buffer_append(&batch->prefix, record->prefix.data, record->prefix.size));
}

/* What the host charges for a reject at most; to ask for more than is left ends the call. */
static bool may_report(const spw_call *call, const source_record *record) {
    return record->signal == SPW_SIGNAL_NONE ||
           call->budget_left >= SAY_LIMIT + 2 * sizeof(spw_event);
}

static spw_status report(source_batch *batch, spw_call *call, const source_record *record) {
    if (record->signal == SPW_SIGNAL_NONE) {
        return SPW_OK;
    }
    char room[SAY_LIMIT];
    spw_event event = {.size = sizeof event,
                       .kind = SPW_EVENT_REJECTED,
                       .index = batch->count,
                       .signal = record->signal,
                       .reason = say_text(room, record->reason)};
    if (call->event(call, &event) == SPW_OK) {
        return SPW_OK;
    }
    batch->is_void = true;
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "the host took no reject for record %u",
                    (unsigned)batch->count);
}

/* Appends the key; answers its size. */
static size_t append_key(source_batch *batch, uint64_t offset) {
    size_t before = batch->keys.size;
    char tail[48];
    int size = 0;
    if (!batch->parse_key.data) {
        byte_buffer_append(&batch->keys, batch->name.data, batch->name.size);
        size = snprintf(tail, sizeof tail, "/%" PRIu64 ":%" PRIu64, batch->ordinal, offset);
    } else {
        byte_buffer_append(&batch->keys, batch->parse_key.data, batch->parse_key.size);
        size = batch->count ? snprintf(tail, sizeof tail, "/%" PRIu32, batch->count) : 0;
    }
    byte_buffer_append(&batch->keys, tail, (size_t)size);
    return batch->keys.size - before;
}

spw_status source_batch_add(source_batch *batch, spw_call *call, const source_record *record) {
    if (!fits(batch, record)) {
        return BATCH_FULL;
    }
    if (!reserve(batch, record) || !may_report(call, record)) {
        /* what is there goes on its way first; alone, it is the call's failure */
        return batch->count ? BATCH_FULL
                            : say_fail(call, SPW_SIGNAL_OVER_BUDGET,
                                       "no room for a record of %zu bytes", record->bytes.size);
    }
    spw_status status = report(batch, call, record);
    if (status != SPW_OK) {
        return status;
    }
    spw_record *row = &batch->records[batch->count];
    *row = (spw_record){.offset = batch->bytes.size,
                        .length = record->bytes.size,
                        .raw_offset = batch->raw.size,
                        .raw_length = record->raw.size,
                        .ordinal = batch->count,
                        .operation = SPW_UPSERT};
    byte_buffer_append(&batch->bytes, record->bytes.data, record->bytes.size);
    byte_buffer_append(&batch->raw, record->raw.data, record->raw.size);
    row->key.size = append_key(batch, record->offset);
    batch->count++;
    return SPW_OK;
}

static spw_bytes view(const byte_buffer *buffer) {
    return (spw_bytes){buffer->data ? buffer->data : nothing, buffer->size};
}

void source_batch_show(source_batch *batch, spw_str raw_media_type, spw_batch *shown) {
    size_t key_at = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        batch->records[i].key.data = (const char *)batch->keys.data + key_at;
        key_at += batch->records[i].key.size;
    }
    spw_batch filled = {.size = sizeof filled,
                        .input = {.size = sizeof(spw_input),
                                  .record_count = batch->count,
                                  .records = batch->records,
                                  .bytes = view(&batch->bytes),
                                  .total_size = batch->bytes.size,
                                  .raw = batch->raw.size ? view(&batch->raw) : (spw_bytes){0},
                                  .raw_prefix = view(&batch->prefix),
                                  .media_type = {"application/json", 16},
                                  .raw_media_type = raw_media_type},
                        .partition = {"", 0},
                        .position = view(&batch->position),
                        .token = batch};
    size_t known = shown->size && shown->size < sizeof filled ? shown->size : sizeof filled;
    memcpy(shown, &filled, known);
}

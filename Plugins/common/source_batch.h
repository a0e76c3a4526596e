/*
 * A batch while a source fills it. All that it points to is its own memory, so that it can be
 * released from any thread.
 */
#ifndef SPILLWAY_PLUGINS_SOURCE_BATCH_H
#define SPILLWAY_PLUGINS_SOURCE_BATCH_H

#include <spillway/abi.h>
#include <stdbool.h>

/* Besides the ABI's statuses: the batch takes no more; the record was not added. */
#define BATCH_FULL 100

typedef struct byte_buffer {
    uint8_t *data;
    size_t size, room;
} byte_buffer;

/* Room for `more` further bytes; false: no memory. */
bool byte_buffer_reserve(byte_buffer *buffer, size_t more);
bool byte_buffer_append(byte_buffer *buffer, const void *data, size_t size);

/* A record as a format found it. */
typedef struct source_record {
    uint64_t offset;  /* in its file */
    spw_bytes bytes;  /* one JSON object, or the raw bytes of what could not be read */
    spw_bytes raw;    /* empty: `bytes` are the raw bytes */
    spw_bytes prefix; /* what goes before the raw bytes */
    int32_t signal;   /* SPW_SIGNAL_NONE, or why it is rejected */
    const char *reason;
} source_record;

typedef struct source_batch source_batch;

/* Limits of 0 are none. */
source_batch *source_batch_new(uint32_t max_records, uint64_t max_bytes);
void source_batch_free(source_batch *batch);

/* Keys of what is added from now on: "<name>/<ordinal>:<offset>". Borrowed. */
void source_batch_origin(source_batch *batch, spw_str name, uint64_t ordinal);
/* Keys of a parse: `key`, then "<key>/1", "<key>/2", ... Borrowed. */
void source_batch_parse_key(source_batch *batch, spw_str key);

/* Adds a record and reports its reject. BATCH_FULL, or SPW_FAILED: it was not added. */
spw_status source_batch_add(source_batch *batch, spw_call *call, const source_record *record);
/* The host did not take a reject although there was room for it: the call fails, and nothing of the
 * batch goes on. */
bool source_batch_is_void(const source_batch *batch);
uint32_t source_batch_count(const source_batch *batch);
/* Room of this batch's for where to start again after it. */
byte_buffer *source_batch_position(source_batch *batch);

/* Shows the batch to the host, who releases it by its token. */
void source_batch_show(source_batch *batch, spw_str raw_media_type, spw_batch *shown);

#endif

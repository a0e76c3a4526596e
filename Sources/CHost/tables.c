#include "tables.h"

#include <string.h>

/* A table starts with its size and one more 32 bit field; none has a mebibyte. */
enum { smallest_table = 8, largest_table = 1 << 20 };

/* --- the stubs --- */

static spw_status no_handle(void *instance, spw_call *call, const spw_input *input,
                            spw_output *output) {
    (void)instance, (void)call, (void)input, (void)output;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_validate(void *instance, spw_call *call, const spw_input *before,
                              const spw_input *after, const spw_event *events, size_t event_count) {
    (void)instance, (void)call, (void)before, (void)after, (void)events, (void)event_count;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_put(void *instance, spw_call *call, spw_object *object, const spw_bytes *parts,
                         size_t part_count) {
    (void)instance, (void)call, (void)object, (void)parts, (void)part_count;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_put_begin(void *instance, spw_call *call, const spw_object *object,
                               void **put) {
    (void)instance, (void)call, (void)object, (void)put;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_put_write(void *instance, spw_call *call, void *put, spw_bytes bytes) {
    (void)instance, (void)call, (void)put, (void)bytes;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_put_finish(void *instance, spw_call *call, void *put, spw_object *object) {
    (void)instance, (void)call, (void)put, (void)object;
    return SPW_NOT_IMPLEMENTED;
}

static void no_put_abort(void *instance, spw_call *call, void *put) {
    (void)instance, (void)call, (void)put;
}

static spw_status no_get(void *instance, spw_call *call, spw_str name, uint64_t offset,
                         uint64_t length, spw_output *output) {
    (void)instance, (void)call, (void)name, (void)offset, (void)length, (void)output;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_stat(void *instance, spw_call *call, spw_str name, spw_object *object) {
    (void)instance, (void)call, (void)name, (void)object;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_list(void *instance, spw_call *call, spw_str prefix, spw_str page,
                          uint32_t limit, void (*each)(void *context, const spw_object *object),
                          void *context) {
    (void)instance, (void)call, (void)prefix, (void)page, (void)limit, (void)each, (void)context;
    return SPW_NOT_IMPLEMENTED;
}

/* stands for remove, revoke and abort: one text and no more */
static spw_status no_text_call(void *instance, spw_call *call, spw_str text) {
    (void)instance, (void)call, (void)text;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_partitions(void *instance, spw_call *call,
                                void (*each)(void *context, spw_str partition), void *context) {
    (void)instance, (void)call, (void)each, (void)context;
    return SPW_NOT_IMPLEMENTED;
}

/* stands for assign, ack, nack and extend */
static spw_status no_position_call(void *instance, spw_call *call, spw_str partition,
                                   spw_bytes position) {
    (void)instance, (void)call, (void)partition, (void)position;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_next(void *instance, spw_call *call, uint32_t max_records, uint64_t max_bytes,
                          spw_batch *batch) {
    (void)instance, (void)call, (void)max_records, (void)max_bytes, (void)batch;
    return SPW_NOT_IMPLEMENTED;
}

static void no_release(void *instance, void *token) {
    (void)instance, (void)token;
}

static spw_status no_parse(void *instance, spw_call *call, spw_str key, spw_str raw_media_type,
                           spw_bytes raw, spw_batch *batch) {
    (void)instance, (void)call, (void)key, (void)raw_media_type, (void)raw, (void)batch;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_sink_position(void *instance, spw_call *call, spw_str stream, spw_mark *mark) {
    (void)instance, (void)call, (void)stream, (void)mark;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_prepare(void *instance, spw_call *call, spw_str stream, const spw_input *input,
                             uint8_t *outcomes) {
    (void)instance, (void)call, (void)stream, (void)input, (void)outcomes;
    return SPW_NOT_IMPLEMENTED;
}

static spw_status no_commit(void *instance, spw_call *call, spw_str stream, const spw_mark *mark) {
    (void)instance, (void)call, (void)stream, (void)mark;
    return SPW_NOT_IMPLEMENTED;
}

static int32_t no_keyed(void *instance) {
    (void)instance;
    return 0;
}

static const void *no_interface_table(spw_str id) {
    (void)id;
    return NULL;
}

static spw_status no_create(const spw_create *create, spw_call *call, void **instance) {
    (void)create, (void)call, (void)instance;
    return SPW_NOT_IMPLEMENTED;
}

static void no_destroy(void *instance) {
    (void)instance;
}

/* stands for reset, self_test and drain */
static spw_status no_plain_call(void *instance, spw_call *call) {
    (void)instance, (void)call;
    return SPW_NOT_IMPLEMENTED;
}

static void no_shutdown(void) {
}

/* --- filling --- */

uint32_t spw_table_size(const void *table) {
    uint32_t size;
    memcpy(&size, table, sizeof size);
    return size;
}

/* Fields after the first eight bytes are eight bytes each: one that `size` cuts reads as zero. */
static bool copy_table(const void *from, void *to, size_t room) {
    memset(to, 0, room);
    uint32_t size = from ? spw_table_size(from) : 0;
    bool sound = size >= smallest_table && size <= largest_table;
    if (sound) {
        size_t known = size < room ? size & ~(size_t)7 : room;
        memcpy(to, from, known);
    }
    uint32_t full = (uint32_t)room;
    memcpy(to, &full, sizeof full);
    return sound;
}

#define OR(field, stub)                                                                            \
    if (!to->field)                                                                                \
    to->field = (stub)

bool spw_fill_handler(const void *from, spw_handler *to) {
    bool sound = copy_table(from, to, sizeof *to);
    OR(handle, no_handle);
    return sound;
}

bool spw_fill_validator(const void *from, spw_validator *to) {
    bool sound = copy_table(from, to, sizeof *to);
    OR(validate, no_validate);
    return sound;
}

bool spw_fill_store(const void *from, spw_store *to) {
    bool sound = copy_table(from, to, sizeof *to);
    OR(put, no_put);
    OR(put_begin, no_put_begin);
    OR(put_write, no_put_write);
    OR(put_finish, no_put_finish);
    OR(put_abort, no_put_abort);
    OR(get, no_get);
    OR(stat, no_stat);
    OR(list, no_list);
    OR(remove, no_text_call);
    return sound;
}

bool spw_fill_source(const void *from, spw_source *to) {
    bool sound = copy_table(from, to, sizeof *to);
    OR(partitions, no_partitions);
    OR(assign, no_position_call);
    OR(revoke, no_text_call);
    OR(next, no_next);
    OR(release, no_release);
    OR(ack, no_position_call);
    OR(nack, no_position_call);
    OR(extend, no_position_call);
    OR(parse, no_parse);
    return sound;
}

bool spw_fill_sink(const void *from, spw_sink *to) {
    bool sound = copy_table(from, to, sizeof *to);
    OR(position, no_sink_position);
    OR(prepare, no_prepare);
    OR(commit, no_commit);
    OR(abort, no_text_call);
    OR(keyed, no_keyed);
    return sound;
}

bool spw_fill_plugin(spw_plugin *plugin) {
    spw_plugin left = *plugin, *to = plugin;
    bool sound = left.size <= sizeof left && copy_table(&left, to, sizeof *to);
    OR(interface_table, no_interface_table);
    OR(create, no_create);
    OR(destroy, no_destroy);
    OR(reset, no_plain_call);
    OR(self_test, no_plain_call);
    OR(drain, no_plain_call);
    OR(shutdown, no_shutdown);
    return sound;
}

bool spw_view_is_sound(const void *data, size_t size) {
    return size == 0 || (data && size <= SIZE_MAX / 2);
}

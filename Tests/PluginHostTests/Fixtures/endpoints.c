/*
 * A validator, a store, a source and a sink in one plugin, all in memory; options name what they do
 * wrong. Every function that is optional is left out.
 */
#include <spillway/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

enum { most_objects = 16 };

typedef struct object {
    char name[64];
    uint8_t sha256[32];
    uint8_t *bytes;
    size_t length;
} object;

typedef struct instance {
    char options[256];
    object objects[most_objects];
    int object_count;
    char key[8][32];
    spw_record records[8];
    char bytes[256];
    uint32_t given, released;
    char mark[64];
    uint64_t sequence, prepared;
} instance;

static int is(const instance *self, const char *mode) {
    return strstr(self->options, mode) != NULL;
}

static spw_str text(const char *literal) {
    return (spw_str){literal, strlen(literal)};
}

static spw_status fail(spw_call *call, int32_t signal, const char *message) {
    call->fail(call, signal, 0, text(message));
    return SPW_FAILED;
}

/* --- validator: rejects each record whose bytes differ, or that is empty --- */

static spw_status validate(void *instance_, spw_call *call, const spw_input *before,
                           const spw_input *after, const spw_event *events, size_t event_count) {
    (void)instance_, (void)events;
    for (uint32_t i = 0; after && i < after->record_count; i++) {
        const spw_record *a = &before->records[i], *b = &after->records[i];
        if (a->length == b->length &&
            memcmp(before->bytes.data + a->offset, after->bytes.data + b->offset, a->length) == 0) {
            continue;
        }
        spw_event event = {.size = sizeof event,
                           .kind = SPW_EVENT_REJECTED,
                           .index = i,
                           .signal = SPW_SIGNAL_DIVERGENCE,
                           .reason =
                               text(event_count ? "it differs in spite of events" : "it differs")};
        call->event(call, &event);
    }
    return SPW_OK;
}

/* --- store --- */

static object *find(instance *self, spw_str name) {
    for (int i = 0; i < self->object_count; i++) {
        if (strlen(self->objects[i].name) == name.size &&
            memcmp(self->objects[i].name, name.data, name.size) == 0) {
            return &self->objects[i];
        }
    }
    return NULL;
}

static object *add(instance *self, const spw_object *told) {
    object *made = &self->objects[self->object_count++];
    snprintf(made->name, sizeof made->name, "%.*s", (int)told->name.size, told->name.data);
    memcpy(made->sha256, told->sha256, 32);
    made->bytes = malloc(told->length + 1);
    made->length = 0;
    return made;
}

static spw_status put(void *instance_, spw_call *call, spw_object *told, const spw_bytes *parts,
                      size_t part_count) {
    instance *self = instance_;
    if (is(self, "full")) {
        return fail(call, SPW_SIGNAL_UNAVAILABLE, "no space is left");
    }
    told->existed = find(self, told->name) != NULL;
    if (told->existed) {
        return SPW_OK;
    }
    object *made = add(self, told);
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].size) {
            memcpy(made->bytes + made->length, parts[i].data, parts[i].size);
        }
        made->length += parts[i].size;
    }
    return SPW_OK;
}

static spw_status put_begin(void *instance_, spw_call *call, const spw_object *told, void **put) {
    (void)call;
    *put = add(instance_, told);
    return SPW_OK;
}

static spw_status put_write(void *instance_, spw_call *call, void *put, spw_bytes bytes) {
    (void)instance_, (void)call;
    object *made = put;
    memcpy(made->bytes + made->length, bytes.data, bytes.size);
    made->length += bytes.size;
    return SPW_OK;
}

static spw_status put_finish(void *instance_, spw_call *call, void *put, spw_object *told) {
    (void)instance_;
    object *made = put;
    return made->length == told->length ? SPW_OK
                                        : fail(call, SPW_SIGNAL_TRANSIENT, "the length is wrong");
}

static void put_abort(void *instance_, spw_call *call, void *put) {
    (void)call;
    free(((object *)put)->bytes);
    ((instance *)instance_)->object_count--;
}

static spw_status get(void *instance_, spw_call *call, spw_str name, uint64_t offset,
                      uint64_t length, spw_output *output) {
    (void)call;
    object *found = find(instance_, name);
    if (!found) {
        return SPW_END;
    }
    uint64_t left = found->length - (offset < found->length ? offset : found->length);
    size_t size = (size_t)(length < left ? length : left);
    spw_room room;
    spw_status status = output->reserve(output, size, &room);
    if (status != SPW_OK) {
        return status;
    }
    memcpy(room.data, found->bytes + offset, size);
    if (is(instance_, "rot") && size) {
        room.data[0] ^= 1;
    }
    return output->commit(output, size);
}

static void describe(const object *found, spw_object *told) {
    told->name = text(found->name);
    told->length = found->length;
    memcpy(told->sha256, found->sha256, 32);
    told->media_type = text("text/plain");
    told->stored_at_ns = 42;
}

static spw_status stat_(void *instance_, spw_call *call, spw_str name, spw_object *told) {
    (void)call;
    object *found = find(instance_, name);
    if (!found) {
        return SPW_END;
    }
    describe(found, told);
    return SPW_OK;
}

/* Names are put in order by the tests. */
static spw_status list(void *instance_, spw_call *call, spw_str prefix, spw_str page,
                       uint32_t limit, void (*each)(void *, const spw_object *), void *context) {
    (void)call;
    instance *self = instance_;
    char after[64];
    snprintf(after, sizeof after, "%.*s", (int)page.size, page.data ? page.data : "");
    uint32_t count = 0;
    for (int i = 0; i < self->object_count; i++) {
        object *found = &self->objects[i];
        if (strncmp(found->name, prefix.data ? prefix.data : "", prefix.size) != 0 ||
            strcmp(found->name, after) <= 0) {
            continue;
        }
        if (count++ == limit) {
            return SPW_OK;
        }
        spw_object told = {.size = sizeof told};
        describe(found, &told);
        each(context, &told);
    }
    return SPW_END;
}

static spw_status remove_(void *instance_, spw_call *call, spw_str name) {
    (void)call;
    object *found = find(instance_, name);
    if (found) {
        found->name[0] = 0;
    }
    return SPW_OK;
}

/* --- source: three records, the second one not readable, then the end --- */

static spw_status partitions(void *instance_, spw_call *call, void (*each)(void *, spw_str),
                             void *context) {
    (void)instance_, (void)call;
    each(context, text("north"));
    each(context, text("south"));
    return SPW_OK;
}

static spw_status assign(void *instance_, spw_call *call, spw_str partition, spw_bytes position) {
    (void)call, (void)partition;
    ((instance *)instance_)->given = position.size ? 3 : 0;
    return SPW_OK;
}

static void spoil(instance *self, spw_batch *batch) {
    spw_record *last = &self->records[2];
    if (is(self, "record outside")) {
        last->length = 1000;
    }
    if (is(self, "offset wraps")) {
        last->offset = UINT64_MAX - 1;
    }
    if (is(self, "raw outside")) {
        last->raw_length = 1;
    }
    if (is(self, "no key")) {
        last->key = (spw_str){NULL, 0};
    }
    if (is(self, "key nowhere")) {
        last->key = (spw_str){NULL, 5};
    }
    if (is(self, "operation")) {
        last->operation = 9;
    }
    if (is(self, "too many")) {
        batch->input.record_count = 1000000;
    }
    if (is(self, "no table")) {
        batch->input.records = NULL;
    }
    if (is(self, "bytes nowhere")) {
        batch->input.bytes.data = NULL;
    }
    if (is(self, "position nowhere")) {
        batch->position = (spw_bytes){NULL, 3};
    }
}

static spw_status next(void *instance_, spw_call *call, uint32_t max_records, uint64_t max_bytes,
                       spw_batch *batch) {
    (void)max_records, (void)max_bytes;
    instance *self = instance_;
    if (is(self, "nothing yet")) {
        return SPW_PENDING;
    }
    if (self->given) {
        return SPW_END;
    }
    strcpy(self->bytes, "{\"a\":1}{oops}{\"c\":3}");
    const uint64_t starts[] = {0, 7, 13, 20};
    for (uint32_t i = 0; i < 3; i++) {
        snprintf(self->key[i], sizeof self->key[i], "test/1:%d", (int)starts[i]);
        self->records[i] = (spw_record){.offset = starts[i],
                                        .length = starts[i + 1] - starts[i],
                                        .key = text(self->key[i]),
                                        .ordinal = i};
    }
    batch->input.records = self->records;
    batch->input.record_count = 3;
    batch->input.bytes = (spw_bytes){(const uint8_t *)self->bytes, 20};
    batch->input.total_size = 20;
    batch->input.media_type = text("application/json");
    batch->position = (spw_bytes){(const uint8_t *)"1:20", 4};
    batch->token = self;
    spw_event event = {.size = sizeof event,
                       .kind = SPW_EVENT_REJECTED,
                       .index = is(self, "event outside") ? 3 : 1,
                       .signal = SPW_SIGNAL_UNRECOVERABLE,
                       .reason = text("no JSON")};
    call->event(call, &event);
    spoil(self, batch);
    self->given = 3;
    return SPW_OK;
}

static void release(void *instance_, void *token) {
    instance *self = instance_;
    self->released += token == self;
}

/* Answers how often it was released, in the message. */
static spw_status ack(void *instance_, spw_call *call, spw_str partition, spw_bytes position) {
    (void)partition, (void)position;
    instance *self = instance_;
    char message[32];
    snprintf(message, sizeof message, "released %u", self->released);
    return fail(call, SPW_SIGNAL_TRANSIENT, message);
}

/* --- sink --- */

static spw_status position(void *instance_, spw_call *call, spw_str stream, spw_mark *mark) {
    (void)stream;
    instance *self = instance_;
    if (is(self, "tell")) {
        return fail(call, SPW_SIGNAL_TRANSIENT, self->prepared ? "prepared" : "nothing prepared");
    }
    if (is(self, "position fails")) {
        return fail(call, SPW_SIGNAL_UNAVAILABLE, "nobody is home");
    }
    if (!self->sequence) {
        return SPW_END;
    }
    mark->sequence = self->sequence;
    mark->data = (spw_bytes){(const uint8_t *)self->mark, strlen(self->mark)};
    return SPW_OK;
}

static spw_status prepare(void *instance_, spw_call *call, spw_str stream, const spw_input *input,
                          uint8_t *outcomes) {
    (void)stream;
    instance *self = instance_;
    self->prepared++;
    for (uint32_t i = 0; i < input->record_count; i++) {
        outcomes[i] = is(self, "strange outcome") ? 99 : SPW_OUTCOME_INSERTED;
    }
    if (is(self, "bad index")) {
        spw_event event = {.size = sizeof event, .kind = SPW_EVENT_REJECTED, .index = 99};
        call->event(call, &event);
    }
    return SPW_OK;
}

static spw_status commit(void *instance_, spw_call *call, spw_str stream, const spw_mark *mark) {
    (void)stream, (void)call;
    instance *self = instance_;
    if (is(self, "nonsense commit")) {
        return 55;
    }
    snprintf(self->mark, sizeof self->mark, "%.*s", (int)mark->data.size,
             (const char *)mark->data.data);
    self->sequence = mark->sequence;
    self->prepared = 0;
    return SPW_OK;
}

static spw_status abort_(void *instance_, spw_call *call, spw_str stream) {
    (void)call, (void)stream;
    ((instance *)instance_)->prepared = 0;
    return SPW_OK;
}

static int32_t keyed(void *instance_) {
    return is(instance_, "keyed");
}

/* --- the plugin --- */

static const spw_validator validator = {.size = sizeof validator, .validate = validate};
static const spw_store store = {.size = sizeof store,
                                .put = put,
                                .put_begin = put_begin,
                                .put_write = put_write,
                                .put_finish = put_finish,
                                .put_abort = put_abort,
                                .get = get,
                                .stat = stat_,
                                .list = list,
                                .remove = remove_};
static const spw_source source = {.size = sizeof source,
                                  .declares = SPW_SOURCE_REPLAYABLE,
                                  .partitions = partitions,
                                  .assign = assign,
                                  .next = next,
                                  .release = release,
                                  .ack = ack};
static const spw_sink sink = {.size = sizeof sink,
                              .promise = SPW_SINK_POSITION,
                              .position = position,
                              .prepare = prepare,
                              .commit = commit,
                              .abort = abort_,
                              .keyed = keyed};
static const spw_str interfaces[] = {TEXT(SPW_VALIDATOR), TEXT(SPW_STORE), TEXT(SPW_SOURCE),
                                     TEXT(SPW_SINK)};

static const void *table(spw_str id) {
    const void *tables[] = {&validator, &store, &source, &sink};
    for (int i = 0; i < 4; i++) {
        if (id.size == interfaces[i].size && memcmp(id.data, interfaces[i].data, id.size) == 0) {
            return tables[i];
        }
    }
    return NULL;
}

static spw_status create(const spw_create *create, spw_call *call, void **made) {
    (void)call;
    instance *self = calloc(1, sizeof *self);
    memcpy(self->options, create->options.data,
           create->options.size < 255 ? create->options.size : 255);
    *made = self;
    return SPW_OK;
}

static void destroy(void *instance_) {
    instance *self = instance_;
    for (int i = 0; i < self->object_count; i++) {
        free(self->objects[i].bytes);
    }
    free(self);
}

SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    (void)host;
    plugin->abi_major = SPW_ABI_MAJOR;
    plugin->abi_minor = SPW_ABI_MINOR;
    plugin->name = (spw_str)TEXT("example/endpoints");
    plugin->version = (spw_str)TEXT("1.0.0");
    plugin->interfaces = interfaces;
    plugin->interface_count = 4;
    plugin->interface_table = table;
    plugin->create = create;
    plugin->destroy = destroy;
    return SPW_OK;
}

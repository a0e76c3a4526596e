#include "kit.h"

#include <dlfcn.h>

typedef struct state_entry {
    struct state_entry *next;
    char *key;
    uint8_t *value;
    size_t key_size, value_size;
} state_entry;

static state_entry *state;

static state_entry *state_find(spw_str key) {
    for (state_entry *at = state; at; at = at->next) {
        if (at->key_size == key.size && memcmp(at->key, key.data, key.size) == 0) {
            return at;
        }
    }
    return NULL;
}

static spw_status state_get(const spw_state_ext *ext, spw_str key, spw_bytes *value) {
    (void)ext;
    state_entry *found = state_find(key);
    if (!found) {
        return SPW_END;
    }
    *value = kit_bytes(found->value, found->value_size);
    return SPW_OK;
}

static spw_status state_put(const spw_state_ext *ext, spw_str key, spw_bytes value) {
    (void)ext;
    state_entry *entry = state_find(key);
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        entry->key = malloc(key.size ? key.size : 1);
        memcpy(entry->key, key.data, key.size);
        entry->key_size = key.size;
        entry->next = state;
        state = entry;
    }
    free(entry->value);
    entry->value = malloc(value.size ? value.size : 1);
    memcpy(entry->value, value.data, value.size);
    entry->value_size = value.size;
    return SPW_OK;
}

void kit_state_clear(void) {
    while (state) {
        state_entry *next = state->next;
        free(state->key);
        free(state->value);
        free(state);
        state = next;
    }
}

static spw_state_ext state_ext = {.size = sizeof state_ext, .get = state_get, .put = state_put};

static const void *extension(const spw_create *create, spw_str id) {
    (void)create;
    return kit_equal(id, SPW_EXT_STATE) ? &state_ext : NULL;
}

static const void *host_extension(const spw_host *host, spw_str id) {
    (void)host;
    (void)id;
    return NULL;
}

static void host_log(const spw_host *host, int32_t level, spw_str message) {
    (void)host;
    fprintf(stderr, "log %d: %.*s\n", level, (int)message.size, message.data);
}

static spw_host host = {.size = sizeof host,
                        .abi_major = SPW_ABI_MAJOR,
                        .abi_minor = SPW_ABI_MINOR,
                        .name = {"plugin-kit", 10},
                        .version = {"1.0.0", 5},
                        .extension = host_extension,
                        .log = host_log};

kit_plugin kit_load(const char *path) {
    kit_plugin loaded = {.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL)};
    CHECK(loaded.handle, "%s", dlerror());
    spw_entry entry = (spw_entry)(uintptr_t)dlsym(loaded.handle, SPW_ENTRY);
    CHECK(entry, "%s has no %s", path, SPW_ENTRY);
    loaded.plugin.size = sizeof(spw_plugin);
    CHECK(entry(&host, &loaded.plugin) == SPW_OK);
    CHECK(loaded.plugin.abi_major == SPW_ABI_MAJOR);
    return loaded;
}

static void frame_log(void *context, const spw_call *call, int32_t level, spw_str message) {
    (void)context;
    (void)call;
    if (level >= SPW_LOG_WARNING) {
        fprintf(stderr, "log %d: %.*s\n", level, (int)message.size, message.data);
    }
}

kit_instance kit_open(const kit_plugin *plugin, const char *interface_id, const char *name,
                      const char *options, const char *contract, char **error) {
    kit_instance made = {.plugin = plugin, .frame = spw_frame_new()};
    spw_frame_set_log(made.frame, frame_log, NULL);
    made.table = plugin->plugin.interface_table(kit_str(interface_id));
    CHECK(made.table, "no interface %s", interface_id);
    spw_create create = {.size = sizeof create,
                         .host = &host,
                         .interface_id = kit_str(interface_id),
                         .name = kit_str(name),
                         .pipeline = {"test", 4},
                         .options = kit_str(options ? options : "{}"),
                         .contract = kit_str(contract ? contract : ""),
                         .contract_name = {"test.contract.json", 18},
                         .base_folder = {".", 1},
                         .extension = extension};
    spw_status status = plugin->plugin.create(&create, kit_begin(&made, 0), &made.instance);
    spw_str why = spw_frame_message(made.frame);
    if (error) {
        *error = status == SPW_OK ? NULL : strndup(why.size ? why.data : "", why.size);
    } else {
        CHECK(status == SPW_OK, "create: status %d: %.*s", status, (int)why.size, why.data);
    }
    return made;
}

void kit_close(kit_instance *instance) {
    if (instance->instance) {
        instance->plugin->plugin.destroy(instance->instance);
    }
    spw_frame_free(instance->frame);
    *instance = (kit_instance){0};
}

spw_call *kit_begin(kit_instance *instance, uint32_t record_count) {
    spw_frame_begin(instance->frame, &(spw_frame_setup){.batch_id = {"batch-1", 7},
                                                        .tier = {"test", 4},
                                                        .attempt_key = {"test/0:0#1", 10},
                                                        .budget = (uint64_t)1 << 30,
                                                        .attempt = 1,
                                                        .record_count = record_count});
    return spw_frame_call(instance->frame);
}

spw_input kit_input(const char *const *records, size_t count) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += strlen(records[i]) + 1;
    }
    uint8_t *bytes = malloc(total ? total : 1);
    spw_record *table = calloc(count ? count : 1, sizeof *table);
    size_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(records[i]);
        memcpy(bytes + offset, records[i], length);
        bytes[offset + length] = '\n';
        char key[64];
        int key_size = snprintf(key, sizeof key, "test/0:%zu", offset);
        table[i] = (spw_record){.offset = offset,
                                .length = length,
                                .sequence = i + 1,
                                .key = {strdup(key), (size_t)key_size},
                                .ordinal = (uint32_t)i};
        offset += length + 1;
    }
    return (spw_input){.size = sizeof(spw_input),
                       .record_count = (uint32_t)count,
                       .records = table,
                       .bytes = {bytes, total},
                       .total_size = total,
                       .media_type = {"application/json", 16}};
}

void kit_input_free(spw_input *input) {
    for (uint32_t i = 0; i < input->record_count; i++) {
        free((void *)(uintptr_t)input->records[i].key.data);
    }
    free((void *)(uintptr_t)input->records);
    free((void *)(uintptr_t)input->bytes.data);
    *input = (spw_input){0};
}

char *kit_read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    CHECK(file, "%s", path);
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    char *text = malloc((size_t)length + 1);
    CHECK(fread(text, 1, (size_t)length, file) == (size_t)length);
    text[length] = 0;
    fclose(file);
    if (size) {
        *size = (size_t)length;
    }
    return text;
}

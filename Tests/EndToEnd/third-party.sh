#!/usr/bin/env bash
# A small C plugin outside the repository, built with nothing but a compiler and the SDK's header,
# loads and runs.
. "$(dirname "$0")/lib.sh"

cat >"$work/upper.c" <<'C'
#include <spillway/abi.h>
#include <string.h>
static spw_status handle(void *self, spw_call *call, const spw_input *in, spw_output *out) {
    (void)self, (void)call;
    for (uint32_t i = 0; i < in->record_count; i++) {
        const uint8_t *from = in->bytes.data + in->records[i].offset;
        size_t size = in->records[i].length;
        spw_room room;
        if (out->reserve(out, size, &room)) return SPW_FAILED;
        for (size_t n = 0; n < size; n++)
            room.data[n] = from[n] == 'x' ? 'X' : from[n];
        out->commit(out, size);
        out->emit(out, i, in->records[i].operation);
    }
    return SPW_OK;
}
static const spw_handler handler = {.size = sizeof handler, .handle = handle};
static const void *table(spw_str id) { return id.size == 18 && !memcmp(id.data, SPW_HANDLER, 18) ? &handler : 0; }
static spw_status create(const spw_create *c, spw_call *call, void **self) { (void)c, (void)call; *self = (void *)&handler; return SPW_OK; }
static void destroy(void *self) { (void)self; }
static const spw_str ids[] = {{SPW_HANDLER, 18}};
SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *p) {
    (void)host;
    p->abi_major = SPW_ABI_MAJOR, p->abi_minor = SPW_ABI_MINOR;
    p->name = (spw_str){"me/upper", 8}, p->version = (spw_str){"1.0.0", 5};
    p->interfaces = ids, p->interface_count = 1, p->interface_table = table;
    p->create = create, p->destroy = destroy;
    return SPW_OK;
}
C
[ "$(wc -l <"$work/upper.c")" -le 32 ] || fail "the plugin is longer than it should be"
cc -shared -fPIC -I "$root/SDK/include" -o "$work/upper.so" "$work/upper.c"
"$spillway" plugin inspect --quiet --write-manifest "$work/upper.so"

echo '{"id":1,"t":"xyz"}' >"$work/a.ndjson"
cat >"$work/contract.json" <<'JSON'
{"type":"object","properties":{"id":{"type":"integer","x-key":true},"t":{"type":"string"}}}
JSON
cat >"$work/pipeline.yml" <<YAML
pipeline: third
contract: contract.json
state: state
sources:
  - { name: feed, plugin: ndjson-source, options: { files: a.ndjson }, on: { default: persist } }
chain:
  upper: { plugin: $work/upper.so, on: { default: persist } }
  persist: { persist: cold }
stores:
  cold: { plugin: persist-files, options: { path: cold } }
sink: { plugin: sqlite-sink, options: { path: out.db, table: t }, on: { default: persist } }
YAML
status 0 "$spillway" run "$work/pipeline.yml"
equal "what it made" "$(sqlite3 "$work/out.db" 'SELECT t FROM t')" "Xyz"

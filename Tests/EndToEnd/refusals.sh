#!/usr/bin/env bash
# What can't work is refused with a message of its own, before anything is touched: chains that could
# lose a record, and plugins that can't be what they say.
. "$(dirname "$0")/lib.sh"

mkdir -p "$work/in"
echo '{"id":1}' >"$work/in/a.ndjson"
cat >"$work/contract.json" <<'JSON'
{"type":"object","required":["id"],"properties":{"id":{"type":"integer","x-key":true}}}
JSON

# configuration CHAIN [PLUGIN]: a small pipeline with that chain and primary plugin.
configuration() {
    cat >"$work/pipeline.yml" <<YAML
pipeline: small
contract: contract.json
state: state
sources:
  - { name: feed, plugin: ndjson-source, options: { files: "in/*.ndjson" }, on: { default: persist } }
chain:
$1
stores:
  cold: { plugin: persist-files, options: { path: cold } }
sink: { plugin: sqlite-sink, options: { path: small.db, table: small }, on: { default: persist } }
YAML
}

persist='  persist: { persist: cold }'
primary() { echo "  primary: { plugin: $1, on: { default: persist } }"; }

# A good one, to know that only the fault is refused.
configuration "$(primary contract)
$persist"
status 0 "$spillway" check "$work/pipeline.yml"

configuration "  primary: { plugin: contract, on: { default: second } }
  second: { plugin: contract, on: { default: primary } }
$persist"
status 2 "$spillway" check "$work/pipeline.yml"
says "primary -> second -> primary"

configuration "$(primary contract)
  lonely: { plugin: contract, on: { default: persist } }
$persist"
status 2 "$spillway" check "$work/pipeline.yml"
says "lonely"

configuration "  primary: { plugin: contract, on: { schema_drift: persist } }
$persist"
status 2 "$spillway" check "$work/pipeline.yml"
says "transient"

configuration "  primary: { plugin: contract, on: { default: again } }
  again: { retry: primary, on: {} }
$persist"
status 2 "$spillway" check "$work/pipeline.yml"
says "again"

configuration "  primary: { plugin: contract, on: { defautl: persist } }
$persist"
status 2 "$spillway" check "$work/pipeline.yml"
says "pipeline.yml:"
says "default"

configuration "$(primary contrat)
$persist"
status 2 "$spillway" check "$work/pipeline.yml"
says "contract"

# Plugins. Each is refused by check and by run, with a message, and nothing is made or lost.
plugin="$work/plugins"
mkdir -p "$plugin"
include="$root/SDK/include"
refused() {
    local what=$1 text=$2
    configuration "$(primary "$plugin/$what.so")
$persist"
    status 2 "$spillway" check "$work/pipeline.yml"
    says "$text"
    status 2 "$spillway" run "$work/pipeline.yml"
    says "$text"
    [ ! -e "$work/small.db" ] || [ "$(sqlite3 "$work/small.db" 'SELECT count(*) FROM small')" = 0 ] ||
        fail "$what: something was delivered"
}
pin() { "$spillway" plugin inspect --quiet --write-manifest "$plugin/$1.so"; }

refused missing "missing.so"
cp "$SPILLWAY_PLUGIN_PATH/structural.so" "$plugin/unpinned.so"
refused unpinned "manifest"
head -c 5000 "$SPILLWAY_PLUGIN_PATH/structural.so" >"$plugin/corrupt.so"
cp "$SPILLWAY_PLUGIN_PATH/structural.manifest.json" "$plugin/corrupt.manifest.json"
refused corrupt "corrupt.so"
echo 'int nothing;' | cc -shared -fPIC -x c - -o "$plugin/noentry.so"
cp "$SPILLWAY_PLUGIN_PATH/structural.manifest.json" "$plugin/noentry.manifest.json"
refused noentry "spillway_plugin_init"
cp "$SPILLWAY_PLUGIN_PATH/coerce-c.so" "$plugin/liar.so"
sed 's/"sha256" *: *"..../"sha256" : "0000/' "$SPILLWAY_PLUGIN_PATH/coerce-c.manifest.json" \
    >"$plugin/liar.manifest.json"
refused liar "lies"
cp "$SPILLWAY_PLUGIN_PATH/coerce-c.so" "$plugin/arm.so"
printf '\xb7\x00' | dd of="$plugin/arm.so" bs=1 seek=18 conv=notrunc status=none
cp "$SPILLWAY_PLUGIN_PATH/coerce-c.manifest.json" "$plugin/arm.manifest.json"
refused arm "aarch64"

cat >"$work/other.c" <<'C'
#include <spillway/abi.h>
SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    (void)host;
    plugin->abi_major = MAJOR;
    plugin->name = (spw_str){"test/other", 10};
    plugin->version = (spw_str){"1.0.0", 5};
    return RESULT;
}
C
unpinned() {
    configuration "$(primary "$plugin/$1.so")
$persist"
    sed -i 's/^state: .*/&\nallow_unpinned: true/' "$work/pipeline.yml"
    status 2 "$spillway" run "$work/pipeline.yml"
    says "$2"
}
cc -shared -fPIC -I "$include" -DMAJOR=9 -DRESULT=SPW_OK "$work/other.c" -o "$plugin/abi9.so"
unpinned abi9 "ABI"
cc -shared -fPIC -I "$include" -DMAJOR=1 -DRESULT=SPW_FAILED "$work/other.c" -o "$plugin/initfails.so"
unpinned initfails "init"

# After all that the good configuration still delivers everything.
configuration "$(primary contract)
$persist"
status 0 "$spillway" run "$work/pipeline.yml" --json
equal delivered "$(jq .run.delivered "$work/out")" 1

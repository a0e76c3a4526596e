#!/usr/bin/env bash
# Identity and order: equal records are two; A, B, A ends at A; a second run accepts nothing; a run
# killed halfway and resumed with another batch size writes the same append file, table and sums; what
# comes down late does not overwrite what is newer.
. "$(dirname "$0")/lib.sh"

cat >"$work/contract.json" <<'JSON'
{"type":"object","additionalProperties":false,"required":["id","v"],
 "properties":{"id":{"type":"integer","x-key":true},"v":{"type":"string","minLength":1},"n":{"type":"integer"}}}
JSON
sed 's/,"minLength":1//' "$work/contract.json" >"$work/mended.json"

# configuration FILE SINK BATCH [CONTRACT]
configuration() {
    cat >"$1" <<YAML
pipeline: identity
contract: ${4:-contract.json}
state: state
allow_unpinned: true
sources:
  - { name: feed, plugin: ndjson-source, options: { files: "in/*.ndjson" }, on: { default: persist } }
chain:
  primary: { plugin: contract, on: { schema_drift: coerce, default: persist } }
  coerce: { plugin: coerce-c, after: [ { validator: structural }, { validator: contract } ], on: { default: persist } }
  persist: { persist: cold }
stores:
  cold: { plugin: persist-files, options: { path: cold } }
sink: { name: target, plugin: "$2", options: $(options "$2"), on: { default: persist } }
limits: { batch_records: $3 }
YAML
}
options() {
    case ${REAL:-$1} in
    *sqlite*) echo '{ path: out.db, table: t }' ;;
    *) echo '{ path: out.ndjson }' ;;
    esac
}
fresh() {
    rm -rf "$work/in" "$work/state" "$work/cold" "$work"/out.*
    mkdir "$work/in"
}

# Two equal records are two.
fresh
printf '{"id":1,"v":"A"}\n{"id":1,"v":"A"}\n' >"$work/in/a.ndjson"
configuration "$work/append.yml" ndjson-sink 1
status 0 "$spillway" run "$work/append.yml"
equal "lines in the append file" "$(wc -l <"$work/out.ndjson")" 2

# A, B, A ends at A; a second run accepts nothing; a file that grows goes on.
fresh
printf '{"id":1,"v":"A"}\n{"id":1,"v":"B"}\n{"id":1,"v":"A"}\n' >"$work/in/a.ndjson"
configuration "$work/table.yml" sqlite-sink 2
status 0 "$spillway" run "$work/table.yml"
equal "A, B, A" "$(sqlite3 "$work/out.db" 'SELECT v FROM t')" A
status 0 "$spillway" run "$work/table.yml" --json
equal "accepted by the second run" "$(jq .run.accepted "$work/out")" 0
echo '{"id":1,"v":"C"}' >>"$work/in/a.ndjson"
status 0 "$spillway" run "$work/table.yml" --json
equal "accepted of the line that was added" "$(jq .run.accepted "$work/out")" 1
equal "after it" "$(sqlite3 "$work/out.db" 'SELECT v FROM t')" C

# What is deferred and reconciled late does not overwrite what is newer.
fresh
printf '{"id":1,"v":""}\n{"id":1,"v":"new"}\n{"id":2,"v":""}\n' >"$work/in/a.ndjson"
status 3 "$spillway" run "$work/table.yml" --json
equal deferred "$(jq .run.deferred "$work/out")" 2
configuration "$work/mended.yml" sqlite-sink 10 mended.json
status 0 "$spillway" reconcile "$work/mended.yml" --json
equal superseded "$(jq .sums.outcomes.superseded "$work/out")" 1
equal inserted "$(jq .sums.outcomes.inserted "$work/out")" 1
equal "the newer value" "$(sqlite3 "$work/out.db" 'SELECT v FROM t WHERE id = 1')" new

# A drifted v1 whose batch is held up in its tiers is delivered ahead of v2, in source order.
fresh
{
    echo '{"id":7,"v":"v1","extra":1,"n":"1"}'
    echo '{"id":7,"v":"v2"}'
} >"$work/in/a.ndjson"
configuration "$work/one.yml" sqlite-sink 1
status 0 "$spillway" run "$work/one.yml"
equal "v2 stays" "$(sqlite3 "$work/out.db" 'SELECT v FROM t')" v2

# Killed halfway and resumed with another batch size: the same append file and sums.
cc -shared -fPIC -O1 -I "$root/SDK/include" -o "$work/killer.so" "$root/Tests/EndToEnd/killer/killer.c"
feed() {
    awk 'BEGIN { for (i = 1; i <= 5000; i++) {
        if (i % 97 == 0) printf "{\"id\":%d,\"v\":\"\"}\n", i
        else if (i % 41 == 0) printf "{\"id\":%d,\"v\":\"x\",\"extra\":%d}\n", i % 1000, i
        else if (i % 1013 == 0) print "not json"
        else printf "{\"id\":%d,\"v\":\"v%d\",\"n\":%d}\n", i % 1000, i, i } }' >"$work/in/a.ndjson"
}
ends() {
    cat "$work/out.ndjson"
    "$spillway" status "$work/append.yml" --json | jq -S '[.summary.total, .summary.changes, .tasks]'
}
fresh && feed
configuration "$work/append.yml" ndjson-sink 300
status 3 "$spillway" run "$work/append.yml"
ends >"$work/undisturbed"
for at in prepare:2 commit:1 commit:5 prepare:9 tasks:11; do
    fresh && feed
    REAL=ndjson configuration "$work/killer.yml" "$work/killer.so" 300
    status 137 env "KILLER_AT=$at" "KILLER_target=$SPILLWAY_PLUGIN_PATH/ndjson-sink.so" \
        "$spillway" run "$work/killer.yml"
    configuration "$work/append.yml" ndjson-sink 77
    status 3 "$spillway" run "$work/append.yml"
    ends >"$work/resumed"
    cmp "$work/undisturbed" "$work/resumed" || fail "killed at $at, the append file or sums differ"
done

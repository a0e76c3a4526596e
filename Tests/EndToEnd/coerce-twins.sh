#!/usr/bin/env bash
# The C and the Swift coercion are one line of configuration apart and give the same bytes; so are
# the two stores. The table loaded from the CSV equals the one loaded from the JSON.
. "$(dirname "$0")/lib.sh"

run() {
    export KEV_WORK=$work/$1
    unpack_feed "$KEV_WORK/feed"
    status 3 "$spillway" run "$kev/kev.yml" --json
    jq -S '{run, changes, transitions, deliveredBy}' "$work/out" >"$work/$1.json"
    sqlite3 "$KEV_WORK/kev.db" .dump | grep -v _spillway_marks >"$work/$1.sql"
}

KEV_COERCE=coerce-c run c
KEV_COERCE=coerce-swift run swift
cmp "$work/c.sql" "$work/swift.sql" || fail "C and Swift coercion give different tables"
cmp "$work/c.json" "$work/swift.json" || fail "C and Swift coercion give different accounts"

KEV_STORE=persist-sqlite
export KEV_STORE
run sqlite-store
unset KEV_STORE
cmp "$work/c.sql" "$work/sqlite-store.sql" || fail "the store changes the table"
KEV_STORE=persist-sqlite "$spillway" deferred export "$kev/kev.yml" --to "$work/from-sqlite" >/dev/null
KEV_WORK=$work/c "$spillway" deferred export "$kev/kev.yml" --to "$work/from-files" >/dev/null
diff -r "$work/from-files" "$work/from-sqlite" || fail "the two stores give different bytes"

# CSV and JSON of one release, each into a table of its own.
only() {
    export KEV_WORK=$work/only-$1
    unpack_feed "$KEV_WORK/feed" kev-2025-08-25.json kev-2025-08-25.csv
    rm "$KEV_WORK/feed/kev-2025-08-25.$2"
    awk -v skip="$3" '/^  - name: /{off = ($3 == skip)} /^[a-z]/{off = 0} !off' "$kev/kev.yml" |
        sed "s|^contract: .*|contract: $kev/kev.contract.json|" >"$work/$1.yml"
    status 0 "$spillway" run "$work/$1.yml" --json
    equal "accepted from the $1" "$(jq .run.accepted "$work/out")" 1404
}
only json csv release-csv
only csv json snapshots
equal "the table from the CSV" "$(table "$work/only-csv/kev.db")" "$(table "$work/only-json/kev.db")"

#!/usr/bin/env bash
# With a mended contract, what was deferred is inserted when it is the newest of its key, and ends as
# superseded when it is not; what no contract mends stays, and is dropped by a person, audited.
. "$(dirname "$0")/lib.sh"

jq '(.["$defs"].text) |= (del(.minLength) | .pattern = "^(?:\\S(?:[\\s\\S]*\\S)?)?$")' \
    "$kev/kev.contract.json" >"$work/mended.contract.json"
sed "s|^contract: .*|contract: $work/mended.contract.json|" "$kev/kev.yml" >"$work/mended.yml"

# Right after the first snapshot: seven are inserted.
export KEV_WORK=$work/first
unpack_feed "$KEV_WORK/feed" kev-2023-04-11.json kev-2025-08-25.csv
mv "$KEV_WORK/feed/kev-2025-08-25.csv" "$KEV_WORK/later.csv"
sed -e "s|^contract: .*|contract: $kev/kev.contract.json|" -e '/name: release-csv/,/default: persist/d' \
    "$kev/kev.yml" >"$work/first.yml"
sed "s|^contract: .*|contract: $work/mended.contract.json|" "$work/first.yml" >"$work/first-mended.yml"
status 3 "$spillway" run "$work/first.yml" --json
equal "deferred of the first snapshot" "$(jq .run.deferred "$work/out")" 7
equal "rows after the first snapshot" \
    "$(sqlite3 "$KEV_WORK/kev.db" 'SELECT count(*) FROM vulnerabilities')" 906
status 0 "$spillway" reconcile "$work/first-mended.yml" --json
equal "inserted by the reconcile" "$(jq .sums.outcomes.inserted "$work/out")" 7
equal "rows after the reconcile" \
    "$(sqlite3 "$KEV_WORK/kev.db" 'SELECT count(*) FROM vulnerabilities')" 913
equal "open tasks" "$("$spillway" deferred list "$work/first.yml" --json | jq length)" 0

# At the end of the whole history: all eight are superseded, the broken files stay.
export KEV_WORK=$work/whole
unpack_feed "$KEV_WORK/feed"
status 3 "$spillway" run "$kev/kev.yml" --json
before=$(table "$KEV_WORK/kev.db")
status 3 "$spillway" reconcile "$work/mended.yml" --json
equal superseded "$(jq .sums.outcomes.superseded "$work/out")" 8
equal "tasks that stay" "$(jq .stay "$work/out")" 2
equal "the table after it" "$(table "$KEV_WORK/kev.db")" "$before"
equal "open tasks" "$("$spillway" deferred list "$kev/kev.yml" --json | jq length)" 2

# A person drops them: not without --yes, and with a line in the audit.
status 2 "$spillway" deferred drop "$kev/kev.yml" --reason "broken downloads"
status 0 "$spillway" deferred drop "$kev/kev.yml" --reason "broken downloads" --yes
equal "open tasks" "$("$spillway" deferred list "$kev/kev.yml" --json | jq length)" 0
equal "lines in the audit" "$(sqlite3 "$KEV_WORK/state/ledger.sqlite" \
    "SELECT count(*) FROM audit WHERE action = 'drop' AND reason = 'broken downloads'")" 2

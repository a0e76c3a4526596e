#!/usr/bin/env bash
# The demo's counts, checked against the feed, the database and the store with plain tools.
# DEMO_WORK names the folder of a demo that was run already; else it is run here.
. "$(dirname "$0")/lib.sh"

export KEV_WORK=${DEMO_WORK:-$work/demo}
if [ -z "${DEMO_WORK:-}" ]; then
    status 0 "$kev/demo.sh"
    says "7,269"
fi
db=$KEV_WORK/kev.db
feed=$KEV_WORK/feed

# What the feed has, counted without Spillway.
records=0
for file in "$feed"/*.json; do
    if jq -e .vulnerabilities "$file" >/dev/null 2>&1; then
        records=$((records + $(jq '.vulnerabilities | length' "$file")))
    else
        records=$((records + 1)) # a broken download is one record
    fi
done
csv=$(python3 -c 'import csv,sys; print(sum(1 for _ in csv.DictReader(open(sys.argv[1], newline=""))))' \
    "$feed/kev-2025-08-25.csv")
equal "records in the feed" $((records + csv)) 7269

json=$("$spillway" status "$kev/kev.yml" --json)
total() { jq -r ".summary.total$1" <<<"$json"; }
equal accepted "$(total .accepted)" 7269
equal deferred "$(total .deferred)" 10
equal delivered "$(total .delivered)" 7259
equal "delivered = clean + degraded" "$(total .clean)" $((7259 - $(total .degraded)))
outcomes=$(jq '.summary.total.outcomes | add' <<<"$json")
equal "delivered = outcomes" "$outcomes" 7259
equal inserted "$(total .outcomes.inserted)" 1406

# The table against the feed: every CVE but those that only ever came with an empty text.
equal rows "$(sqlite3 "$db" 'SELECT count(*) FROM vulnerabilities')" 1406
jq -r '.vulnerabilities[].cveID' "$feed"/kev-2023-04-11.json "$feed"/kev-2023-10-13.json \
    "$feed"/kev-2024-06-27.json "$feed"/kev-2025-*.json | sort -u >"$work/ids.feed"
sqlite3 "$db" 'SELECT cveID FROM vulnerabilities' | sort >"$work/ids.table"
cmp -s "$work/ids.feed" "$work/ids.table" || fail "the table's CVEs are not the feed's"

# The newest release, value by value, trimmed as the contract says.
jq -c '.vulnerabilities[] | del(.knownRansomwareCampaignUse) | map_values(if type == "string"
    then gsub("^\\s+|\\s+$"; "") else . end)' "$feed/kev-2025-08-25.json" | jq -cS . | sort >"$work/new.feed"
sqlite3 -json "$db" 'SELECT cveID, vendorProject, product, vulnerabilityName, dateAdded,
    shortDescription, requiredAction, dueDate, notes, cwes FROM vulnerabilities' |
    jq -cS '.[] | .cwes |= (if . == null then . else fromjson end)' | sort >"$work/table.all"
missing=$(comm -23 "$work/new.feed" "$work/table.all" | wc -l)
equal "records of the newest release that differ in the table" "$missing" 0

# The broken downloads, byte for byte.
for broken in kev-2023-04-14.json kev-2024-11-26.json; do
    hash=$(sha256sum <"$feed/$broken" | cut -d' ' -f1)
    find "$KEV_WORK/cold" -type f -print0 | xargs -0 sha256sum | grep "^$hash " >/dev/null ||
        fail "$broken is not in cold storage byte for byte"
done
equal "objects in cold storage" "$(objects "$KEV_WORK/cold" | wc -l)" 10

# The eight records without a text, against jq.
jq -c '.vulnerabilities[] | select(.product == "" or .shortDescription == "") | .cveID' \
    "$feed"/kev-2023-04-11.json "$feed"/kev-2023-10-13.json | sort >"$work/empty.feed"
"$spillway" deferred export "$kev/kev.yml" --signal schema_drift --to "$work/export" >/dev/null
cat "$work"/export/*.json | jq -c .cveID | sort >"$work/empty.store"
cmp -s "$work/empty.feed" "$work/empty.store" || fail "other records were deferred than those without a text"

# Stripped values, against the feed.
stripped=$(jq '[.summary.changes[] | select(.kind == "stripped") | .values] | add' <<<"$json")
with=$(jq -s '[.[].vulnerabilities[] | select(has("knownRansomwareCampaignUse"))] | length' \
    "$feed"/kev-2023-10-13.json "$feed"/kev-2024-06-27.json "$feed"/kev-2025-*.json)
# One of them (October 2023, CVE-2020-17463) is among the deferred.
equal "values stripped" "$stripped" $((with - 1 + csv))

# The lock on the target was met by Tier 1.
jq -e '.summary.transitions[] | select(.from == "table" and .to == "table-again")' <<<"$json" >/dev/null ||
    fail "the locked table did not take the retry edge"

# A second run accepts nothing.
status 0 "$spillway" run "$kev/kev.yml" --json
equal "accepted by a second run" "$(jq .run.accepted "$work/out")" 0

#!/usr/bin/env bash
# kill -9 of the run at every step of the order of durability, nine times each; resumed with another
# batch size, it gives the undisturbed table, store and sums each time.
. "$(dirname "$0")/lib.sh"

cc -shared -fPIC -O1 -Wall -Wextra -Werror -I "$root/SDK/include" \
    -o "$work/killer.so" "$root/Tests/EndToEnd/killer/killer.c"
export KILLER_snapshots=$SPILLWAY_PLUGIN_PATH/json-source.so
export KILLER_cold=$SPILLWAY_PLUGIN_PATH/persist-files.so
export KILLER_table=$SPILLWAY_PLUGIN_PATH/sqlite-sink.so
unpack_feed "$work/feed"

# configuration FILE BATCH [killer]
configuration() {
    local file=$1 batch=$2
    sed -e "s|^contract: .*|contract: $kev/kev.contract.json|" \
        -e "s|batch_records: .*|batch_records: $batch }|" "$kev/kev.yml" >"$file"
    if [ "${3:-}" = killer ]; then
        sed -i -e "s|plugin: json-source|plugin: $work/killer.so|" \
            -e "s|plugin: \${KEV_STORE:-persist-files}|plugin: $work/killer.so|" \
            -e "s|plugin: sqlite-sink|plugin: $work/killer.so|" \
            -e 's|^state: .*|&\nallow_unpinned: true|' "$file"
    fi
}

# ends: table, store and sums of the work folder.
ends() {
    table "$KEV_WORK/kev.db"
    sqlite3 "$KEV_WORK/kev.db" 'SELECT count(*), sum(_sequence) FROM vulnerabilities'
    objects "$KEV_WORK/cold"
    "$spillway" status "$work/plain.yml" --json |
        jq -S '[.summary.total, .summary.deliveredBy, .summary.changes, .tasks]'
    "$spillway" deferred list "$work/plain.yml" --json | jq -S 'map([.key, .sequence, .object, .signal]) | sort'
}

export KEV_WORK=$work/undisturbed
mkdir -p "$KEV_WORK" && cp -r "$work/feed" "$KEV_WORK/feed"
configuration "$work/plain.yml" 250
status 3 "$spillway" run "$work/plain.yml"
ends >"$work/undisturbed.ends"

kills=0
for step in put tasks prepare commit settled acknowledged; do
    for n in ${KILLS:-1 2 3 4 5 6 7 8 9}; do
        export KEV_WORK=$work/killed
        rm -rf "$KEV_WORK" && mkdir -p "$KEV_WORK" && cp -r "$work/feed" "$KEV_WORK/feed"
        configuration "$work/killer.yml" $((150 + 37 * n)) killer
        configuration "$work/resumed.yml" $((90 + 53 * n))
        status 137 env "KILLER_AT=$step:$n" "$spillway" run "$work/killer.yml"
        [ -s "$KEV_WORK/state/ledger.sqlite" ] || fail "killed before anything was accepted"
        status 0 "$spillway" run "$work/resumed.yml" --max-deferred 10
        ends >"$work/killed.ends"
        diff "$work/undisturbed.ends" "$work/killed.ends" >&2 ||
            fail "killed at $step:$n, the resumed run gives something else"
        kills=$((kills + 1))
    done
done
echo "   $kills kills, each gave the undisturbed table, store and sums"

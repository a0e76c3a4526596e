#!/usr/bin/env bash
# Runs the demo in a fresh folder (KEV_WORK, default .build/demo) and says where everything is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
spillway=${SPILLWAY:-$root/.build/release/spillway}
export SPILLWAY_PLUGIN_PATH=${SPILLWAY_PLUGIN_PATH:-$root/.build/plugins}
export KEV_WORK=${KEV_WORK:-$root/.build/demo}

rm -rf "$KEV_WORK"
mkdir -p "$KEV_WORK/feed"
for file in "$here"/feed/*.gz; do
    gunzip -c "$file" >"$KEV_WORK/feed/$(basename "$file" .gz)"
done

echo "The chain:"
"$spillway" check "$here/kev.yml"

# Somebody else writes into the target while the run begins: its write lock is held for two seconds.
echo
echo "Another program holds the database's write lock for two seconds."
(
    echo 'PRAGMA journal_mode=WAL; BEGIN IMMEDIATE;'
    sleep 2
    echo 'COMMIT;'
) | sqlite3 "$KEV_WORK/kev.db" >/dev/null &
locker=$!
sleep 0.2

code=0
"$spillway" run "$here/kev.yml" --max-deferred 10 || code=$?
wait "$locker"

echo
echo "What was deferred:"
"$spillway" deferred list "$here/kev.yml"
cat <<EOT

Look for yourself:
  sqlite3 $KEV_WORK/kev.db 'SELECT cveID, product, cwes FROM vulnerabilities LIMIT 5'
  ls $KEV_WORK/cold
  $spillway deferred show $here/kev.yml 1
  $spillway status $here/kev.yml
with  export SPILLWAY_PLUGIN_PATH=$SPILLWAY_PLUGIN_PATH KEV_WORK=$KEV_WORK
EOT
exit "$code"

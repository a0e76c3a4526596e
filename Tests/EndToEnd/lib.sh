# Shared by the end-to-end tests. Each runs the release binary on real files in a folder of its own.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
spillway=$root/.build/release/spillway
kev=$root/Examples/kev
export SPILLWAY_PLUGIN_PATH=${SPILLWAY_PLUGIN_PATH:-$root/.build/plugins}
work=$(mktemp -d "${TMPDIR:-/tmp}/spillway-e2e.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# equal WHAT FOUND EXPECTED
equal() {
    [ "$2" = "$3" ] || fail "$1: found '$2', expected '$3'"
}

# status EXPECTED COMMAND...: the command's exit status; its output is kept in $work/out and $work/err.
status() {
    local expected=$1 found=0
    shift
    "$@" >"$work/out" 2>"$work/err" || found=$?
    [ "$found" = "$expected" ] || {
        cat "$work/out" "$work/err" | tail -n 20 >&2
        fail "exit status $found, expected $expected: $*"
    }
}

# says TEXT: the last command's output has it.
says() {
    grep -qF -- "$1" "$work/out" "$work/err" || {
        cat "$work/out" "$work/err" >&2
        fail "the output does not say: $1"
    }
}

# Unpacks the demo's feed into a folder; further arguments name files to take (default: all).
unpack_feed() {
    local to=$1 file
    shift
    mkdir -p "$to"
    for file in "$kev"/feed/*.gz; do
        local name
        name=$(basename "$file" .gz)
        if [ $# -eq 0 ] || [[ " $* " == *" $name "* ]]; then
            gunzip -c "$file" >"$to/$name"
        fi
    done
}

# The table of a demo database without Spillway's own columns.
table() {
    sqlite3 "$1" 'SELECT cveID, vendorProject, product, vulnerabilityName, dateAdded, shortDescription,
        requiredAction, dueDate, notes, cwes FROM vulnerabilities ORDER BY cveID' | sha256sum
}

# All objects of a persist-files store: name and hash, sorted.
objects() {
    (cd "$1" && find . -type f -path '*objects*' -print0 | sort -z | xargs -0 -r sha256sum)
}

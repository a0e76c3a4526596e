#!/usr/bin/env bash
# Installs what building, the demo and the tests need and this machine lacks. Debian and its like.
set -euo pipefail

need=(
    build-essential git jq sqlite3 python3
    libsqlite3-dev libssl-dev libpcre2-dev libsimdjson-dev
    clang-format shellcheck
)

missing=()
for package in "${need[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done

if ! command -v swift >/dev/null; then
    echo "spillway: Swift 6.3 is needed and not on the PATH: https://www.swift.org/install/linux/" >&2
    exit 1
fi
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

echo "spillway: will install with apt-get: ${missing[*]}"
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq "${missing[@]}" >/dev/null

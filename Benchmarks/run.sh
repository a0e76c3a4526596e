#!/usr/bin/env bash
# The speed goals, each a row: what, figure, against what, goal, met or short. Ratios of one run; the
# two sides take turns and the median of their ratios counts.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

swift build -c release --product bench-dispatch 2>&1 | grep -E 'error|warning:' || true
cc -O2 -fPIC -shared -I SDK/include -o "$work/echo.so" Benchmarks/dispatch/echo.c
cc -O2 -fPIC -shared -o "$work/count_malloc.so" Benchmarks/dispatch/count_malloc.c
bench=.build/release/bench-dispatch
core=$(($(nproc) - 1)) # the first one takes the interrupts

median() {
    sort -n | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}

# row WHAT FIGURE AGAINST GOAL TEST (an awk condition on x, the figure)
short=0
row() {
    local verdict=met
    awk -v x="$2" "BEGIN {exit !($5)}" || { verdict=short; short=1; }
    printf '%-58s %12s  %-28s %-16s %s\n' "$1" "$2" "$3" "$4" "$verdict"
}

printf '%-58s %12s  %-28s %-16s\n' what figure against goal
for size in 64 1024; do
    : >"$work/ratios" && : >"$work/host"
    for _ in 1 2 3 4 5; do
        taskset -c "$core" "$bench" "$work/echo.so" "$size" >"$work/ours"
        taskset -c "$core" python3 Benchmarks/dispatch/baseline.py "$size" >"$work/theirs"
        jq -s '.[0].payloads_per_second / .[1].payloads_per_second' "$work/ours" "$work/theirs" >>"$work/ratios"
        jq .host_nanoseconds "$work/ours" >>"$work/host"
    done
    ratio=$(median <"$work/ratios" | awk '{printf "%.1f", $1}')
    if [ "$size" = 64 ]; then goal=10; else goal=4; fi
    row "dispatch, success path, $size B payloads (ratio)" "$ratio" "asyncio executor in Python" ">= $goal" "x >= $goal"
    row "  the host's own part (ns, no hashing)" "$(median <"$work/host" | awk '{printf "%.0f", $1}')" "-" "< 100" "x < 100"
done
none=$(LD_PRELOAD=$work/count_malloc.so "$bench" "$work/echo.so" 64 | jq .allocations_per_payload)
row "allocations per payload" "$none" "interposed malloc" "0" "x == 0"
planted=$(ECHO_ALLOCATES=1 LD_PRELOAD=$work/count_malloc.so "$bench" "$work/echo.so" 64 | jq .allocations_per_payload)
row "  one planted per payload is seen" "$planted" "interposed malloc" "1" "x >= 1 && x < 1.01"
exit "$short"

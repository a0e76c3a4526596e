#!/usr/bin/env bash
# Are the simulation's laws worth anything? Breaks Sources/Chain by one line at a time, in a copy, and
# demands that the simulation fails and names the law; the copy as it is has to pass.
#
#   Tests/ChainTests/mutants.sh [WORD]    only the mutants whose line of the table has WORD
#
# SPILLWAY_SCHEDULES: how many schedules each one is played (2000).
set -euo pipefail
cd "$(dirname "$0")/../.."

# shellcheck disable=SC2016 # the expressions are for sed
# law @ file @ what is broken @ sed expression that changes exactly one line
mutants='
1@BatchFlow+Delivery.swift@stored records are not noted as deferred@s/end(ordinal, as: .deferred(group.node))/_ = ordinal/
1@BatchFlow.swift@rows are committed ahead of the tasks@/private mutating func workIsDone/,/^    }/s/if let unqueued = unqueued() { return .queue(unqueued) }//
1@BatchFlow+Delivery.swift@tasks are never made visible@s/phase = .settling/phase = .acknowledging/
1@BatchFlow+Delivery.swift@a lost answer to a commit counts as a success@s/if isCommitted {/if isCommitted || outcomes == outcomes {/
1@BatchFlow.swift@two prepares ahead of one commit@s/if phase == .delivering { mergeSinkGroups() }//
1@Stream.swift@a restart settles what the sink has not@s/settleUpTo = lowest/settleUpTo = lowest + 5/
1@BatchFlow+Results.swift@a duplicate takes an edge that nobody wrote@s/if signal == .duplicate {/if signal == .crash {/
2@Stream.swift@sequences hang on batch borders@s/let first = nextSequence/let first = number * 4 + 1/
2@Stream.swift@a restart skips a record@s/resumeAfter = lowest/resumeAfter = lowest + 1/
2@Stream.swift@the mark hangs on the batch alone@s/entries\[batch\].map { \$0.first + \$0.records - 1 }/entries[batch].map { $0.first + $0.records }/
3@Stream.swift@any batch that is ready is delivered@s/guard delivering == nil, let entry = entries\[oldest\], entry.isReady else/guard delivering == nil, let oldest = entries.filter(\\.value.isReady).keys.max() else/
3@BatchFlow.swift@what is prepared again is not in record order@s/merged.records.sort()//
4@BatchFlow+Results.swift@rejects go on in the order of a hash table@s/bySignal.keys.sorted(by: { \$0.rawValue < \$1.rawValue })/bySignal.keys/
4@Plan.swift@what a retried tier rejects does not wait for its last try@s/, over != graph.sink {/, over != graph.sink, id == over {/
5@GraphProof.swift@a missing edge is no fault@s/proof.checkSignals()//
5@GraphProof.swift@a circle is no fault@s/proof.checkCycles()//
6@BatchFlow+Results.swift@a step down is not counted@/func move(/,/^    }/s/UInt64(records.count)/0/
6@BatchFlow+Results.swift@a failed call leaves one record without a history@/func failed(/,/^    }/s/for ordinal in call.records {/for ordinal in call.records.dropFirst() {/
6@BatchFlow+Results.swift@a degraded record counts as clean@s/degraded\[Int(ordinal)\] = true/degraded[Int(ordinal)] = false/
'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/Sources" "$work/Tests/ChainTests"
cp -r Sources/Chain "$work/Sources/Chain"
cp -r Tests/ChainTests/Simulation "$work/Tests/ChainTests/"
cat >"$work/Package.swift" <<'SWIFT'
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Mutants",
    targets: [
        .target(name: "Chain"), .testTarget(name: "ChainTests", dependencies: ["Chain"]),
    ], swiftLanguageModes: [.v6])
SWIFT

export SPILLWAY_SCHEDULES=${SPILLWAY_SCHEDULES:-2000}
log=$work/log

build() {
    swift build --package-path "$work" --build-tests >"$log" 2>&1 && return
    cat "$log" >&2
    echo "mutants: this does not build, so it proves nothing" >&2
    exit 1
}

play() {
    timeout 120 swift test --package-path "$work" --skip-build >"$log" 2>&1
}

build
if ! play; then
    grep -m 5 'law' "$log" >&2 || tail -20 "$log" >&2
    echo "mutants: the simulation fails without any mutant" >&2
    exit 1
fi
echo "as it is: passes ($SPILLWAY_SCHEDULES schedules)"

survivors=0
while IFS=@ read -r law file what patch; do
    [ -n "$law" ] || continue
    [[ "$law@$file@$what@$patch" == *"${1:-}"* ]] || continue
    target=$work/Sources/Chain/$file
    sed "$patch" "Sources/Chain/$file" >"$target"
    lines=$(diff "Sources/Chain/$file" "$target" | grep -c '^<' || true)
    if [ "$lines" != 1 ]; then
        echo "mutants: '$what' changes $lines lines of $file, not one: mend the table" >&2
        exit 1
    fi
    build
    if play; then
        echo "law $law: NOT CAUGHT: $what ($file)"
        survivors=$((survivors + 1))
    elif told=$(grep -m 1 -o "law ${law}[:,].*" "$log"); then
        echo "law $law: caught: $what ($file): ${told:0:120}"
    else
        echo "law $law: NOT NAMED: $what ($file):"
        grep -m 3 'law [0-9]' "$log" || tail -5 "$log"
        survivors=$((survivors + 1))
    fi
    cp "Sources/Chain/$file" "$target"
done <<<"$mutants"

[ "$survivors" = 0 ] || {
    echo "mutants: $survivors not caught" >&2
    exit 1
}

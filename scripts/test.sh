#!/usr/bin/env bash
# All tests, stage by stage, with the minutes of each. SPILLWAY_LONG=1: the long forms.
set -euo pipefail
cd "$(dirname "$0")/.."

began=$SECONDS
stage() {
    local name=$1 start=$SECONDS
    shift
    echo "== $name"
    "$@"
    printf '== %s: %d min %02d s\n' "$name" $(((SECONDS - start) / 60)) $(((SECONDS - start) % 60))
}

header_is_pure() {
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c SDK/include/spillway/abi.h
    c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c++ SDK/include/spillway/abi.h
}

plugin_tests() {
    local makefile
    for makefile in Plugins/*/Makefile; do
        make --no-print-directory -s -C "$(dirname "$makefile")" test
    done
}

sanitized_plugin_tests() {
    local makefile
    for makefile in Plugins/*/Makefile; do
        grep -q '\.swift' "$makefile" && continue
        make --no-print-directory -s -C "$(dirname "$makefile")" test SAN=1
    done
}

end_to_end() {
    local script
    for script in Tests/EndToEnd/*.sh; do
        [ "$(basename "$script")" = lib.sh ] && continue
        echo "-- $(basename "$script" .sh)"
        "$script"
    done
}

stage "setup" scripts/setup.sh
stage "the ABI header in C11 and C++11" header_is_pure
stage "lint" scripts/lint.sh
stage "build" make --no-print-directory build
stage "plugins" plugin_tests
stage "plugins in C under sanitizers" sanitized_plugin_tests
stage "unit and property tests" swift test -c release -Xswiftc -enable-testing --scratch-path .build-test
stage "mutants of the chain" Tests/ChainTests/mutants.sh
stage "end to end" end_to_end
printf 'all stages: %d min %02d s\n' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60))

#!/usr/bin/env bash
# Formatting of Swift and C, and shell scripts. Changes nothing; `make format` mends.
set -euo pipefail
cd "$(dirname "$0")/.."

swift format lint --strict -r Sources Tests Plugins Benchmarks Package.swift
git ls-files '*.c' '*.h' '*.cpp' '*.hpp' | grep -v '^Tests/Fixtures/' |
    xargs clang-format --dry-run --Werror
git ls-files '*.sh' .ci/run | xargs shellcheck
echo "lint: clean"

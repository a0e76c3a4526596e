# Spillway. `make demo` shows it, `make test` tests it, `make help` lists the rest.

SHELL := /bin/bash
PLUGINS := $(patsubst Plugins/%/Makefile,%,$(wildcard Plugins/*/Makefile))
C_PLUGINS := $(shell grep -L '\.swift' $(PLUGINS:%=Plugins/%/Makefile) | sed 's|Plugins/\(.*\)/Makefile|\1|')
OUT := .build/plugins
SPILLWAY := .build/release/spillway

.PHONY: help setup build host plugins demo test test-all bench lint format clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: ## installs what is missing, after saying what
	@scripts/setup.sh

build: host plugins ## the command line and all plugins, release

host:
	@swift build -c release --product spillway

plugins: host ## all plugins, each with its manifest, into .build/plugins
	@set -e; for p in $(PLUGINS); do $(MAKE) --no-print-directory -s -C Plugins/$$p; done
	@$(SPILLWAY) plugin inspect --quiet --write-manifest $(PLUGINS:%=$(OUT)/%.so)

demo: setup build ## the history of a real feed through a chain of tiers into a database
	@Examples/kev/demo.sh

test: ## every test, minutes per stage printed (at most 30 minutes)
	@scripts/test.sh

test-all: ## the same with the long forms
	@SPILLWAY_LONG=1 scripts/test.sh

bench: build ## the speed goals, each a row
	@Benchmarks/run.sh

lint: ## formatting and shell checks
	@scripts/lint.sh

format: ## formats Swift and C in place
	@swift format -i -r Sources Tests Plugins SDK Package.swift
	@git ls-files '*.c' '*.h' '*.cpp' '*.hpp' | grep -v '^Tests/Fixtures/' | xargs clang-format -i

clean: ## everything that was built
	@rm -rf .build .build-*

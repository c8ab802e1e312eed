# Two commands matter: `make demo` runs Freehold, `make test` proves it. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test prove bench sure lock browser proxies node python

PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(shell $(p) -c 'import sys; print("$(p)" if sys.version_info >= (3, 11) else "")' 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
ROOT := $(filter 0,$(shell id -u))
APT := $(if $(ROOT),$(shell command -v apt-get 2>/dev/null))

PORT ?= 8000
export PORT
# Compiled modules are kept, whatever the caller's shell says: tests start hundreds of processes, and each would compile
# everything again.
unexport PYTHONDONTWRITEBYTECODE
ifdef FREEHOLD_INSTANCE
export FREEHOLD_INSTANCE
endif
# The real order timelines some tests read; those tests say loudly that they did not run where the folder is missing.
FREEHOLD_TEST_DATA ?= $(abspath $(wildcard ../shared/data))
export FREEHOLD_TEST_DATA

# Small tests wait mostly for the disk; where memory can stand in for it, they do. `make prove` uses the real disk.
SCRATCH := $(or $(TMPDIR),$(shell [ -w /dev/shm ] && [ $$(df --output=avail -m /dev/shm | tail -1) -gt 2000 ] && echo /dev/shm || echo /tmp))

# Tests run in as many processes as there are cores, up to four.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -lt 4 ] && echo $$n || echo 4)

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: $(VENV)/.runtime ## run Freehold with demonstration data on http://localhost:8000 (PORT=…, FREEHOLD_INSTANCE=…)
	@exec $(BIN)/freehold demo $(ARGS)

test: $(VENV)/.dev browser proxies ## everything at small sizes, on both engines, in a real browser
	$(BIN)/ruff check .
	$(BIN)/mypy
	TMPDIR=$(SCRATCH) $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

prove: $(VENV)/.dev browser proxies node ## the same tests at full size; writes tests/reports/prove.md; nothing may be skipped (ARGS=--go-on: not again what passed on the same code)
	FREEHOLD_PROVE=1 REQUIRE_BROWSER=1 $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

bench: $(VENV)/.dev ## figures of speed, each beside a bare Flask view on the same machine
	$(BIN)/freehold bench $(ARGS)

sure: $(VENV)/.dev ## the fast loop before a commit: lint, types, the rules of the house, SQLite alone, no browser
	$(BIN)/ruff check .
	$(BIN)/mypy
	TMPDIR=$(SCRATCH) TEST_ENGINES=sqlite $(BIN)/python -m pytest -q -x -n $(WORKERS) -m "not browser and not slow" $(ARGS)

lock: $(VENV)/.dev ## compile both lock files from pyproject.toml (UPGRADE=1 takes newer versions)
	@for group in build:requirements.lock dev:requirements-dev.lock; do \
	  $(BIN)/uv pip compile pyproject.toml --group $${group%%:*} --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate $(if $(UPGRADE),--upgrade) -q -o $${group##*:} || exit 1; \
	done
	@! grep -nE '://|find-links|file:| @ ' requirements.lock requirements-dev.lock || { echo "a host or a path leaked into a lock" >&2; exit 1; }

# --- what the above stand on -------------------------------------------------------------------------------------------
python:
	@[ -n "$(PYTHON)" ] || { echo "Freehold needs Python 3.11 or newer." >&2; exit 1; }
	@$(or $(PYTHON),false) -c 'import ensurepip, venv' 2>/dev/null || [ -n "$(UV)" ] || \
	  { [ -n "$(APT)" ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv; } || \
	  { echo "Python's venv module is missing. Install it first:  sudo apt-get install python3-venv" >&2; exit 1; }

$(BIN)/python: | python
	@echo "Making the environment in $(VENV) (once)…"
	@$(if $(UV),$(UV) venv -q --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))

define install
	@echo "Installing $(1) (about a minute the first time)…"
	@$(if $(UV),$(UV) pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r $(1),$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1))
	@$(if $(UV),$(UV) pip install -q --python $(BIN)/python --no-build-isolation --no-deps -e .,$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .)
endef

$(VENV)/.runtime: requirements.lock pyproject.toml setup.py | $(BIN)/python
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml setup.py | $(BIN)/python
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/.runtime

browser:
	@command -v chromium >/dev/null 2>&1 || { [ -n "$(APT)" ] && echo "Installing Chromium…" && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || \
	  echo "*** NO BROWSER: Chromium is not installed, and this account may not install it. The browser journeys will NOT run. ***" >&2

# Where systemd runs, installing one would also start it on port 80: there that is for whoever owns the machine.
proxies:
	@for p in nginx:nginx-light caddy:caddy; do \
	  PATH="$$PATH:/usr/sbin" command -v $${p%%:*} >/dev/null 2>&1 || { [ -n "$(APT)" ] && [ ! -d /run/systemd/system ] && echo "Installing $${p%%:*}…" && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $${p##*:} >/dev/null; } || \
	    echo "*** NO PROXY: $${p%%:*} is not installed, and is not installed from here. docs/serving.md will NOT be tried with it. ***" >&2; \
	done

# Distributions' own are often too old for the peer that the conformance client is held against.
node:
	@for p in node npm; do command -v $$p >/dev/null 2>&1 || \
	  echo "*** NO NODE: $$p is not installed (version 20 or later). The FAPI 2.0 client can NOT be held against its peer, and the proof fails. ***" >&2; \
	done

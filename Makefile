PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# With a C++ compiler runs are trained sixteen at once; without one, one by one.
SEEDS := $(if $(shell for cxx in $(CXX) c++ g++ clang++; do command -v $$cxx && break; done),30,3)

.DEFAULT_GOAL := help
.PHONY: help setup study test test-all check bench

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## make .venv and install, pinned by constraints.txt

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, '$(PYTHON)' is" "$$($(PYTHON) --version 2>&1)"; \
	    echo "name another one: make setup PYTHON=python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

study: setup ## run the main study on built-in data (nine minutes on two cores, with installing)
	$(BIN)/python -m study.run temperature_seeds --seeds $(SEEDS)
	@echo "before you type these commands: source $(BIN)/activate"

test: setup ## the tests, in three processes (about eight minutes on two cores; the first time two more, with installing)
	$(BIN)/python -m pytest -n 3 --no-loadscope-reorder --durations 10

test-all: setup ## the tests, and those marked slow, which take far longer
	$(BIN)/python -m pytest -n 3 --no-loadscope-reorder -m 'slow or not slow'

check: setup ## format, lint, types, import contracts, tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(MAKE) test

bench: setup ## milliseconds per training step, and ratios against the plain way
	$(BIN)/python -m scripts.benchmark

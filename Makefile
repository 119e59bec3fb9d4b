# Everything runs in .venv, which scripts/setup makes and keeps current.
.PHONY: help setup demo test test-all lint check bench fix

BIN := .venv/bin

help:  ## show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## make .venv and find a browser (quick when nothing changed)
	@scripts/setup

demo: setup  ## see it record, run, meet a changed page, repair itself and remember
	@$(BIN)/rpa demo

TESTS = $(BIN)/python -m pytest tests -n auto --maxprocesses 6 --dist loadfile --no-loadscope-reorder

test: setup  ## run the tests, without those that are marked long
	@$(TESTS) -m 'not long'

test-all: setup  ## run all tests, the long ones too
	@$(TESTS)

lint: setup  ## ruff, mypy, import rules, generated schema
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/rpa schema --check

check: lint test-all  ## all that CI runs

bench: setup  ## run all benchmarks and rewrite docs/benchmarks.md
	@$(BIN)/python -m benchmarks all

fix: setup  ## let ruff correct what it can
	@$(BIN)/ruff check --fix .

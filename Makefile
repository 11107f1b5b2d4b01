# Thin on purpose: what is done stands in scripts/ and in include/sandbox/stack/.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PY := .venv/bin/python
export PYTHONPATH := $(CURDIR):$(CURDIR)/plugins

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Always asked, cheap when nothing is missing: the script compares, not make.
.PHONY: bootstrap
bootstrap:
	@scripts/bootstrap.sh

.PHONY: test
test: bootstrap ## All tests: unit, a real MariaDB, real HTTP, whole runs
	$(PY) -m pytest -n 2

.PHONY: lint
lint: bootstrap ## Ruff (rules and format) and mypy
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

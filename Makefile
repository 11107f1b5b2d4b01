# Thin on purpose: what is done stands in scripts/ and in sandbox/stack/.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PY := .venv/bin/python
export PYTHONPATH := $(CURDIR):$(CURDIR)/plugins

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Always asked, cheap when nothing is missing: the script compares, not make.
.PHONY: bootstrap
bootstrap:
	@scripts/bootstrap.sh

.PHONY: demo
demo: bootstrap ## The main job end to end: a made-up shop posted into Kontur's sandbox, its books checked and reconciled
	@$(PY) -m sandbox.stack.demo

.PHONY: up
up: bootstrap ## The same parts kept running, with Airflow's UI
	@$(PY) -m sandbox.stack.up

.PHONY: down
down: bootstrap ## Stop what `make up` started
	@$(PY) -m sandbox.stack.down

.PHONY: backfill
backfill: bootstrap ## Post past days on the running stack: make backfill FROM=2026-09-01 TO=2026-09-30
	@$(PY) -m sandbox.stack.backfill $(FROM) $(TO)

.PHONY: test
test: ## All tests: unit, a real MariaDB, real HTTP, whole runs, a walk with Chromium
	@scripts/bootstrap.sh chromium
	@$(PY) -m pytest -n 2 --dist worksteal

.PHONY: migrate
migrate: bootstrap ## Bring the ledger's tables up to date (AIRFLOW_CONN_KONTUR_SYNC_MYSQL); every run does it too
	@$(PY) -m include.ledger.migrate

.PHONY: rebuild-ledger
rebuild-ledger: bootstrap ## Take up what Kontur holds into a lost ledger: make rebuild-ledger FROM=2026-01-01 TO=2026-09-30
	@$(PY) -m include.steps.rebuild --from $(FROM) --to $(TO)

.PHONY: month
month: bootstrap ## Differences between shop and books, and agreeing a month: make month DO='differences 2026-09', DO='decide 12 --who Anna --why "as agreed"', DO='agree 2026-09 --who Anna'
	@$(PY) -m include.steps.month $(DO)

.PHONY: decide
decide: bootstrap ## What a person decides of an operation: make decide DO='settle --order 1045 --not-posted --who Anna --why "not in Kontur"'
	@$(PY) -m include.steps.decide $(DO)

AGE ?= 30h

.PHONY: status
status: bootstrap ## When the last run finished, and what waits; fails if that is too long ago: make status [AGE=30h]
	@$(PY) -m include.steps.status --max-age $(AGE)

FORMAT ?= xlsx

.PHONY: report
report: bootstrap ## The month's workbook, a file for each account: make report MONTH=2026-09 [FORMAT=html]
	@$(PY) -m include.steps.month_report $(MONTH) --format $(FORMAT)

.PHONY: check-workbook
check-workbook: bootstrap ## Whether LibreOffice comes to a workbook's sums: make check-workbook FILE=reports/2026-09-kontur_default.xlsx
	@scripts/bootstrap.sh soffice=libreoffice-calc
	@$(PY) scripts/check_workbook.py $(FILE)

# Hours at full size; any part of it smaller: make prove SCHEDULES=100000 KILLS=100 DATABASE_KILLS=20 STOPS=5 WIPES=5 FULL_DISKS=5 AIRFLOW=1 OUTAGE_S=120 LIVES=1
SCHEDULES ?= 1000000
KILLS ?= 1000
DATABASE_KILLS ?= 200
STOPS ?= 100
WIPES ?= 20
FULL_DISKS ?= 20
AIRFLOW ?= 5
OUTAGE_S ?= 600
LIVES ?= 10
RECONCILED ?= 20000
SEED ?= 1

.PHONY: prove
prove: bootstrap ## The long proof: each operation posted once, living shops booked by the rules: make prove KILLS=1000 SEED=1
	@$(PY) -m proof.simulation --schedules $(SCHEDULES) --seed $(SEED)
	@$(PY) -m proof.simulation --hunt --seed $(SEED)
	@$(PY) -m proof.faults --kills $(KILLS) --database-kills $(DATABASE_KILLS) --stops $(STOPS) --wipes $(WIPES) \
		--full-disks $(FULL_DISKS) --airflow $(AIRFLOW) --outage-s $(OUTAGE_S) --all-kinds --seed $(SEED)
	@$(PY) -m proof.living --version all --seeds $(LIVES) --seed $(SEED)
	@$(PY) -m proof.living.mutants --seed $(SEED)
	@$(PY) -m proof.reconciling --orders $(RECONCILED) --seed $(SEED)

.PHONY: bench
bench: bootstrap ## What a run costs: 10,000 orders, load by itself, growth to 100,000, a day among a million
	@$(PY) -m sandbox.stack.bench

.PHONY: screenshots
screenshots: ## Pictures of the running stack into docs/images: make screenshots [ONLY=page], or runs, or demo
	@scripts/bootstrap.sh chromium
	@$(PY) scripts/screenshots.py $(ONLY)

.PHONY: lint
lint: bootstrap ## Ruff (rules and format) and mypy
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

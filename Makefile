# `make up` and `make test` do all their own set-up; see `make help`.
PYTHON ?= python3
BIN := .venv/bin
TEMPLATES = find templates */templates -name '*.html' 2>/dev/null
# How many processes share the tests, each with its own servers (tests/sharing.py). One more than most
# machines have cores: some tests wait for browsers, workers and kills most of their time.
JOBS ?= 3
export PORT

.DEFAULT_GOAL := help
.PHONY: help up test soak bench lint types migrations ci lock clean reset setup setup-dev

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: setup ## The whole panel with demo data on http://127.0.0.1:8000 (or PORT=9000); Ctrl-C stops it
	@$(BIN)/python -m smmpanel.supervisor

test: setup-dev ## All tests, browser tests included (some: make test ARGS="tests/wallet -k refund")
	@.ci/programs
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --max-worker-restart 0 $(ARGS)

soak: setup-dev ## Long proofs: a hundred kills of real workers, long random walks (half an hour)
	@$(BIN)/python -m pytest tests/soak -o python_files='soak_*.py' -o faulthandler_timeout=3600 $(ARGS)

bench: setup-dev ## Measure books, pages, the API and the worker; writes docs/performance.md (ten minutes)
	@$(BIN)/python -m bench

lint: setup-dev ## Style, spelling, templates, and which app may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check $$($(TEMPLATES))
	$(BIN)/typos
	$(BIN)/lint-imports --no-logo

types: setup-dev ## mypy, strict
	$(BIN)/mypy .

migrations: setup-dev ## Models without their migration
	@$(BIN)/python manage.py makemigrations --check --dry-run

ci: ## Everything a change must pass, from a fresh clone
	@.ci/run

lock: setup-dev ## Pin the newest allowed versions of all dependencies, with hashes
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-header \
		pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-header \
		pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove the environment and caches; the data of `make up` stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

reset: setup ## Forget the data of `make up`: the next one begins anew
	@$(BIN)/python -m smmpanel.supervisor.reset

setup:
	@PYTHON=$(PYTHON) .ci/environment requirements.lock

setup-dev:
	@PYTHON=$(PYTHON) .ci/environment requirements-dev.lock

# Everything is installed into the checkout, from locked versions with hashes: .venv and node_modules.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
CLOUD := .venv/local-cloud
CLIENT := .venv/inference-client
# A lock is installed when its stamp is older.
STAMPS := .venv/.stamps
RUN := PYTHONPATH=functions:. $(BIN)
say = @printf '\033[1m==>\033[0m %s\n' "$(1)"

.PHONY: help install demo test check lint types imports unit integration bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMPS)/tideline $(STAMPS)/cloud $(STAMPS)/client $(STAMPS)/node ## Install everything into .venv and node_modules

$(STAMPS)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, $(PYTHON) is: $$($(PYTHON) --version 2>&1)."; \
	  echo "Name another one: make PYTHON=/path/to/python3.13"; exit 1; }
	$(call say,Creating .venv)
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/python
	$(call say,Installing requirements/dev.txt)
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(RUN)/python -m infra.openmp
	@touch $@

$(STAMPS)/tideline: pyproject.toml $(STAMPS)/dev
	@$(UV) pip install --quiet --python $(BIN)/python --offline --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/cloud: requirements/cloud.txt $(STAMPS)/python
	$(call say,Installing the local cloud)
	@$(BIN)/python -m venv --without-pip $(CLOUD)
	@$(UV) pip sync --quiet --python $(CLOUD)/bin/python --require-hashes requirements/cloud.txt
	@touch $@

# A public client of the Open Inference Protocol, whose own needs must not decide what ships.
$(STAMPS)/client: requirements/client.txt $(STAMPS)/python
	$(call say,Installing a client to test with)
	@$(BIN)/python -m venv --without-pip $(CLIENT)
	@$(UV) pip sync --quiet --python $(CLIENT)/bin/python --require-hashes requirements/client.txt
	@touch $@

$(STAMPS)/node: package.json package-lock.json $(STAMPS)/python
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || { \
	  echo "Node.js 20 or newer is needed, node is: $$(node --version 2>&1 || true). See https://nodejs.org"; exit 1; }
	$(call say,Installing the CDK command line)
	@npm ci --silent
	@touch $@

demo: install ## Tell the story on real data: DATA=file.csv TARGET=column for yours
	@$(BIN)/python -m cli.demo $(if $(DATA),--data "$(DATA)") $(if $(TARGET),--target "$(TARGET)")

test: check imports integration ## Run every check and test

check: lint types unit ## Run what is quick: lint, types, unit tests

lint: install
	$(call say,ruff)
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .

types: install
	$(call say,mypy)
	@$(RUN)/mypy

imports: install
	$(call say,import-linter)
	@$(RUN)/lint-imports > .venv/imports.log || { cat .venv/imports.log; exit 1; }

unit: install
	$(call say,Unit tests)
	@$(BIN)/pytest -q -m "not integration" -n auto --dist loadgroup --cov --cov-report=term

integration: install
	$(call say,Integration tests: a real cdk deploy to the local cloud)
	@$(BIN)/pytest -q -m integration

bench: install ## Measure, beside peers
	@for file in benchmarks/[a-z]*.py; do \
	  $(RUN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

# One version of everything: what ships is constrained by dev.txt. The local cloud, the client and the peers of
# benchmarks have environments of their own.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --no-annotate
lock: $(STAMPS)/python ## Lock the newest versions that pyproject.toml allows
	$(call say,Locking)
	@$(COMPILE) --upgrade --group pyproject.toml:dev -o requirements/dev.txt
	@for group in layer-core layer-data layer-train layer-serve layer-score; do \
	  $(COMPILE) --group pyproject.toml:$$group -c requirements/dev.txt -o requirements/$$group.txt || exit 1; done
	@for group in cloud client peer-bentoml peer-evidently peer-fastapi peer-mlflow peer-mlserver \
	  peer-nannyml peer-whylogs; do \
	  $(COMPILE) --upgrade --group pyproject.toml:$$group -o requirements/$$group.txt || exit 1; done
	@awk '/^uv==/ {p = 1; print; next} /^[^ ]/ {p = 0} p' requirements/dev.txt > requirements/uv.txt

clean: ## Remove what was built; the local cloud and .venv stay
	@rm -rf build cdk.out .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis

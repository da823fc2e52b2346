# Everything a newcomer needs: Python 3.11 or newer and make. `make help` lists the targets.

PYTHON    ?= python3
VENV      := .venv
BIN       := $(VENV)/bin
TOOLS     := .venv-tools
OLDER     := .venv-featuretools
PYTEST_ARGS ?=
# A file's tests stay together, as they share what is costly to make; a worker takes up to 1.5 GB.
# One more than there are cores, because a quarter of the time is waiting for others; at most four.
WORKERS    = --numprocesses $(shell $(PYTHON) -c 'import os; print(min(4, 1 + os.cpu_count()))') --dist loadfile
RUN       := $(VENV)/.run-$(notdir $(PYTHON))
DEV       := $(VENV)/.dev-$(notdir $(PYTHON))
SPARK     := $(VENV)/.spark-$(notdir $(PYTHON))
BENCH     := $(VENV)/.bench-$(notdir $(PYTHON))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- using it --------------------------------------------------------------------------------

.PHONY: demo
demo: $(RUN) ## The whole product on a made-up shop, from nothing
	@$(BIN)/ladder demo
	@echo "Or: make serve. For the commands above: . $(BIN)/activate"

.PHONY: install
install: $(RUN) ## The environment alone; then: . .venv/bin/activate

.PHONY: serve
serve: $(RUN) ## The API on the demonstration's scores (or those in LADDER_HOME)
	@LADDER_HOME="$${LADDER_HOME:-models/demo-sample}" $(BIN)/ladder serve

# --- changing it -----------------------------------------------------------------------------

.PHONY: test
test: lint pytest ## Every check and every test but Spark's
	@echo "Without Spark (half a gigabyte): make test-spark runs the rest."

.PHONY: bench
bench: $(BENCH) $(OLDER)/.bench $(if $(filter all spark driver,$(BENCH_ARGS)),$(SPARK)) ## Write docs/benchmarks.md; BENCH_ARGS="large" for a section, "all" for every one
	@$(BIN)/python -W ignore -m benchmarks $(BENCH_ARGS)

.PHONY: lint
lint: $(DEV) ## Format, lint, types and import layers only
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: pytest
pytest: $(DEV) ## The tests only; PYTEST_ARGS="-k word" narrows them
	$(BIN)/python -m pytest $(WORKERS) $(PYTEST_ARGS)

.PHONY: test-spark
test-spark: $(SPARK) ## Install Spark and run its tests; needs Java 17
	$(BIN)/python -m pytest -m spark $(PYTEST_ARGS)

.PHONY: notebooks
notebooks: $(DEV) ## Run notebooks/*.py and write them with their charts beside
	@$(BIN)/python .ci/notebooks.py

.PHONY: format
format: $(DEV) ## Rewrite the code as the formatter and the safe lint fixes want it
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: lock
lock: $(TOOLS)/.tools ## Choose versions anew and pin them with their hashes
	.ci/lock $(TOOLS)/bin/uv

.PHONY: audit
audit: $(TOOLS)/.tools ## Risky code, then known vulnerabilities of the pinned packages; fails where it cannot ask
	@$(TOOLS)/bin/bandit --quiet --configfile pyproject.toml --recursive features training serving
	@$(TOOLS)/bin/python .ci/audit.py requirements/dev.txt

.PHONY: clean
clean: ## Remove environments and caches; keeps ./models
	rm -rf $(VENV) $(TOOLS) $(OLDER) .bench .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find features training serving tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments ----------------------------------------------------------------------------
# A stamp per purpose and interpreter: installed again whenever the lock or pyproject.toml is newer.

$(RUN): requirements/train.txt pyproject.toml
	@.ci/install "$(PYTHON)" $(VENV) requirements/train.txt
	@touch $@

# What tests need holds what running needs, so one installation serves both.
$(DEV): requirements/dev.txt pyproject.toml
	@.ci/install "$(PYTHON)" $(VENV) requirements/dev.txt
	@touch $(RUN) $@

$(BENCH): $(RUN) requirements/bench.txt
	@.ci/install "$(PYTHON)" $(VENV) requirements/bench.txt
	@touch $@

# Featuretools needs pandas below 3, so it stands apart.
$(OLDER)/.bench: requirements/featuretools.txt
	@.ci/install "$(PYTHON)" $(OLDER) requirements/featuretools.txt
	@touch $@

$(SPARK): $(DEV) requirements/spark.txt
	@.ci/install "$(PYTHON)" $(VENV) requirements/spark.txt
	@touch $@

$(TOOLS)/.tools: requirements/tools.txt
	@.ci/install "$(PYTHON)" $(TOOLS) requirements/tools.txt
	@touch $@

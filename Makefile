# Everything starts here. `make run` needs Python 3.11+ and a package index; the rest it brings along.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONPATH := .:platform
export DJANGO_SETTINGS_MODULE := config.settings

EXAMPLE := PARLEY_ENV=deploy/example.env DATABASE_POOL_SIZE=0
JOBS ?= 3

.DEFAULT_GOAL := help
.PHONY: help run test check prove bench lock sbom clean

help:
	@echo "make run     Parley on this machine, with demo tenants: http://localhost:8000"
	@echo "make test    the whole suite, on throw-away servers"
	@echo "make check   format, lint, types, layers, migrations, deploy check, known vulnerabilities, then the tests"
	@echo "make prove   faults, isolation and bad input for hours, into tests/RESULTS.md: PART=storm MINUTES=30 SIZE=0.1"
	@echo "make bench   benchmarks, into var/bench"
	@echo "make lock    requirements.txt anew from pyproject.toml"
	@echo "make sbom    what Parley is made of (CycloneDX), into var/sbom.cdx.json"

run: $(VENV)/.run
	@exec $(BIN)/python -m embedded

# Bytecode is kept whatever the environment says: the suite starts some hundred processes.
test: $(VENV)/.dev
	@$(BIN)/python -m tests.support.chromium
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n $(JOBS) --dist worksteal

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(EXAMPLE) $(BIN)/mypy
	$(BIN)/lint-imports
	$(EXAMPLE) $(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	$(EXAMPLE) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python deploy/advisories.py
	$(MAKE) test

prove: $(VENV)/.dev
	@$(BIN)/python -m tests.support.chromium
	$(BIN)/python -m tests.prove $(PART) --minutes "$(MINUTES)" --size "$(SIZE)"

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

lock: $(VENV)/.dev
	$(BIN)/uv pip compile $(LOCK) pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) --group dev -c requirements.txt pyproject.toml -o deploy/requirements-dev.txt

sbom: $(VENV)/.dev
	@mkdir -p var
	$(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --output-reproducible -o var/sbom.cdx.json

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --upgrade \
	--custom-compile-command "make lock"

$(BIN)/python:
	@echo "Preparing $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else \
		f"Parley needs Python 3.11 to 3.13, and this is {sys.version.split()[0]}: make PYTHON=python3.12 run")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(BIN)/python
	@echo "Installing Parley's libraries …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: deploy/requirements-dev.txt | $(BIN)/python
	@echo "Installing Parley's libraries and tools …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements-dev.txt
	@touch $(VENV)/.dev $(VENV)/.run

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache

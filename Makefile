# Everything begins with "make install". Python 3.11 or newer, make and git are needed; nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help install run test lint bench soak format translations lock clean browser

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

install: $(VENV)/.installed ## Make the environment in .venv from the lock file

$(VENV)/.installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: install ## Make a demo city and serve the portal on 127.0.0.1:8000
	$(BIN)/gongkai db upgrade
	$(BIN)/gongkai demo load
	$(BIN)/gongkai serve --port $(PORT)

browser: ## Install Chromium and Chinese fonts for the browser tests (Debian packages, as root)
	@sh tests/common/install-browser.sh

test: install browser ## Run the whole suite: both stacks, real servers, browser
	$(BIN)/python -m pytest -n 2 --dist loadscope

lint: install ## Formatting, lint, strict types, import floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

translations: install ## Collect sentences, and compile the catalogue
	$(BIN)/python -m catalog.translations.catalogue

bench: install ## Measure the hot paths beside their peers; writes a table
	$(BIN)/python -m tests.bench

soak: install ## The long forms of the property and fault tests
	GONGKAI_SOAK=1 $(BIN)/python -m pytest -m "soak or not soak" tests/soak

lock: ## Renew the lock files (needs uv in the environment)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --extra scale -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --extra dev -o requirements-dev.lock pyproject.toml

clean: ## Remove the environment and everything made by running
	rm -rf $(VENV) var build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

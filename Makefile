# make demo   install into .venv and run the main job on the example texts
# make test   install what the tests need and run them
# make check  formatting, lint, types, import floors
# make bench  the benchmarks, results under benchmarks/results
# make docs   write the reference pages from the code

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet

.PHONY: demo test check bench docs clean

demo: $(VENV)/.core
	$(BIN)/personahub run recipes/demo.toml

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --maxprocesses 4

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/main_job.py

docs: $(VENV)/.dev
	$(BIN)/python docs/write_reference.py

clean:
	rm -rf $(VENV) demo.hub demo

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "personahub needs Python 3.11 or later; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.core

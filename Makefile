# `make` shows what there is. All of it works in a fresh clone, with Python 3.11 or newer.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test test-slow test-pythons gpu-check lint format docs clean

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

help:  ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED)  ## make .venv with everything the others need

$(INSTALLED): pyproject.toml
	@python=; for candidate in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
	    if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	        2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "make setup needs Python 3.11 or newer with its module venv (on Debian:" \
	        "apt install python3 python3-venv); name another one by PYTHON=..." >&2; exit 1; \
	fi; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || \
	    { echo "making $(VENV) with $$("$$python" --version)"; "$$python" -m venv --clear $(VENV); }
	@$(BIN)/python tools/install.py '.[dev]'
	@touch $@

demo: setup  ## search for a network on the digits with the embedded model
	$(BIN)/langgraph-nas search --dataset digits --llm embedded --iterations 12 \
	    --sandbox auto --no-build-image --cpus 1

# Tests run in some processes; those of a file stay together, as they share what they set up. Many
# slow ones wait, so there are three at a time, those that take longest first.
test: setup  ## run the quick tests
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

test-slow: setup  ## run the slow tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m slow

test-pythons: setup  ## run the quick tests on each Python from 3.11 to 3.14 that is here
	@$(BIN)/python tools/pythons.py

# Without a network WHEELS names a folder with the wheels of what is missing beside torch.
GPU_PYTHON = $(if $(WHEELS),$(or $(PYTHON),python3),$(BIN)/python)
gpu-check: $(if $(WHEELS),,setup)  ## prove the GPU path here: CIFAR=... TRANSCRIPTS=... [WHEELS=...]
	@if [ -z "$(CIFAR)" ] || [ -z "$(TRANSCRIPTS)" ]; then \
	    echo "make gpu-check CIFAR=.../data_batch_1 TRANSCRIPTS=.../programs.jsonl" \
	        "[WHEELS=FOLDER] [ARGS='--only overhead']" >&2; exit 1; \
	fi
	$(if $(WHEELS),$(GPU_PYTHON) -m pip install --quiet --no-index --no-deps --upgrade \
	    --target build/gpu-site $(WHEELS)/*.whl)
	@mkdir -p build
	PYTHONPATH=src:build/gpu-site $(GPU_PYTHON) benchmarks/gpu.py "$(CIFAR)" "$(TRANSCRIPTS)" \
	    --json build/gpu.json $(ARGS)

lint: setup  ## check style and types, those of examples and documentation too
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python docs/snippets.py build/snippets *.md docs/*.md
	$(BIN)/mypy --strict src
	$(BIN)/mypy --strict examples docs tools build/snippets
	$(BIN)/basedpyright --pythonpath $(BIN)/python

format: setup  ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup  ## write the generated parts of the documentation again
	$(BIN)/python -m langgraph_nas.cli.docs README.md docs/*.md

clean:  ## remove what these targets made, never a search
	rm -rf .venv .venv-3.* build dist src/*.egg-info .mypy_cache .pytest_cache .ruff_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

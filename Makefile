# Needs Python 3.11, 3.12 or 3.13 and make; nothing else. Every target makes its environment first.
#
#   make demo PYTHON=python3.12     choose the Python
#   make env UV=                    use pip even where uv is installed
#   make test ARGS="-k land"        pass arguments on to pytest

VENV ?= .venv
PYTHON ?=
UV ?= $(shell command -v uv 2>/dev/null)
ARGS ?=
BIN := $(VENV)/bin
LOCK := requirements-dev.lock
# A process a core, each with whole files of tests: what a file makes is made once.
SPREAD := -q -n auto --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help env demo test test-all lint format bench docs lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

# Two marks tell whether the environment is whole. Each holds what it was made from, so a change is noticed and a touched
# file is not; each is written last, so an environment that was killed while being made is made again.
#   .locked    the lock file, the place           else: everything again
#   .package   pyproject.toml                     else: this package again
env:  ## make the environment in .venv (does nothing where it is whole)
	@set -e; \
	locked="$(CURDIR)/$(VENV) $$(cksum < $(LOCK))"; package="$$(cksum < pyproject.toml)"; \
	if ! { "$(BIN)/python" -c '' && [ "$$(cat $(VENV)/.locked)" = "$$locked" ]; } 2>/dev/null; then \
	  python=; seen=; \
	  for name in $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11 python); do \
	    version=$$("$$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	    case "$$version" in 3.11|3.12|3.13) python=$$name; break;; *) seen="$$seen $$name is $$version;"; esac; \
	  done; \
	  if [ -z "$$python" ]; then \
	    echo "shanshui needs Python 3.11, 3.12 or 3.13, and none was found.$$seen" >&2; \
	    echo "Install one, or name it: make env PYTHON=/path/to/python3.12" >&2; exit 1; \
	  fi; \
	  echo "Making $(VENV) with $$python ($$version) and $(if $(UV),uv,pip). This takes a minute or two, once."; \
	  if [ -n "$(UV)" ]; then \
	    "$$python" -m venv --clear "$(VENV)" 2>/dev/null || "$$python" -m venv --clear --without-pip "$(VENV)"; \
	    "$(UV)" pip install --quiet --python "$(BIN)/python" --require-hashes --only-binary :all: -r $(LOCK); \
	  else \
	    if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	      echo "$$python lacks its venv module (Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; \
	    fi; \
	    "$$python" -m venv --clear "$(VENV)"; \
	    "$(BIN)/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $(LOCK); \
	  fi; \
	  printf '%s\n' "$$locked" > $(VENV)/.locked; \
	fi; \
	if [ "$$(cat $(VENV)/.package 2>/dev/null)" != "$$package" ]; then \
	  if [ -n "$(UV)" ]; then \
	    "$(UV)" pip install --quiet --python "$(BIN)/python" --no-deps --no-build-isolation -e .; \
	  else \
	    "$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	  fi; \
	  printf '%s\n' "$$package" > $(VENV)/.package; \
	fi

demo: env  ## generate a sample study, run it and print the path of its report
	@$(BIN)/shanshui demo

test: env  ## the quick tests
	$(BIN)/python -m pytest $(SPREAD) -m "not slow and not real" $(ARGS)

test-all: env  ## the rest: slow proofs and real data
	$(BIN)/python -m pytest $(SPREAD) -m "slow or real" $(ARGS)

lint: env  ## ruff, mypy, and the floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: env  ## rewrite the files as ruff wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: env  ## speed and memory, as ratios measured side by side
	$(BIN)/python -m benchmarks $(ARGS)

docs: env  ## the documentation, in site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

lock:  ## write the lock files anew (needs uv); keeps what is pinned unless ARGS=--upgrade
	@if [ -z "$(UV)" ]; then echo "make lock needs uv on the PATH" >&2; exit 1; fi
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header $(ARGS) pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header $(ARGS) pyproject.toml --group dev -o requirements-dev.lock

clean:  ## remove everything that was made, the environment too
	rm -rf .venv .venv-* site build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

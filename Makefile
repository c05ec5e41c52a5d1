# Everything a person or CI does with this project. `make help` lists it.
# A machine needs only make and Python 3.11 or newer with venv; the rest is installed into .venv,
# with the hashes of requirements*.txt, the first time something needs it. The steps form a chain, so
# that -j never installs two things at once into one environment.

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --quiet --no-input --disable-pip-version-check
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --annotation-style line $(if $(UPGRADE),--upgrade)

# The tests that hold documents and packaging to what the code does.
FACTS := $(wildcard tests/test_docs.py tests/docs tests/test_packaging.py)
BENCHMARKS := $(filter-out _%,$(notdir $(basename $(wildcard benchmarks/*.py))))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo test check bench lock

help: ## List what make can do here
	@echo "Usage: make TARGET"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-6s %s\n", $$1, $$2 }' Makefile
	@echo "ARGS='...' adds arguments to run, demo, test and bench; PYTHON=/path/to/python3 is used for a new .venv."

run: $(VENV)/.project ## Start the monitor with the files in config/ and seeds/
	$(BIN)/monitor run $(ARGS)

demo: $(VENV)/.project ## Show two days of sample news, from feeds to digests, without touching the network
	$(BIN)/monitor demo $(ARGS)

test: $(VENV)/.dev ## Run the tests; SLOW=1 adds those that take more than a few seconds
	$(PY) -m pytest -n auto $(if $(SLOW),-m "") $(ARGS)

check: $(VENV)/.dev ## Lint, format, types, import contracts, and whether documents and packaging are true
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(BIN)/lint-imports
	$(PY) -m pytest $(FACTS)

bench: $(VENV)/.dev ## Measure what README promises; ARGS=--json prints JSON
	@code=0; for name in $(BENCHMARKS); do echo "== $$name" >&2; $(PY) -m benchmarks.$$name $(ARGS) || code=1; done; exit $$code

lock: $(VENV)/.dev ## Write requirements*.txt from pyproject.toml; UPGRADE=1 takes the newest versions
	$(LOCK) --extra postgres --group dev --output-file requirements-dev.txt pyproject.toml
	printf '%s\n' hatchling editables | $(LOCK) --constraints requirements-dev.txt --output-file requirements.txt pyproject.toml -

# -- the environment -------------------------------------------------------------------------------

# hatchling and editables stand in requirements.txt, so that this needs no build environment.
$(VENV)/.project: pyproject.toml $(VENV)/.runtime
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.runtime: requirements.txt | $(BIN)/pip
	@echo "Installing what the monitor needs into $(VENV) (once; about a minute) ..."
	@$(PIP) install --require-hashes --requirement requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/.project
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@

# venv writes bin/pip last: where it is, the environment is whole. Debian splits ensurepip off Python,
# so that having Python is not having venv.
$(BIN)/pip:
	@if [ -n "$$PYTHON" ]; then set -- "$$PYTHON"; else set -- python3.13 python3.12 python3.11 python3; fi; \
	old=1; \
	for python in "$$@"; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	  old=; \
	  "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || continue; \
	  echo "Making $(VENV) with $$("$$python" --version)"; \
	  exec "$$python" -m venv --clear $(VENV); \
	done; \
	if [ "$$old" ]; then \
	  echo "Python 3.11 or newer is needed, and none of these is: $$*" >&2; \
	  echo "Install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python3)," >&2; \
	  echo "or say where it is: make PYTHON=/path/to/python3.11 ..." >&2; \
	else \
	  echo "Python is here, but not its venv module. Install it (Debian, Ubuntu: apt install python3-venv)." >&2; \
	fi; exit 1

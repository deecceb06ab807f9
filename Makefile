# Each target makes what it needs. `make run`: this machine's divergence report.
# `make test`: everything that must pass.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
OUT    ?= out
BACKENDS ?= stdlib c rust

# Which targets `make matrix` runs, and which rules: names or globs, all when empty; smoke or standard.
ONLY  ?=
RULES ?=
TIER  ?= standard

.PHONY: scripts faults native-faults fuzz mutation coverage innocence matrix reports site run test check native bench docs clean help

help:
	@sed -n '1,2p' Makefile; grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/:/'

# The environment is remade when what it is made from changes.
$(VENV)/.ready: pyproject.toml .ci/environment
	PYTHON=$(PYTHON) VENV=$(VENV) .ci/environment
	touch $@

native: $(VENV)/.ready ## build the C and Rust backends that can be built here; name those that cannot
	@VENV=$(VENV) .ci/native

run: native ## run the specification on this machine and write the divergence report to out/
	@OUT=$(OUT) VENV=$(VENV) .ci/observe

check: $(VENV)/.ready ## style, types, and the rules' own lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/sockspec rules --lint

test: check native ## everything that must pass: checks, the harness's tests, the specification and its gate
	$(BIN)/python -m pytest -n auto --dist worksteal
	@VENV=$(VENV) .ci/native-tests
	@OUT=$(OUT) VENV=$(VENV) .ci/observe

scripts: native ## play every script of the kept platforms that this machine can be, of which the tests play some
	SOCKSPEC_EVERY_SCRIPT=1 $(BIN)/python -m pytest -n 2 harness/tests/test_reproduce*.py

matrix: native ## run the specification on every target that this machine can be: other kernels, containers, stacks, interpreters
	$(BIN)/sockspec matrix --out $(OUT)/matrix --tier $(TIER) $(ONLY:%=--only '%') $(RULES:%=--rule '%')

reports: $(VENV)/.ready ## keep what the matrix saw in reports/, and remake the pages there
	@VENV=$(VENV) .ci/publish $(OUT)/matrix

site: $(VENV)/.ready ## the pages of what is kept in reports/: out/site/index.html
	@.ci/history $(OUT)/history
	$(BIN)/sockspec site reports $(OUT)/history --out $(OUT)/site

faults: $(VENV)/.ready ## run the specification on implementations that are wrong on purpose
	@mkdir -p $(OUT)
	$(BIN)/sockspec faults $(ONLY:%=--only '%') --page $(OUT)/faults.md

native-faults: native ## make libc's calls wrong below the C and Rust backends, and see which rules notice
	@mkdir -p $(OUT)
	$(BIN)/python harness/faults/native.py --backend c --backend rust --page $(OUT)/native-faults.md

innocence: native ## run the specification with legal but unusual settings, in namespaces of their own
	@mkdir -p $(OUT)
	$(BIN)/python harness/innocence/innocence.py $(ONLY:%=--only '%') $(RULES:%=--rule '%') --page $(OUT)/innocence.md

fuzz: $(VENV)/.ready ## change what is read from outside, led by coverage, half a minute for each reader
	$(BIN)/python harness/fuzz/fuzz.py $(ONLY:%=--only '%') --keep $(OUT)/fuzz

mutation: $(VENV)/.ready ## make what judges wrong in one place at a time, and see which tests notice
	@$(BIN)/python -m pip install --quiet --group mutation
	$(BIN)/python harness/mutation/mutation.py $(ONLY:%=--only '%') --keep $(OUT)/mutation.json --page $(OUT)/mutation.md

coverage: native ## which lines and branches of the harness its tests run, their processes included
	@mkdir -p $(OUT)
	COVERAGE_FILE=$(abspath $(OUT))/coverage $(BIN)/coverage run -m pytest -n auto --dist worksteal || true
	COVERAGE_FILE=$(abspath $(OUT))/coverage $(BIN)/coverage combine --quiet
	COVERAGE_FILE=$(abspath $(OUT))/coverage $(BIN)/coverage report --skip-covered --sort=cover

bench: native ## what a call, a case and the specification cost, beside what they cost when that was kept
	$(BIN)/python harness/bench/cost.py

docs: $(VENV)/.ready ## build the documentation into out/docs; every warning is an error
	$(BIN)/sphinx-build -q -W --keep-going -d $(OUT)/docs.cache docs $(OUT)/docs
	@echo "the documentation: $(OUT)/docs/index.html"

clean:
	rm -rf $(VENV) $(OUT)

# Two commands do most of the work: `make report` and `make test`. Both create the locked
# environment if it is missing or stale; they need Python 3.11 or later and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
READY := $(VENV)/.ready
# Overrides for one call: make report RUN=null CORES=2
RUN ?=
CORES ?= all
SNAKEMAKE_ARGS ?=
CHROMIUM ?= chromium

.PHONY: help environment report release test check-page lint fmt audit lab bench bench-scale readme docs lock envs clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

environment: $(READY) ## Create the locked environment in .venv, and nothing else

report: $(READY) ## Regenerate every figure and table, and say where the report is
	@$(BIN)/ipseval report --cores $(CORES) $(if $(RUN),--run "$(RUN)") $(SNAKEMAKE_ARGS)

release: $(READY) ## Make what may leave, and pack it once a checker has decided: make release RUN=real
	@$(BIN)/ipseval release --cores $(CORES) $(if $(RUN),--run "$(RUN)") $(SNAKEMAKE_ARGS)

test: $(READY) ## Run the test suite
	@$(BIN)/pytest

lint: $(READY) ## Check style, formatting, types and the workflow
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/snakefmt --check --compact-diff Snakefile workflow
	@$(BIN)/mypy
	@$(BIN)/snakemake --lint

# The page in a browser: accessible, valid, legible on a phone and on a desk, in light and dark.
check-page: ## Check the report's page in a browser: make check-page RUN=small
	@command -v npm > /dev/null || { echo "check-page needs Node.js and npm: apt install nodejs npm"; exit 2; }
	@command -v $(CHROMIUM) > /dev/null || { echo "check-page needs a browser: apt install chromium, or name one in CHROMIUM"; exit 2; }
	@mkdir -p .check-page && cmp -s tests/page/package.json .check-page/package.json || { cp tests/page/package.json .check-page/ && npm install --silent --no-audit --no-fund --prefix .check-page; }
	@CHROMIUM="$$(command -v $(CHROMIUM))" CHECK_PAGE_MODULES="$$PWD/.check-page" node tests/page/check.mjs "results/$(or $(RUN),twin)/report/index.html"

fmt: $(READY) ## Format code and rules
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/snakefmt Snakefile workflow

audit: $(READY) ## Where a file comes from: make audit FILE=results/twin/...
	@$(BIN)/ipseval audit "$(FILE)"

lab: .venv-lab/.ready ## Open the chapters in JupyterLab
	@PYTHONPATH="$$PWD/workflow" .venv-lab/bin/python -m jupyterlab notebooks --KernelManager.transport=ipc

bench: $(READY) ## Measure speed; writes benchmarks/results and docs/reference/measured.md
	@for b in orchestration stages resampling twin; do $(BIN)/python benchmarks/$$b.py || exit 1; done
	@$(BIN)/python benchmarks/measured.py

bench-scale: $(READY) ## A million people of hlt through everything; takes the whole machine
	@$(BIN)/python benchmarks/scale.py

readme: $(READY) ## Take the pictures of the README and count reproduced figures; needs Chromium
	@$(BIN)/python benchmarks/readme.py $(or $(RUN),twin)

docs: $(READY) ## Regenerate reference pages and schemas from the declarations
	@$(BIN)/ipseval docs

lock: $(READY) ## Resolve dependencies anew into requirements.lock and envs/
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile -q --universal --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --upgrade --extra dev pyproject.toml -o requirements.lock
	@$(MAKE) --no-print-directory envs

envs: $(READY) ## Export envs/ from requirements.lock
	@$(BIN)/python envs/export.py
	@for extra in lab slurm; do UV_CUSTOM_COMPILE_COMMAND="make envs" $(UV) pip compile -q --universal \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --constraint requirements.lock \
	    --extra $$extra pyproject.toml -o envs/$$extra.lock || exit 1; done

clean: ## Remove results and the environment
	rm -rf results .snakemake $(VENV) .venv-lab

# uv is installed first, at the version and with the hashes of the lock; it then installs the
# rest. Bytecode is compiled at once, even where PYTHONDONTWRITEBYTECODE is set: without it
# every job pays seconds of import.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 report")'
	@echo "Creating the locked environment in $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^uv==/ {on=1} on {print} on && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.txt
	@test -x $(UV) || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@$(UV) pip sync --python $(BIN)/python -q --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install --python $(BIN)/python -q --no-deps --no-build-isolation -e .
	@touch $@

.venv-lab/.ready: envs/lab.lock $(READY)
	@test -x .venv-lab/bin/python || $(PYTHON) -m venv .venv-lab
	@$(UV) pip sync --python .venv-lab/bin/python -q --require-hashes --compile-bytecode envs/lab.lock
	@touch $@

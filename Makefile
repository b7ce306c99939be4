# Everything runs in .venv, which the first target that needs it creates. The interpreter is
# the first of PYTHONS that is new enough; `make test PYTHON=/path/to/python` overrules it.

PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# Twice quiet: errors only.
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
# Touched after an installation, so that the next run finds nothing to do.
FOR_DEMO := $(VENV)/.installed-for-demo
FOR_DEV := $(VENV)/.installed-for-dev
FOR_BENCH := $(VENV)/.installed-for-bench
DECLARED := pyproject.toml setup.py sentry_twilio/_version.py

# Sentry lives in an environment of its own: what it pins is years older than what the host asks.
SENTRY := .venv-sentry
SENTRY_PINS := .ci/sentry-23.7.1
FOR_SENTRY := $(SENTRY)/.installed
SENTRY_PLUGIN := $(SENTRY)/.installed-plugin
BUGSINK := .venv-bugsink
BUGSINK_VERSION := 2.6.1
# What goes into a Sentry image, whose Python may be 3.10, and the commands for an account. The
# configuration of mypy loads the host's settings, which are for newer ones.
FOR_OLDER_PYTHON := $(wildcard sentry_twilio/*.py) $(addprefix sentry_twilio/,console core sentry_host twilio)
PACKAGED := $(shell find sentry_twilio -type f -not -path '*/__pycache__/*')

export PYTHONUNBUFFERED := 1
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test test-sentry test-bugsink lint chaos bench clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name text; do printf '%-18s%s\n' "$$name" "$$text"; done
	@echo
	@echo 'ARGS are passed on: make demo ARGS=--once, make test ARGS="tests/twilio -x"'

demo: $(FOR_DEMO) ## From an exception to a text message, on this machine
	@$(BIN)/sentry-twilio demo $(ARGS)

# More processes than that only wait for each other's hosts and browsers.
test: $(FOR_DEV) ## Run the tests
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 $(ARGS)

# From the tests' own folders: whatever lies in the current one can be imported, and only the
# installed package may be.
test-sentry: $(SENTRY_PLUGIN) ## Run the plugin inside real Sentry 23.7.1
	@exports=$$(.ci/services postgresql redis) && eval "$$exports" && \
	export SENTRY_TWILIO_EMULATOR='$(CURDIR)/$(BIN)/sentry-twilio emulator' && \
	for folder in light full; do \
		(cd tests/inside_sentry/$$folder && '$(CURDIR)/$(SENTRY)/bin/pytest' $(ARGS)) || exit; \
	done

lint: $(FOR_DEV) ## Check style, types and which room imports which
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict
	$(BIN)/mypy --strict --python-version 3.10 --config-file= --ignore-missing-imports $(FOR_OLDER_PYTHON)
	$(BIN)/lint-imports

test-bugsink: $(FOR_DEV) $(BUGSINK)/bin/bugsink-manage ## See a real error in a real Bugsink become a text
	@BUGSINK_VENV=$(CURDIR)/$(BUGSINK) $(BIN)/python -m pytest tests/beside_bugsink $(ARGS)

$(BUGSINK)/bin/bugsink-manage: $(VENV)/pyvenv.cfg
	@echo 'Installing Bugsink $(BUGSINK_VERSION) into $(BUGSINK) (a minute, once) ...'
	@$(BIN)/python -m venv $(BUGSINK) && $(BUGSINK)/bin/pip -qq install bugsink==$(BUGSINK_VERSION)

chaos: $(FOR_DEV) ## Lose and double nothing while Twilio fails and workers are killed
	@exports=$$(.ci/services --optional postgresql redis) && eval "$$exports" && \
	$(BIN)/python -m tests.chaos $(ARGS)

bench: $(FOR_BENCH) ## Measure against plain alternatives, side by side
	@$(BIN)/python -m bench $(ARGS)

clean: ## Remove what the other targets made, the demo's data too
	rm -rf .venv .venv-* .demo build dist *.egg-info
	rm -rf .hypothesis .import_linter_cache .mypy_cache .ruff_cache
	find sentry_twilio tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The package is installed editable: the demo always shows the code that lies here.
$(FOR_DEMO): $(DECLARED) $(VENV)/pyvenv.cfg
	@echo 'Installing what the demo needs into $(VENV) (a minute, once) ...'
	@$(PIP) install --editable '.[host,emulator]'
	@touch $@

$(FOR_DEV): $(DECLARED) $(VENV)/pyvenv.cfg
	@echo 'Installing what the tests need into $(VENV) (a few minutes, once) ...'
	@$(PIP) install --editable '.[dev]'
	@touch $(FOR_DEMO) $@

$(FOR_BENCH): $(DECLARED) $(VENV)/pyvenv.cfg
	@echo 'Installing what is measured into $(VENV) (a minute, once) ...'
	@$(PIP) install --editable '.[bench]'
	@touch $(FOR_DEMO) $@

$(FOR_SENTRY): $(SENTRY_PINS)/lock.txt $(SENTRY_PINS)/inspect_shim.py $(SENTRY_PINS)/install
	@echo 'Installing Sentry 23.7.1 into $(SENTRY) (up to three minutes and 0.85 GB, once) ...'
	@$(SENTRY_PINS)/install $(SENTRY) $(PYTHON)
	@touch $@

$(SENTRY_PLUGIN): $(FOR_SENTRY) $(SENTRY_PINS)/install-plugin $(PACKAGED) $(DECLARED) $(FOR_DEV)
	@rm -rf $(SENTRY)/dist
	@$(BIN)/python -m build --outdir $(SENTRY)/dist . >$(SENTRY)/build.log 2>&1 || { cat $(SENTRY)/build.log; exit 1; }
	@$(SENTRY_PINS)/install-plugin $(SENTRY) $(SENTRY)/dist/*.whl
	@touch $@

# An interpreter is tried before it is used: pyenv's shims exist for versions that do not run.
$(VENV)/pyvenv.cfg:
	@for python in $(or $(PYTHON),$(PYTHONS)); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		"$$python" -c 'import ensurepip, ssl, sqlite3' || { \
			echo "$$python cannot make a virtual environment (the error is above)." >&2; \
			echo 'On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }; \
		"$$python" -m venv --clear $(VENV) && exit; \
		rm -rf $(VENV); exit 1; \
	done; \
	echo 'No Python 3.11 or newer was found; tried: $(or $(PYTHON),$(PYTHONS)).' >&2; \
	echo 'Install one (Debian and Ubuntu: apt install python3 python3-venv),' >&2; \
	echo 'or say where it is: make demo PYTHON=/path/to/python3' >&2; \
	exit 1

# A machine with Python 3.11 or newer, git and make needs nothing else: `make demo` and `make test` fetch the rest, once.
#
#   make demo ARGS='--once hello'     what stands in ARGS goes to the command behind the target
#   make test PYTHON=python3.12       the interpreter for a new .venv, where the newest one found is not the one you want

PIP := .venv/bin/python -m pip --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help demo test unit check coverage fuzz bench soak docs requirements audit clean

# Two processes for each core: most tests wait for something. A file's tests share what it has started, so they stay together.
WORKERS := $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1))))
ABREAST := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

demo: .venv/.installed-run ## the bridge among simulated platforms, in one web page; needs no account
	@.venv/bin/coze-bridge demo $(ARGS)

test: check ## every check and every test but the long ones
	@CHROMIUM=$$(scripts/find-chromium) && export CHROMIUM && \
	.venv/bin/pytest $(ABREAST) -m "not soak$$([ "$$CHROMIUM" ] || echo ' and not browser')" $(ARGS)

unit: .venv/.installed-dev ## values in, values out: the tests that need no process and no server
	@.venv/bin/pytest -q $(ABREAST) --hypothesis-profile quick tests/unit tests/test_house.py $(ARGS)

check: .venv/.installed-dev ## lint, format, types
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

coverage: .venv/.installed-dev ## which lines no test has run (slower than the test alone)
	@.venv/bin/coverage erase
	@.venv/bin/coverage run -m pytest -q $(ABREAST) $(ARGS)
	@.venv/bin/coverage combine --quiet
	@.venv/bin/coverage report

fuzz: .venv/.installed-dev ## the laws of tests/fuzz with many more inputs; ARGS='--minutes 30' --law
	@.venv/bin/python -m tests.fuzz $(ARGS)

bench: .venv/.installed-dev ## the bridge beside the floor, as a table of ratios
	@.venv/bin/python -m benchmarks $(ARGS)

soak: .venv/.installed-dev ## the long tests
	@.venv/bin/pytest -m soak $(ARGS)

docs: build/site-env/.installed ## the documentation as a site, in build/site; ARGS=serve shows it while you write
	@NO_MKDOCS_2_WARNING=1 build/site-env/bin/mkdocs $(or $(ARGS),build --strict)

requirements: ## pin anew what pyproject.toml asks for; ARGS=--upgrade raises every pin
	@scripts/pin-requirements $(ARGS)

audit: build/audit-env/.installed ## known holes in what is pinned: asks the public list of advisories, so it needs the network
	@build/audit-env/bin/pip-audit --strict --disable-pip --require-hashes $(foreach pinned,run dev docs,-r requirements/$(pinned).txt) $(ARGS)

clean: ## away with everything that was made here
	@rm -rf .venv build dist ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip is the last thing that a new environment receives: while it is missing, the environment is not whole.
.venv/bin/pip:
	@python=$$(scripts/find-python $(PYTHON)) && \
	echo "setting up: .venv ($$("$$python" --version))" && "$$python" -m venv .venv

.venv/.installed-run: requirements/run.txt pyproject.toml | .venv/bin/pip
	@echo "setting up: what the bridge needs (requirements/run.txt)"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@.venv/bin/python -m compileall -q bridge adapters migrations
	@touch $@

.venv/.installed-dev: requirements/dev.txt .venv/.installed-run
	@echo "setting up: what its tests need (requirements/dev.txt)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

build/site-env/.installed: requirements/docs.txt
	@echo "setting up: what builds the site (requirements/docs.txt)"
	@$$(scripts/find-python $(PYTHON)) -m venv build/site-env
	@build/site-env/bin/python -m pip --quiet --disable-pip-version-check --no-input install --require-hashes -r requirements/docs.txt
	@touch $@

# Not among the dependencies of ours: it looks at them from outside, and is itself of the newest version.
build/audit-env/.installed:
	@echo "setting up: what looks for known holes (pip-audit)"
	@$$(scripts/find-python $(PYTHON)) -m venv build/audit-env
	@build/audit-env/bin/python -m pip --quiet --disable-pip-version-check --no-input install pip-audit
	@touch $@

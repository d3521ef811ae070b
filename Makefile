# The commands of the README. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin

# The first Python that is new enough and really runs: a name on PATH may be a shim for a version that is not installed.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { command -v $$python; break; }; done)

PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps

.PHONY: help
help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- The environment: reinstalled only when a requirements file changed ----

$(VENV)/.created:
	@test -n "$(PYTHON)" || { echo "Parley needs Python 3.11 or newer, and none was found. On Debian: apt-get install python3 python3-venv; or name yours: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is not a Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: requirements.txt $(VENV)/.created
	@echo "Installing what Parley runs on (once, about half a minute)"
	@$(PIP_INSTALL) -r requirements.txt || { echo "Installing requirements.txt failed, see above." >&2; exit 1; }
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt $(VENV)/.created
	@echo "Installing what Parley runs on and is tested with (once, about a minute)"
	@$(PIP_INSTALL) -r requirements.txt -r requirements-dev.txt || { echo "Installing the requirements failed, see above." >&2; exit 1; }
	@touch $(VENV)/.installed $@

# ---- Running and testing ----

# What is compiled once is there for the hundreds of processes that the tests start; images switch this off.
unexport PYTHONDONTWRITEBYTECODE

# Where the suite runs: given DATABASE_URL and REDIS_URL, else servers it starts itself. ARGS goes to pytest.
PYTEST := $(BIN)/python -m pytest
# One more than there are cores where there are two: browsers and servers are waited for.
PARALLEL := -n 3

.PHONY: run
run: $(VENV)/.installed  ## Run Parley here, with demo data (PORT, DATABASE_URL, REDIS_URL, GEMINI_API_KEY are honoured)
	@DEBUG=$${DEBUG:-1} exec $(BIN)/python manage.py run_locally

.PHONY: test
test: $(VENV)/.installed-dev  ## The whole suite on real PostgreSQL and Redis, which it starts itself (REQUIRE_BROWSER=1, ARGS=...)
	@$(PYTEST) $(PARALLEL) $(ARGS)

.PHONY: test-embedded
test-embedded: $(VENV)/.installed-dev  ## The suite on SQLite and the embedded cache, without browser tests
	@PARLEY_TEST_EMBEDDED=1 $(PYTEST) $(PARALLEL) $(ARGS)

.PHONY: test-nightly
test-nightly: $(VENV)/.installed-dev  ## The tests that are too slow for every run
	@$(PYTEST) -m nightly $(ARGS)

.PHONY: test-api
test-api: $(VENV)/.installed-dev  ## The API against its own description, by schemathesis (SCHEMATHESIS_SECONDS=300)
	@SCHEMATHESIS_SECONDS=$${SCHEMATHESIS_SECONDS:-300} $(PYTEST) -m nightly candidates/tests/test_api_schemathesis.py $(ARGS)

# ---- Measuring: both on servers of their own, with production's settings ----

N ?= 200
SECONDS ?= 60

.PHONY: rehearse
rehearse: $(VENV)/.installed-dev  ## N candidates for SECONDS while everything is killed: GO or NO-GO (PLAN=redis-away, GUARD=no-lock shows that it can fail)
	@$(BIN)/python -m bench.rehearse --candidates $(N) --seconds $(SECONDS) $(if $(PLAN),--plan $(PLAN)) $(if $(GUARD),--guard $(GUARD)) $(ARGS)

.PHONY: rehearse-full-disk
rehearse-full-disk: $(VENV)/.installed-dev  ## Candidates save while PostgreSQL's disk fills up, on a small disk of its own (ARGS="--seconds 120")
	@$(BIN)/python -m bench.full_disk $(ARGS)

.PHONY: rehearse-migrations
rehearse-migrations: $(VENV)/.installed-dev  ## Every migration on a loaded database while candidates save (ARGS="--stored 1000000")
	@$(BIN)/python -m bench.migrations $(ARGS)

.PHONY: rehearse-upgrade
rehearse-upgrade: $(VENV)/.installed-dev  ## Old code on the new tables, then the new code, while candidates save (FROM=a commit or tag)
	@$(BIN)/python -m bench.upgrade $(if $(FROM),--from $(FROM)) $(ARGS)

.PHONY: mutants
mutants: $(VENV)/.installed-dev  ## Small faults put into limiter, deadline, save and access, and whether the tests find them (ARGS="--limit 20")
	@$(BIN)/python -m bench.mutants $(ARGS)

MINUTES ?= 120

.PHONY: soak
soak: $(VENV)/.installed-dev  ## Candidates for MINUTES, and whether memory, connections or the queue grow (ARGS=--leak shows that it can fail)
	@$(BIN)/python -m bench.soak --minutes $(MINUTES) $(ARGS)

.PHONY: bench
bench: $(VENV)/.installed-dev  ## What each request costs, beside a bare page (ARGS="--write" updates the documentation)
	@$(BIN)/python -m bench.run $(ARGS)

# ---- Checking without running ----

# What the settings demand to be imported at all; nothing is connected to.
FOR_TOOLS := SECRET_KEY=only-for-tools DEBUG=1 DATABASE_URL=sqlite://:memory:
LIKE_PRODUCTION = DEBUG=0 PUBLIC_URL=https://parley.example.org DATABASE_URL=postgres://parley@db.example.org/parley \
	REDIS_URL=redis://cache.example.org/0 EMAIL_URL=smtps://mail.example.org \
	SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')"

CHECKS := check-format check-lint check-types check-templates check-migrations check-deploy check-compose check-docker

.PHONY: check $(CHECKS)
check: $(VENV)/.installed-dev  ## Format, lint, types, templates, migrations, deployment; goes on after a failure
	@$(MAKE) --no-print-directory --keep-going $(CHECKS) || { echo "make check: not everything is in order, see above." >&2; exit 1; }
	@echo "Everything is in order."

check-format: $(VENV)/.installed-dev
	@echo "== format"
	@$(BIN)/ruff format --check --quiet --output-format concise . || { echo "Run: make format" >&2; exit 1; }

check-lint: $(VENV)/.installed-dev
	@echo "== lint"
	@$(BIN)/ruff check --quiet .

check-types: $(VENV)/.installed-dev
	@echo "== types"
	@$(FOR_TOOLS) $(BIN)/mypy .

check-templates: $(VENV)/.installed-dev
	@echo "== templates"
	@test -z "$$(find templates -name '*.html' 2>/dev/null)" || $(BIN)/djlint --lint --quiet templates

check-migrations: $(VENV)/.installed-dev
	@echo "== migrations"
	@$(FOR_TOOLS) $(BIN)/python manage.py makemigrations --check --dry-run

check-deploy: $(VENV)/.installed-dev
	@echo "== deployment"
	@$(LIKE_PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

check-compose: $(VENV)/.installed-dev
	@echo "== compose"
	@test ! -e compose.yaml || $(BIN)/docker-compose config --quiet

check-docker: $(VENV)/.installed-dev
	@echo "== Dockerfile"
	@test ! -e docker/Dockerfile || $(BIN)/hadolint docker/Dockerfile

.PHONY: format
format: $(VENV)/.installed-dev  ## Format the code and fix what the linter can fix
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

# ---- What candidates read, in every language ----

.PHONY: messages
messages: $(VENV)/.installed-dev  ## Bring the catalogues of all languages up to date and compile them (docs/how-to/translate.md)
	@$(FOR_TOOLS) $(BIN)/python -m interview_project.catalogues $(LANGUAGE)

# ---- The lock files ----

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --strip-extras \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements"

.PHONY: requirements
requirements: $(VENV)/.installed-dev  ## Compile requirements*.in into the lock files (UPGRADE=1 takes newer versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements.in --output-file requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements-dev.in --output-file requirements-dev.txt

.PHONY: sbom
sbom: $(VENV)/.installed  ## Write the bill of materials of what Parley runs on, with hashes and licences: sbom.cdx.json
	@$(BIN)/python docker/sbom.py sbom.cdx.json
	@echo "sbom.cdx.json"

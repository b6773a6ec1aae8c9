# Works with GNU make 3.81 and BSD tools. `make` alone lists what there is.

.DEFAULT_GOAL := help
.PHONY: help setup dev demo check test lock clean

PYTHON := .venv/bin/python
LOCK := requirements-dev.lock
# One more than the two cores of the machine that checks every change: who drives a browser waits much.
WORKERS ?= 4
ARGS ?=

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

# A copy of the lock inside .venv says what is installed there; file times would lie after a checkout or a copy.
# The newest Python that can really make an environment: a name on PATH may be a shim with nothing behind it.
setup: ## make .venv with everything needed (again only when the lock changed)
	@set -eu; \
	if cmp -s $(LOCK) .venv/installed.lock && $(PYTHON) -c '' 2>/dev/null; then exit 0; fi; \
	if ! $(PYTHON) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		python= ; old= ; \
		for name in python3.14 python3.13 python3.12 python3.11 python3; do \
			"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
			if "$$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$$name; break; fi; \
			old=$${old:-$$name}; \
		done; \
		if [ -z "$$python" ] && [ -n "$$old" ]; then \
			echo "$$old cannot make a virtual environment: install its venv module (on Debian and Ubuntu: apt-get install $$old-venv)." >&2; exit 1; \
		elif [ -z "$$python" ]; then \
			echo "Third Option needs Python 3.11 or newer on PATH (on Debian and Ubuntu: apt-get install python3 python3-venv)." >&2; exit 1; \
		fi; \
		echo "setup 1/2  Making .venv with $$("$$python" --version)"; \
		"$$python" -m venv --clear .venv; \
	fi; \
	echo "setup 2/2  Installing $$(grep -c == $(LOCK)) packages into .venv; about a minute"; \
	rm -f .venv/installed.lock; \
	$(PYTHON) -m pip install -qq --disable-pip-version-check --require-hashes -r $(LOCK); \
	cp $(LOCK) .venv/installed.lock

dev: setup ## run the tool alone on SQLite, for an LMS of your own; state in .dev/
	@set -eu; umask 077; mkdir -p .dev; \
	[ -s .dev/secret-key ] || $(PYTHON) -c 'import secrets; print(secrets.token_hex(32))' > .dev/secret-key; \
	port=$$($(PYTHON) -c 'import socket; print(next(p for p in range(8301, 8400) if socket.socket().connect_ex(("127.0.0.1", p))))'); \
	SECRET_KEY=$$(cat .dev/secret-key) PUBLIC_URL=http://localhost:$$port ALLOWED_NETWORKS=127.0.0.0/8,::1/128 \
	DATABASE_URL="sqlite:///$$PWD/.dev/third-option.sqlite3" STORAGE_URL="file://$$PWD/.dev/uploads"; \
	export SECRET_KEY PUBLIC_URL ALLOWED_NETWORKS DATABASE_URL STORAGE_URL; \
	$(PYTHON) -m flask --app app db upgrade; \
	exec $(PYTHON) -m flask --app app run --debug --port $$port

demo: setup ## run the tool with a small LMS around it, and print the address to open
	@exec $(PYTHON) -m demo $(ARGS)

check: setup ## check format, lint, types and import order
	@$(PYTHON) -m ruff format --check --quiet . || { echo "Format: run '.venv/bin/ruff format .'" >&2; exit 1; }
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo

test: check ## check, then run all tests; ARGS="tests/lti -k nonce" narrows them
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lock: setup ## write both locks anew from pyproject.toml; ARGS=--upgrade takes newer releases
	@for lock in "requirements-dev.lock --group dev" "requirements.lock --constraints requirements-dev.lock"; do \
		.venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-emit-find-links --annotation-style line --custom-compile-command 'make lock' $(ARGS) -o $$lock || exit 1; \
	done

clean: ## remove .venv, caches, and the local state of dev and demo
	@rm -rf .venv .dev .demo .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Everything a person does from a clone. `make demo` and `make test` set up all they need themselves.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
CORPUS := ../shared/corpus

.PHONY: all env demo test check corpus bench lock clean

all: env

env: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed ($(PYTHON) is older): set PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; sh tests/packages.sh python3-venv && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

demo: env
	$(BIN)/nianbao demo

# With CI=true nothing may be left out: a missing system package fails the run.
test: env
	@sh tests/packages.sh
	$(BIN)/python -m pytest -n 2 --dist loadfile -q

check: env
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) test

# Reads the real reports of $(CORPUS), where that folder is, and holds them against figures read by a person.
corpus: env
	@if [ ! -d $(CORPUS) ]; then echo "$(CORPUS) is not here: nothing to read"; else \
	  $(BIN)/nianbao read --json $(CORPUS)/*.txt $(CORPUS)/*.pdf $(CORPUS)/*.html | $(BIN)/python $(CORPUS)/score.py && \
	  $(BIN)/nianbao titles --json $(CORPUS)/titles.tsv | $(BIN)/python $(CORPUS)/score_titles.py; fi

bench: env
	PYTHONPATH=tests $(BIN)/python -m bench

lock:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet --output-file requirements.lock

clean:
	rm -rf .venv data/.demo .pytest_cache .mypy_cache .ruff_cache

# The project in a few commands. `make book PYTHON=python3.12` chooses another interpreter (3.11 or newer).
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
PIP := $(PY) -m pip install --quiet

.PHONY: help setup book test refresh lab lint clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##/\1:/p' Makefile

setup: $(READY)  ## the environment of requirements.lock in .venv

# torch comes first: it is the largest package, and what follows must fit to it, never replace it.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) $$(grep '^torch==' requirements.lock)
	$(PIP) -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

book: $(READY)  ## execute the chapters that changed, render the pages, check them
	$(PY) -m tools.book

test: $(READY)  ## unit tests, every chapter against the wheel, pages in a browser
	$(PY) -m tools.suites

refresh: $(READY)  ## write fresh outputs into the committed notebooks
	$(PY) -m tools.book --refresh

lab: $(READY)  ## open the chapters in JupyterLab
	$(PY) -m jupyter lab book

lint: $(READY)  ## style of modules and notebooks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

clean:  ## remove everything built; the environment stays
	rm -rf _build

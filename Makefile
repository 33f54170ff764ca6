# The few commands a person types; `make` alone lists them. Without make: python -m stemcareers --help.

.DEFAULT_GOAL := help
.PHONY: help report test test-all style layers behaviour fetch check draft synthetic floor coverage review diff notebooks lab lock clean environment

CORES ?= all
TESTS ?= not slow
WORKERS ?= 2
# The first Python that will do; pip comes out of ensurepip, which uv does not need. Looked for once, when needed.
FIND = for p in .venv/bin/python python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { command -v uv >/dev/null || $$p -c 'import ensurepip' 2>/dev/null; } && echo $$p && break; done
ifndef PYTHON
PYTHON = $(eval PYTHON := $$(shell $$(FIND)))$(PYTHON)
endif
RUN := .venv/bin/python -m stemcareers

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

report: environment ## build the report, or what of it is out of date (CORES=2 takes two cores, not all)
	@$(RUN) report --cores $(CORES)

test: style layers behaviour ## check style, layers and behaviour, without the slow tests

test-all: ## the same with the slow tests: whole runs, kills, a browser
	@$(MAKE) --no-print-directory test TESTS=

style: environment
	@.venv/bin/ruff check .

layers: environment
	@.venv/bin/lint-imports --no-cache

behaviour: environment
	@OPENBLAS_NUM_THREADS=1 .venv/bin/python -m pytest -q -n $(WORKERS) -m "$(TESTS)"

fetch: environment ## bring the exports that are missing, from STEMCAREERS_MIRROR first where it is set
	@$(RUN) fetch

check: environment ## tell everything that is wrong in config/ and the exports
	@$(RUN) check

draft: environment ## draft a wave from its export: make draft EXPORT=data/raw/<study>/<file> STUDY=<study> WAVE=<wave> [FORM=<file>] [NEW=yes]
	@$(RUN) draft "$(EXPORT)" --study "$(STUDY)" --wave "$(WAVE)" $(if $(FORM),--questionnaire "$(FORM)") $(if $(NEW),--new)

synthetic: environment ## draw the synthetic exports anew
	@$(RUN) synthetic

floor: environment ## time the same library calls in one plain process, to hold `make report` against
	@$(RUN) floor

coverage: environment ## measure how often 95 % intervals hold the truth, from simulated surveys (twelve minutes)
	@$(RUN) coverage

review: report ## build the report, then a bundle for reviewers: results/review/ and results/review.zip
	@$(RUN) review

diff: environment ## tell which numbers changed between two runs or commits, and why: make diff A=<..> B=<..> [STUDY=] [TO=]
	@$(RUN) diff "$(A)" "$(B)" $(if $(STUDY),--study "$(STUDY)") $(if $(TO),--to "$(TO)") --cores $(CORES)

notebooks: environment ## open the notebooks in JupyterLab
	@$(RUN) notebooks

lab: notebooks ## the same

lock: ## pin all packages anew after pyproject.toml changed (needs uv)
	@$(or $(PYTHON),python3) workflow/environment.py lock

clean: environment ## remove results and derived data; data/raw stays
	@$(RUN) clean

environment:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with its venv module is needed, and was not found." \
	"On Debian or Ubuntu: apt install python3 python3-venv"; exit 1; } >&2
	@$(PYTHON) workflow/environment.py

# Two commands matter: `make audit` and `make test`. Each prepares .venv from the hashed locks on its first use.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BY_PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
LAB_DIR ?= .lab
INVENTORY ?= inventories/lab
# molecule and ansible look for their tools on PATH.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export VPNPHONE_LAB_DIR := $(abspath $(LAB_DIR))
# Empty means no: hundreds of processes of a test run would compile the same files again.
export PYTHONDONTWRITEBYTECODE :=
# Several things at a time, what each prints in one piece (make before 4.0 cannot: it mixes them).
AT_ONCE := $(MAKE) --no-print-directory $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# Hundreds of short processes, none of which lives long enough for its garbage to matter.
LEAN := PYTHONPATH=$(CURDIR)/tests/lean

.DEFAULT_GOAL := help
.PHONY: help audit trend catalogue test lint lint-python lint-ansible unit fuzz integration molecule bench truth lab lab-stop docs lock vulnerabilities release awx-specs clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	@echo "Setting up $(VENV) from the hashed pins (once) ..."
	@$(BY_PIP) -r requirements.txt
	@touch $@

# By uv, or where it does not get through (a mirror that only pip is told of) by pip, which takes four times as long.
$(VENV)/.dev: requirements.txt requirements/dev.txt requirements/uv.txt | $(BIN)/python
	@echo "Setting up $(VENV) with the test tools from the hashed pins (once) ..."
	@$(BY_PIP) -r requirements/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode \
	  -r requirements.txt -r requirements/dev.txt || $(BY_PIP) -r requirements.txt -r requirements/dev.txt
	@touch $(VENV)/.runtime $@

$(VENV)/.bench: $(VENV)/.dev requirements/bench.txt
	@$(BY_PIP) -r requirements/bench.txt
	@touch $@

lab: $(VENV)/.runtime ## Start the simulated site on loopback
	@$(BIN)/python -m lab start --dir $(LAB_DIR)

lab-stop: ## Stop it; leaves no process behind
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m lab stop --dir $(LAB_DIR); fi

audit: $(VENV)/.runtime ## Audit the lab (or INVENTORY=inventories/mine; REPORT_LANGUAGE=ko) and show what was found
	@$(BIN)/python -m tools.audit --inventory $(INVENTORY) $(if $(REPORT_LANGUAGE),--language $(REPORT_LANGUAGE)) $(if $(filter inventories/lab,$(INVENTORY)),--lab $(LAB_DIR))

trend: $(VENV)/.runtime ## What changed since the audit before, from the history; SITE=NAME for another site, REPORT_LANGUAGE=ko
	@$(BIN)/python -m tools.trend $(if $(SITE),--site "$(SITE)") $(if $(REPORT_LANGUAGE),--language $(REPORT_LANGUAGE))

# Much of it waits for another process, a device or a clock: one behind the other leaves the cores idle for a quarter of the time.
test: $(VENV)/.dev ## Everything that CI runs
	@$(AT_ONCE) -j4 integration molecule unit lint-python lint-ansible || { echo "make test failed: each part that did has a line \`make[1]: ***\` above"; exit 1; }

lint: $(VENV)/.dev ## ruff, mypy, ansible-lint, stale generated files
	@$(AT_ONCE) -j2 lint-ansible lint-python

lint-python: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=module_utils $(BIN)/mypy -p vpnphone -p lab -p tools
	$(BIN)/python -m tools.generate_docs --check
	$(BIN)/python -m tools.catalogue --check

lint-ansible: $(VENV)/.dev
	$(BIN)/python -m tools.without_iris tools.lint_ansible --offline -q

unit: $(VENV)/.dev ## Fast tests: parsers, controls, reports, the lab itself
	$(LEAN) nice $(BIN)/pytest -n auto tests/unit

fuzz: $(VENV)/.dev ## The property tests once more, with inputs never tried before
	HYPOTHESIS_PROFILE=explore $(BIN)/pytest -n auto -m hypothesis tests/unit

integration: $(VENV)/.dev ## ansible-playbook against the lab
	$(LEAN) $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder tests/integration

molecule: $(VENV)/.dev ## The roles in molecule, against the lab
	$(LEAN) $(BIN)/python -m tools.without_iris tools.run_molecule test --all --report

bench: $(VENV)/.bench ## Speed, memory, and beside nornir-netmiko
	$(BIN)/python -m tests.bench

truth: $(VENV)/.dev ## 100 hosts x 10 under load: every answer compared with what the lab holds
	$(BIN)/python -m tests.bench.truth

docs: $(VENV)/.runtime ## Write the generated pages anew
	$(BIN)/python -m tools.generate_docs
	PYTHONPATH=module_utils $(BIN)/python -m vpnphone.report.schema docs/schema

catalogue: $(VENV)/.dev ## Bring locale/ up to date with the code: texts of the reports, their translations
	$(BIN)/python -m tools.catalogue

lock: $(VENV)/.dev ## Compile the hashed locks
	cd requirements && for pair in "runtime.in ../requirements.txt" "dev.in dev.txt" "bench.in bench.txt" "ee.in ee.txt" \
	  "audit.in audit.txt" "uv.in uv.txt"; do \
	  set -- $$pair; ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $$1 -o $$2; done

# Its data are PyPI's advisories; --strict: what could not be looked up is no success.
vulnerabilities: ## Look every pin up among the known vulnerabilities (asks pypi.org)
	@$(PYTHON) -m venv .ansible/vulnerabilities
	@.ansible/vulnerabilities/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.txt
	.ansible/vulnerabilities/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.txt

release: $(VENV)/.dev ## Archive, bill of materials, licences and checksums of a clean checkout, into dist/
	$(BIN)/python -m tools.release

awx-specs: $(VENV)/.dev ## Take the options of awx.awx anew from Ansible's community bundle (54 MB)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -d .ansible/bundle -r requirements/awx.txt
	$(BIN)/python -m tools.awx_specs .ansible/bundle/ansible-*.whl

clean: lab-stop ## Remove what was made here (venv, lab, caches); reports stay
	rm -rf $(VENV) $(LAB_DIR) .ansible .mypy_cache .ruff_cache .pytest_cache .hypothesis

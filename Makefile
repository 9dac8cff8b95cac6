# Alt arbeid gjøres av dev.py, som bare trenger Python 3.11 eller nyere. Uten make: python3 dev.py run
PYTHON ?= python3

help:
	@$(PYTHON) dev.py help

run test crash setup lint format messages:
	@$(PYTHON) dev.py $@

.PHONY: help run test crash setup lint format messages

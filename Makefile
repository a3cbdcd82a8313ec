# Every target sets up what it needs; caches live outside the work tree. See README.md.
SHELL := bash

.PHONY: help setup demo test test-full bench lab-up lab-down lint

help: ## Shows this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup:
	@lab/setup.sh

demo: setup ## Brings a cluster up, sends messages, scales it; ARGS="--context NAME" names a Kubernetes of yours
	@node -r ts-node/register/transpile-only lab/demo/demo.ts $(ARGS)

test: ## Everything that is tested, in an embedded cluster of its own
	@lab/test.sh

test-full: ## The same, and what takes long
	@lab/test.sh full

bench: setup ## Figures: the plan of 1,000 brokers; bring-up beside the same pods started by hand
	@node -r ts-node/register/transpile-only lab/bench/bench.ts

lab-up: ## Starts the embedded Kubernetes; the last line is the path of its kubeconfig
	@lab/kubernetes/up.sh

lab-down: ## Removes the embedded Kubernetes
	@lab/kubernetes/down.sh

lint: ## Checks types, style and import rules
	@lab/setup.sh shellcheck
	@npm run --silent lint

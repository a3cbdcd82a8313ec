# Every target sets up what it needs; caches live outside the work tree. See README.md.
SHELL := bash

.PHONY: help setup demo lab-up lab-down lint

help: ## Shows this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup:
	@lab/setup.sh

demo: setup ## Brings a cluster up, sends messages, scales it; ARGS="--context NAME" names a Kubernetes of yours
	@node -r ts-node/register/transpile-only lab/demo/demo.ts $(ARGS)

lab-up: ## Starts the embedded Kubernetes; the last line is the path of its kubeconfig
	@lab/kubernetes/up.sh

lab-down: ## Removes the embedded Kubernetes
	@lab/kubernetes/down.sh

lint: ## Checks types, style and import rules
	@lab/setup.sh shellcheck
	@npm run --silent lint

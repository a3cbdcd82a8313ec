#!/usr/bin/env bash
# make test: everything that is tested, in an embedded Kubernetes of its own, which is removed afterwards.
# With "full" also what takes long. The user's kubeconfig is never used.
set -euo pipefail
cd "$(dirname "$0")/.."
unset KUBECONFIG

NAME=${ROBUSTMQ_TEST_CLUSTER:-robustmq-test}
FULL=${1:-}
failed=()

step() { # TITLE COMMAND…
  local title=$1 start=$SECONDS
  shift
  printf '\n=== %s\n' "$title"
  if "$@"; then
    printf '=== %s: ok after %d s\n' "$title" $((SECONDS - start))
  else
    printf '=== %s: FAILED after %d s\n' "$title" $((SECONDS - start))
    failed+=("$title")
  fi
}

cleanup() { lab/kubernetes/down.sh --name "$NAME" >/dev/null 2>&1 || echo "the test cluster could not be removed: lab/kubernetes/down.sh --name $NAME says why"; }

standin_tests() { (cd lab/robustmq && go vet ./... && nice go test ./...); }

lab/setup.sh shellcheck
step "lint" npm run --silent lint
step "unit tests" npm run --silent test:unit
step "broker stand-in" standin_tests

trap cleanup EXIT
trap 'exit 130' INT TERM
kubeconfig=$(lab/kubernetes/up.sh --name "$NAME" | tail -n 1)
export ROBUSTMQ_TEST_KUBECONFIG=$kubeconfig
tests/scenarios/images.sh --name "$NAME"
step "engine stand-in" npx mocha 'tests/engine/**/*.test.ts'
if [ "$FULL" = full ]; then
  step "scenarios, all" npx mocha --ignore '**/programs/**' 'tests/scenarios/**/*.test.ts'
  step "embedded Kubernetes, self-test" lab/kubernetes/selftest.sh
else
  step "scenarios" npx mocha --ignore 'tests/scenarios/**/*.full.test.ts' 'tests/scenarios/**/*.test.ts'
fi

echo
if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
echo "all steps passed after $SECONDS s"

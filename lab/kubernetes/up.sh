#!/usr/bin/env bash
# Brings up an embedded Kubernetes, or what of it is missing. The last line of stdout is the kubeconfig's path.
#   lab/kubernetes/up.sh [--name NAME]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SOURCE_DIR/lib/instance.sh"

parse_arguments "$@"
require_no_arguments
require_machine
TRACKING=$(tracking_mount)
take_lock

if is_healthy; then
  step "'$NAME' is running"
else
  source "$SOURCE_DIR/lib/binaries.sh"
  "$SOURCE_DIR/build.sh" >/dev/null 9>&-
  stop_leftovers
  [[ -f $CLUSTER_DIR/complete ]] && step "'$NAME' exists, starting what is missing: $(missing_components)"
  start_instance
  step "'$NAME' is ready; look around with: KUBECONFIG=$KUBECONFIG_FILE $KUBERNETES_BIN/kubectl get pods -A"
fi
printf '%s\n' "$KUBECONFIG_FILE"

#!/usr/bin/env bash
# Runs a command (or a shell) in an embedded Kubernetes' namespaces, to look around.
#   lab/kubernetes/enter.sh [--name NAME] [COMMAND...]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SOURCE_DIR/lib/instance.sh"

parse_arguments "$@"
require_machine
TRACKING=$(tracking_mount)
is_running sandbox pause || die "'$NAME' is not running; start it with lab/kubernetes/up.sh --name $NAME"
((${#REST[@]})) || REST=(bash)
enter "TERM=${TERM:-dumb}" "KUBECONFIG=$INSIDE_KUBECONFIG" "${REST[@]}"

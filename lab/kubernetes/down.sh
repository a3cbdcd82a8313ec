#!/usr/bin/env bash
# Removes an embedded Kubernetes: processes, namespaces, cgroups and data. The built programs stay in the cache.
#   lab/kubernetes/down.sh [--name NAME]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SOURCE_DIR/lib/instance.sh"

parse_arguments "$@"
require_no_arguments
require_machine
TRACKING=$(tracking_mount)
take_lock

stop_all
remove_cgroups
rm -rf --one-file-system "$CLUSTER_DIR"
step "'$NAME' is removed"

#!/usr/bin/env bash
# Imports a docker-archive tar into an embedded Kubernetes' image store.
#   lab/kubernetes/load-image.sh [--name NAME] IMAGE.tar
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SOURCE_DIR/lib/instance.sh"

parse_arguments "$@"
((${#REST[@]} == 1)) || die "usage: load-image.sh [--name NAME] IMAGE.tar"
[[ -r ${REST[0]} ]] || die "cannot read the image ${REST[0]}"
require_machine
TRACKING=$(tracking_mount)
is_running containerd || die "'$NAME' is not running; start it with lab/kubernetes/up.sh --name $NAME"
import_image "${REST[0]}" >&2

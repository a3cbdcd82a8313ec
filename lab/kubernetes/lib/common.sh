# shellcheck shell=bash
# Names, folders and messages that every script of the embedded cluster shares.
# shellcheck disable=SC2034  # most of these names are used by the scripts that source this file

readonly KUBERNETES_VERSION=1.36.3
LAB_HOME=$(realpath --canonicalize-missing "${ROBUSTMQ_LAB_HOME:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/robustmq-lab}")
readonly LAB_HOME
umask 022 # what is made here is read by users inside pods too
SOURCE_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly SOURCE_DIR

# Where the instance's folders appear inside its own mount namespace. Short and fixed, because a unix
# socket's path may not be longer than 107 characters and the user's cache folder may be.
readonly INSIDE=/run/robustmq-lab
readonly INSIDE_KUBECONFIG=$INSIDE/cluster/config/inside.kubeconfig

readonly NODE_IP=10.244.0.1
readonly POD_CIDR=10.244.0.0/24
readonly SERVICE_CIDR=10.96.0.0/16
readonly PAUSE_IMAGE=localhost/robustmq-lab-pause:1

say() { printf '%s\n' "lab/kubernetes: $*" >&2; }

die() {
  say "$*"
  exit 1
}

# "3.4 s since the script began", in tenths because the steps are short.
now_tenths() { printf '%s' $((${EPOCHREALTIME//[.,]/} / 100000)); }
STARTED_TENTHS=$(now_tenths)

elapsed() {
  local tenths=$(($(now_tenths) - STARTED_TENTHS))
  printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

step() { printf '[%8s] %s\n' "$(elapsed)" "$*" >&2; }

# Reads --name NAME (default robustmq-lab); everything else goes to REST.
parse_arguments() {
  NAME=robustmq-lab
  REST=()
  while (($#)); do
    case $1 in
      --name) NAME=${2:?--name needs a value} && shift 2 ;;
      --name=*) NAME=${1#--name=} && shift ;;
      *) REST+=("$1") && shift ;;
    esac
  done
  [[ $NAME =~ ^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$ ]] ||
    die "the name '$NAME' is not usable: lower-case letters, digits and '-', at most 40 of them"
  CLUSTER_DIR=$LAB_HOME/clusters/$NAME
  KUBECONFIG_FILE=$CLUSTER_DIR/kubeconfig
  # Two caches may hold a cluster of the same name; their processes must not be mistaken for each other.
  INSTANCE=$NAME-$(printf '%s' "$CLUSTER_DIR" | cksum | cut -d' ' -f1)
}

require_no_arguments() {
  ((${#REST[@]} == 0)) || die "unknown argument '${REST[0]}'; usage: $(basename "$0") [--name NAME]"
}

require_machine() {
  [[ $(uname -s) == Linux ]] || die "the embedded cluster needs Linux, this is $(uname -s)"
  ((EUID == 0)) || die "the embedded cluster needs root (namespaces, cgroups, containers); run it as root or with sudo"
  case $(uname -m) in
    x86_64 | aarch64) ;;
    *) die "the embedded cluster has been made for x86_64 and aarch64, this is $(uname -m)" ;;
  esac
  local kind
  for kind in net mnt pid; do
    [[ -e /proc/self/ns/$kind ]] || die "the kernel has no '$kind' namespaces, the embedded cluster needs them"
  done
}

# One up or down at a time per instance. Whatever outlives the script closes descriptor 9, or it would hold the lock.
take_lock() {
  mkdir -p "$LAB_HOME/locks"
  exec 9>"$LAB_HOME/locks/$NAME"
  flock --nonblock 9 && return
  say "another command works on '$NAME', waiting for it"
  flock --timeout 1800 9 || die "the other command on '$NAME' did not end in 30 minutes"
}

# wait_until SECONDS WHAT COMMAND...: polls the condition; on time-out the caller decides what to show.
wait_until() {
  local seconds=$1 what=$2
  shift 2
  local deadline=$(($(now_tenths) + seconds * 10))
  until "$@" >/dev/null 2>&1; do
    if (($(now_tenths) > deadline)); then
      say "waited $seconds s in vain: $what"
      return 1
    fi
    sleep 0.1
  done
}

# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME is set by parse_arguments
# Starting, finding and ending the instance's processes. Each component is one program in one cgroup.

# The kernel cuts a program's name after 15 characters.
pid_of() {
  local component=$1 program=${2:-$1} pid name
  [[ -r $(component_cgroup "$component")/cgroup.procs ]] || return 1
  while read -r pid; do
    name=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
    [[ $name == "${program:0:15}" ]] && printf '%s' "$pid" && return 0
  done <"$(component_cgroup "$component")/cgroup.procs"
  return 1
}

is_running() { pid_of "$@" >/dev/null; }

# "Has ended" is not the same as "not running": between fork and exec a program has no name yet.
is_empty() { [[ -z $(cat "$(component_cgroup "$1")/cgroup.procs") ]]; }

# enter [--host-network] COMMAND...: runs a command in the instance's namespaces and waits for it.
enter() {
  local network=(--net)
  [[ $1 == --host-network ]] && network=() && shift
  nsenter --target "$(pid_of sandbox pause)" --mount --pid "${network[@]}" --wd=/ -- \
    env -i "PATH=$INSIDE/bin/choice:$INSIDE/bin/kubernetes:$INSIDE/bin/dns:$INSIDE/bin/debian:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root "$@"
}

# For sh -c: CGROUPS LOG COMMAND...
# shellcheck disable=SC2016  # expanded by that shell
readonly JOIN_AND_DETACH='for cgroup in $1; do echo 0 >"$cgroup/cgroup.procs"; done
log=$2; shift 2; exec setsid --fork "$@" </dev/null >>"$log" 2>&1'

# start [--host-network] COMPONENT PROGRAM ARGUMENTS...: starts it in the background, unless it runs.
start() {
  local where=()
  [[ $1 == --host-network ]] && where=(--host-network) && shift
  local component=$1 program=$2
  shift 2
  is_running "$component" "$program" && return
  local cgroups
  cgroups=$(create_component_cgroups "$component")
  # The first shell joins the cgroups and is gone when setsid has forked: what stays is a child of the
  # sandbox's init, so it ends with the sandbox even if everything else goes wrong.
  enter "${where[@]}" sh -c "$JOIN_AND_DETACH" sh "$cgroups" "$INSIDE/cluster/logs/$component.log" "$program" "$@" 9>&-
}

# await SECONDS COMPONENT CHECK...: until the check holds; shows the log if it never does.
await() {
  local seconds=$1 component=$2
  shift 2
  local deadline=$(($(now_tenths) + seconds * 10))
  until "$@" >/dev/null 2>&1; do
    if is_empty "$component"; then
      show_log "$component" "$component has ended while it was starting"
    elif (($(now_tenths) > deadline)); then
      show_log "$component" "$component is not healthy after $seconds s"
    fi
    sleep 0.1
  done
  step "$component is healthy"
}

show_log() {
  local component=$1 reason=$2
  say "$reason; the end of its log ($CLUSTER_DIR/logs/$component.log):"
  tail -n 20 "$CLUSTER_DIR/logs/$component.log" >&2 || true
  exit 1
}

# Ends every process of the instance and nothing else; the sandbox's init first, because the kernel
# then ends all that live in its pid namespace at once. Its parent outside is left time to take note.
stop_all() {
  local init
  if init=$(pid_of sandbox pause); then
    kill -KILL "$init" 2>/dev/null || true
    wait_until 10 "process $init has ended" test ! -d "/proc/$init" || true
  fi
  wait_until 30 "all processes of '$NAME' have ended" kill_remaining ||
    die "some processes of '$NAME' cannot be ended: $(instance_pids | tr '\n' ' ')"
}

kill_remaining() {
  local pid
  for pid in $(instance_pids); do kill -KILL "$pid" 2>/dev/null || true; done
  no_instance_pids
}

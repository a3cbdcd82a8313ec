# shellcheck shell=bash
# The instance's namespaces (network, mount, process ids) and the one process that holds them open.

start_sandbox() {
  is_running sandbox pause && return
  local cgroup
  cgroup=$(component_cgroup sandbox)
  mkdir -p "$cgroup" "$CLUSTER_DIR"/{logs,pod-logs,etcd,containerd,kubelet,volumes,config}
  # shellcheck disable=SC2016  # expanded by the inner shell
  sh -c 'echo 0 >"$1/cgroup.procs"; log=$2; shift 2; exec setsid --fork "$@" </dev/null >"$log" 2>&1' \
    sh "$cgroup" "$CLUSTER_DIR/logs/sandbox.log" \
    unshare --net --mount --pid --fork --mount-proc --propagation private -- \
    bash "$SOURCE_DIR/lib/sandbox-init.sh" "$CLUSTER_DIR" "$KUBERNETES_BIN" "$DNS_BIN" "$DEBIAN_BIN" 9>&-
  await 20 sandbox is_running sandbox pause
}

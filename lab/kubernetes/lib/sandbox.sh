# shellcheck shell=bash
# The instance's namespaces (network, mount, process ids) and the one process that holds them open.

start_sandbox() {
  is_running sandbox pause && return
  mkdir -p "$CLUSTER_DIR"/{logs,pod-logs,etcd,containerd,kubelet,volumes,config}
  sh -c "$JOIN_AND_DETACH" sh "$(create_component_cgroups sandbox)" "$CLUSTER_DIR/logs/sandbox.log" \
    unshare --net --mount --pid --fork --mount-proc --propagation private -- \
    bash "$SOURCE_DIR/lib/sandbox-init.sh" "$CLUSTER_DIR" "$KUBERNETES_BIN" "$DNS_BIN" "$DEBIAN_BIN" 9>&-
  await 20 sandbox is_running sandbox pause
}

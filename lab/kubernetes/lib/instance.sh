# shellcheck shell=bash
# The instance as a whole: its list of parts, whether they run, and the order they start in.

source "$SOURCE_DIR/lib/cgroups.sh"
source "$SOURCE_DIR/lib/process.sh"
source "$SOURCE_DIR/lib/sandbox.sh"
source "$SOURCE_DIR/lib/credentials.sh"
source "$SOURCE_DIR/lib/entrance.sh"
source "$SOURCE_DIR/lib/control-plane.sh"
source "$SOURCE_DIR/lib/node.sh"
source "$SOURCE_DIR/lib/dns.sh"
source "$SOURCE_DIR/lib/storage.sh"

# component:program
readonly COMPONENTS=(sandbox:pause etcd:etcd kube-apiserver:kube-apiserver
  kube-controller-manager:kube-controller-manager kube-scheduler:kube-scheduler
  containerd:containerd kubelet:kubelet kube-proxy:kube-proxy coredns:coredns provisioner:provisioner
  gate:socat entrance:socat)

# False when somebody removed the cluster's folder under a running instance, which then works on deleted files.
has_its_folder() { [[ /proc/$(pid_of sandbox pause)/root$INSIDE/cluster -ef $CLUSTER_DIR ]]; }

missing_components() {
  local entry
  for entry in "${COMPONENTS[@]}"; do
    is_running "${entry%:*}" "${entry#*:}" || printf '%s ' "${entry%:*}"
  done
}

is_healthy() {
  [[ -f $CLUSTER_DIR/complete && -z $(missing_components) ]] && has_its_folder || return 1
  api_answers_host >/dev/null && node_ready
}

# The order: namespaces, then what the API server needs, the API server, and then all that only needs it.
# Each group is started before anything of it is awaited, so the parts warm up side by side.
start_instance() {
  local restarted=false
  if [[ -f $CLUSTER_DIR/complete ]] && ! is_running sandbox pause; then restarted=true; fi
  create_cgroups
  start_sandbox
  create_credentials
  write_kubeconfig "$CLUSTER_DIR/config/inside.kubeconfig" 127.0.0.1:6443
  start_etcd
  start_containerd
  start_apiserver
  await_etcd
  await_containerd
  import_pause_image
  await_apiserver
  if $restarted; then mark_pods_unready; fi
  start_controllers
  start_kubelet
  start_proxy
  start_dns
  start_provisioner
  start_entrance
  await_storage
  await_controllers
  await_dns
  await_node
  wait_until 30 "the default service account exists" kubectl_inside get serviceaccount default
  touch "$CLUSTER_DIR/complete"
}

# Without its init the instance's namespaces cannot be entered any more: end the rest and begin again on the same
# data. The dead pods' cgroups go too, or the kubelet spends three seconds on each of them before it starts.
stop_leftovers() {
  is_running sandbox pause && has_its_folder && return
  if ! no_instance_pids; then
    say "'$NAME' has lost its first process or its folder; ending what is left of it (what data there is stays)"
    stop_all
  fi
  remove_cgroups
}

# shellcheck shell=bash
# The node: containerd, the kubelet and kube-proxy.

# Overlay file systems do not stack on each other (a container's own root is one); copying always works.
choose_snapshotter() {
  local folder=$INSIDE/cluster/containerd/overlay-check
  # shellcheck disable=SC2016  # expanded by the inner shell
  if enter unshare --mount sh -c 'mkdir -p "$1/l" "$1/u" "$1/w" "$1/m" &&
      mount -t overlay overlay -o "lowerdir=$1/l,upperdir=$1/u,workdir=$1/w" "$1/m"' sh "$folder" 2>/dev/null; then
    SNAPSHOTTER=overlayfs
  else
    say "the cache's file system cannot carry an overlay: container images are copied instead (slower, more disk)"
    SNAPSHOTTER=native
  fi
  rm -rf "$CLUSTER_DIR/containerd/overlay-check"
}

# restrict_oom_score_adj: without CAP_SYS_RESOURCE runc may not lower the score and every sandbox would die.
write_containerd_config() {
  cat >"$CLUSTER_DIR/config/containerd.toml" <<END
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "$PAUSE_IMAGE"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "$INSIDE/bin/debian/cni"
conf_dir = "$INSIDE/cluster/config/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "$SNAPSHOTTER"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
END
}

# ptp instead of a bridge: every packet between pods is routed, so kube-proxy's rules see it without br_netfilter.
write_cni_config() {
  mkdir -p "$CLUSTER_DIR/config/cni"
  cat >"$CLUSTER_DIR/config/cni/10-lab.conflist" <<END
{
  "cniVersion": "0.4.0",
  "name": "lab",
  "plugins": [{
    "type": "ptp",
    "mtu": 1500,
    "ipam": {
      "type": "host-local",
      "dataDir": "/run/cni/networks",
      "ranges": [[{"subnet": "$POD_CIDR", "rangeStart": "${POD_CIDR%.*}.10", "gateway": "$NODE_IP"}]],
      "routes": [{"dst": "0.0.0.0/0"}]
    }
  }]
}
END
}

# Nothing is evicted and no image collected because the disk fills: a lab's node has no other place to put pods.
write_kubelet_config() {
  cat >"$CLUSTER_DIR/config/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $INSIDE/cluster/credentials/ca.crt}
authorization: {mode: Webhook}
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /robustmq-lab/$INSTANCE
failCgroupV1: false
failSwapOn: false
clusterDomain: cluster.local
clusterDNS: [$NODE_IP]
resolvConf: $INSIDE/resolv.conf
volumePluginDir: /var/lib/kubelet/volume-plugins
maxPods: 200
imageMinimumGCAge: 87600h
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {memory.available: 50Mi, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%, imagefs.inodesFree: 0%}
serializeImagePulls: false
nodeStatusUpdateFrequency: 4s
kubeAPIQPS: 200
kubeAPIBurst: 400
eventRecordQPS: 100
eventBurst: 200
END
}

start_containerd() {
  choose_snapshotter
  write_containerd_config
  write_cni_config
  start containerd containerd --config "$INSIDE/cluster/config/containerd.toml"
}

containerd_answers() { enter ctr --timeout 5s version; }
await_containerd() { await 30 containerd containerd_answers; }

import_image() { enter ctr --namespace k8s.io images import --snapshotter "$(snapshotter_in_use)" - <"$1"; }
snapshotter_in_use() { sed -n 's/^snapshotter = "\(.*\)"$/\1/p' "$CLUSTER_DIR/config/containerd.toml"; }
has_image() { [[ $(enter ctr --namespace k8s.io images list --quiet "name==$1") == "$1" ]]; }
import_pause_image() { has_image "$PAUSE_IMAGE" || import_image "$KUBERNETES_BIN/pause.tar" >/dev/null; }

start_kubelet() {
  write_kubelet_config
  is_running kubelet || KUBELET_STARTED=$(date --utc +%FT%TZ)
  start kubelet kubelet --config "$INSIDE/cluster/config/kubelet.yaml" --kubeconfig "$INSIDE_KUBECONFIG" \
    --hostname-override "$NAME" --node-ip "$NODE_IP"
}

start_proxy() {
  start kube-proxy kube-proxy --kubeconfig "$INSIDE_KUBECONFIG" --hostname-override "$NAME" --cluster-cidr "$POD_CIDR" \
    --proxy-mode iptables --iptables-min-sync-period 100ms --conntrack-max-per-core 0 --conntrack-min 0 \
    --healthz-bind-address 127.0.0.1:10256 --metrics-bind-address 127.0.0.1:10249
}

# After a restart of everything the API server still calls the dead pods ready until the kubelet has looked at
# each. A node controller would say otherwise of a node that was away; here nobody else would in time.
mark_pods_unready() {
  local namespace pod
  while read -r namespace pod; do
    [[ -n $pod ]] || continue
    kubectl_inside patch pod --namespace "$namespace" "$pod" --subresource status --patch \
      '{"status": {"conditions": [{"type": "Ready", "status": "False"}, {"type": "ContainersReady", "status": "False"}]}}' >/dev/null
  done < <(kubectl_inside get pods --all-namespaces --field-selector status.phase=Running --no-headers \
    --output custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name)
}

# A kubelet that has just been started has to say so itself: the API server still holds its predecessor's word.
KUBELET_STARTED=
node_ready() {
  local ready heartbeat
  read -r ready heartbeat < <(kubectl_inside get node "$NAME" --output \
    'jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status} {.lastHeartbeatTime}{end}')
  [[ $ready == True && ! $heartbeat < $KUBELET_STARTED ]]
}

await_node() {
  await 120 kubelet node_ready
  await 60 kube-proxy enter curl --silent --fail --max-time 5 http://127.0.0.1:10256/healthz
}

#!/usr/bin/env bash
# Proves that an embedded Kubernetes works, comes back after a crash and leaves nothing behind.
#   lab/kubernetes/selftest.sh [--name NAME]   (default lab-selftest; an instance of that name is removed first)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
[[ " $* " == *" --name"* ]] || set -- --name lab-selftest "$@"
parse_arguments "$@"
require_no_arguments
require_machine
source "$SOURCE_DIR/lib/instance.sh"
source "$SOURCE_DIR/lib/binaries.sh"
source "$SOURCE_DIR/lib/image.sh"
TRACKING=$(tracking_mount)
readonly IMAGE=localhost/robustmq-lab-selftest:1
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

k() { KUBECONFIG=$KUBECONFIG_FILE "$KUBERNETES_BIN/kubectl" "$@"; }
up() { "$SOURCE_DIR/up.sh" --name "$NAME"; }
down() { "$SOURCE_DIR/down.sh" --name "$NAME"; }
in_pod() { k exec probe-0 -- /selftest "$@"; }

expect() {
  local what=$1
  shift
  "$@" || die "FAILED: $what"
  step "ok: $what"
}

# What of the host an instance could change and must not: mounts, namespaces, links, packet filter, cgroups, listeners.
# Other instances and programs may come and go meanwhile; their processes are told apart by their namespaces below.
host_state() {
  sort /proc/mounts
  ip netns list
  ip -oneline link | cut -d' ' -f2
  iptables-save 2>/dev/null | grep -v '^#' | sed 's/\[[0-9:]*\]//' || true
  find /sys/fs/cgroup -type d -path "*$INSTANCE*" 2>/dev/null || true
  sysctl -n vm.overcommit_memory kernel.panic kernel.panic_on_oops net.ipv4.ip_forward
}

namespaces() {
  local init
  init=$(pid_of sandbox pause)
  readlink "/proc/$init/ns/net" "/proc/$init/ns/mnt" "/proc/$init/ns/pid"
}

# No process of the host is in one of the namespaces the instance had.
no_process_in() {
  local found
  found=$(find /proc -mindepth 3 -maxdepth 3 -path '/proc/[0-9]*/ns/*' -printf '%l %p\n' 2>/dev/null | grep -F -f "$1" || true)
  [[ -z $found ]] || { echo "$found" >&2 && return 1; }
}

make_probe_image() {
  (cd "$SOURCE_DIR" && CGO_ENABLED=0 GOFLAGS=-mod=readonly go build -trimpath -o "$SCRATCH/selftest" ./selftest)
  make_image "$SCRATCH/selftest" "$IMAGE" "$SCRATCH/image.tar"
  "$SOURCE_DIR/load-image.sh" --name "$NAME" "$SCRATCH/image.tar"
}

# As strict as Kubernetes' "restricted" standard asks: what the product's own pods have to live with.
apply_workload() {
  k label --overwrite namespace default pod-security.kubernetes.io/enforce=restricted >/dev/null
  k apply --filename - <<END
apiVersion: v1
kind: Service
metadata: {name: probe}
spec: {clusterIP: None, publishNotReadyAddresses: true, selector: {app: probe}, ports: [{port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: probe-client}
spec: {selector: {app: probe}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: probe}
spec:
  serviceName: probe
  replicas: 3
  podManagementPolicy: Parallel
  selector: {matchLabels: {app: probe}}
  template:
    metadata: {labels: {app: probe}}
    spec:
      securityContext: {runAsUser: 999, runAsGroup: 999, runAsNonRoot: true, fsGroup: 999, seccompProfile: {type: RuntimeDefault}}
      terminationGracePeriodSeconds: 1
      containers:
      - name: probe
        image: $IMAGE
        args: [serve, ":8080"]
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {cpu: 200m, memory: 64Mi}}
        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
        volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
END
}

three_ready() { [[ $(k get statefulset probe -o 'jsonpath={.status.readyReplicas}') == 3 ]]; }
resolves_three() { [[ $(in_pod resolve probe | wc -l) == 3 ]]; }
service_answers() { [[ $(in_pod get http://probe-client/) == "200 OK" ]]; }
has_text() { [[ $(in_pod read /data/text) == "kept" ]]; }
logs_work() { [[ $(k logs probe-0) == *'serving as user 999'* ]]; }
unknown_name_fails_at_once() { ! timeout 2 "$KUBERNETES_BIN/kubectl" --kubeconfig "$KUBECONFIG_FILE" exec probe-0 -- /selftest resolve no.such.example 2>/dev/null; }
no_folders() { [[ -z $(ls "$CLUSTER_DIR/volumes") ]]; }

# A restarted pod keeps its name, so only the API server knows when the new one has an address in DNS.
new_pod_resolves() {
  k delete pod probe-2 --wait=true >/dev/null
  wait_until 30 "probe-2 has an address again" has_address probe-2
  local address
  address=$(k get pod probe-2 -o 'jsonpath={.status.podIP}')
  wait_until 2 "probe-2's new address is in DNS" name_is probe-2.probe "$address"
}
has_address() { [[ -n $(k get pod "$1" -o 'jsonpath={.status.podIP}') ]]; }
name_is() { [[ $(in_pod resolve "$1") == "$2" ]]; }

port_forward_works() {
  k port-forward pod/probe-0 :8080 >"$SCRATCH/forward" 2>&1 &
  local forward=$! result=0
  wait_until 10 "port-forward listens" grep -q Forwarding "$SCRATCH/forward" || result=1
  curl --silent --fail "http://$(sed -n 's/^Forwarding from \(127[^ ]*\).*/\1/p' "$SCRATCH/forward")/" | grep probe-0 >/dev/null || result=1
  kill "$forward"
  wait "$forward" 2>/dev/null || true
  return $result
}

check_workload() {
  expect "three pods with volumes are ready" wait_until 90 "3 ready replicas" three_ready
  expect "a headless Service resolves to all pods" wait_until 5 "3 addresses" resolves_three
  expect "a Service's address answers" wait_until 5 "200 OK" service_answers
  expect "logs work through the entrance" logs_work
  expect "port-forward works through the entrance" port_forward_works
}

# A start that is killed leaves whatever it had; the next one goes on from there.
interrupted_up() {
  "$SOURCE_DIR/up.sh" --name "$NAME" >/dev/null &
  local starter=$!
  wait_until 60 "$1 runs" is_running "$@"
  kill -KILL "$starter"
  wait "$starter" 2>/dev/null || true
  step "killed up.sh when $1 had just been started"
}

kill_component() {
  local pid
  pid=$(pid_of "$1" "$2") || die "$1 does not run"
  kill -KILL "$pid"
}

check_repair() {
  step "killing etcd, the API server, containerd, the kubelet and the entrance"
  kill_component etcd etcd
  kill_component kube-apiserver kube-apiserver
  kill_component containerd containerd
  kill_component kubelet kubelet
  kill_component entrance socat
  up >/dev/null
  expect "after the crash: the data is kept" wait_until 60 "/data/text" has_text
  check_workload
  step "killing the namespaces' first process, which ends everything (as a reboot does)"
  kill_component sandbox pause
  up >/dev/null
  check_workload
  expect "after the restart: the data is kept" wait_until 60 "/data/text" has_text
}

check_reclaim() {
  k delete statefulset probe --wait=true >/dev/null
  k delete pvc --all --wait=true >/dev/null
  expect "a deleted claim's folder is removed" wait_until 30 "no folders" no_folders
}

check_down() {
  namespaces >"$SCRATCH/namespaces"
  local port
  port=$(<"$CLUSTER_DIR/port")
  apply_workload >/dev/null
  wait_until 60 "3 ready replicas" three_ready
  kill_component kubelet kubelet
  kill_component containerd containerd
  down
  down
  host_state >"$SCRATCH/after"
  expect "no process in the instance's namespaces" no_process_in "$SCRATCH/namespaces"
  expect "mounts, namespaces, links, packet filter, cgroups, sysctls are as before" diff "$SCRATCH/before" "$SCRATCH/after"
  expect "nobody listens on port $port" port_is_free "$port"
  expect "the data is gone" test ! -e "$CLUSTER_DIR"
}

down
host_state >"$SCRATCH/before"
interrupted_up containerd
interrupted_up kubelet
up >/dev/null
up >/dev/null
make_probe_image
apply_workload >/dev/null
expect "three pods with volumes are ready" wait_until 90 "3 ready replicas" three_ready
expect "user 999 can write to its volume" in_pod write /data/text kept
check_workload
expect "a new pod's address is in DNS within 2 s" new_pod_resolves
expect "a name outside the cluster fails at once" unknown_name_fails_at_once
check_repair
check_reclaim
check_down
step "all checks passed"

# shellcheck shell=bash
# etcd, the API server, the controller manager and the scheduler.

kubectl_inside() { enter kubectl --kubeconfig "$INSIDE_KUBECONFIG" "$@"; }

start_etcd() {
  start etcd etcd --name lab --data-dir /var/lib/etcd/data --logger zap --log-outputs stderr \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster lab=http://127.0.0.1:2380 \
    --snapshot-count 10000 --quota-backend-bytes 4294967296 --auto-compaction-retention 1h
}

# Generous request limits: the lab is measured against the pods' own start times, not against a busy cluster's.
start_apiserver() {
  local secrets=$INSIDE/cluster/credentials
  start kube-apiserver kube-apiserver \
    --etcd-servers http://127.0.0.1:2379 \
    --bind-address 0.0.0.0 --advertise-address "$NODE_IP" --secure-port 6443 \
    --service-cluster-ip-range "$SERVICE_CIDR" \
    --authorization-mode Node,RBAC --token-auth-file "$secrets/tokens.csv" --client-ca-file "$secrets/ca.crt" \
    --tls-cert-file "$secrets/apiserver.crt" --tls-private-key-file "$secrets/apiserver.key" \
    --kubelet-client-certificate "$secrets/kubelet-client.crt" --kubelet-client-key "$secrets/kubelet-client.key" \
    --kubelet-preferred-address-types InternalIP \
    --service-account-issuer https://kubernetes.default.svc \
    --service-account-key-file "$secrets/service-account.key" \
    --service-account-signing-key-file "$secrets/service-account.key" \
    --allow-privileged=true --profiling=false \
    --max-requests-inflight 1000 --max-mutating-requests-inflight 500
}

start_controllers() {
  local secrets=$INSIDE/cluster/credentials
  start kube-controller-manager kube-controller-manager --kubeconfig "$INSIDE_KUBECONFIG" --leader-elect=false \
    --bind-address 127.0.0.1 --root-ca-file "$secrets/ca.crt" \
    --service-account-private-key-file "$secrets/service-account.key" \
    --cluster-signing-cert-file "$secrets/ca.crt" --cluster-signing-key-file "$secrets/ca.key" \
    --kube-api-qps 300 --kube-api-burst 600 \
    --concurrent-statefulset-syncs 20 --concurrent-endpoint-syncs 10 --concurrent-service-endpoint-syncs 10 \
    --concurrent-namespace-syncs 20 --pvclaimbinder-sync-period 2s --profiling=false
  start kube-scheduler kube-scheduler --kubeconfig "$INSIDE_KUBECONFIG" --leader-elect=false \
    --bind-address 127.0.0.1 --kube-api-qps 300 --kube-api-burst 600 --profiling=false
}

https_ready() { enter curl --silent --fail --insecure --max-time 5 "https://127.0.0.1:$1"; }

await_etcd() { await 60 etcd enter curl --silent --fail --max-time 5 http://127.0.0.1:2379/health; }
await_apiserver() { await 120 kube-apiserver kubectl_inside get --raw /readyz; }

await_controllers() {
  await 60 kube-controller-manager https_ready 10257/healthz
  await 60 kube-scheduler https_ready 10259/readyz
}

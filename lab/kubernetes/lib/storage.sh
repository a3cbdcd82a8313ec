# shellcheck shell=bash
# The default StorageClass and the provisioner that makes its volumes' folders.

create_storage_class() {
  kubectl_inside apply --filename - >/dev/null <<'END'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: standard
  annotations: {storageclass.kubernetes.io/is-default-class: "true"}
provisioner: robustmq-lab/folder
reclaimPolicy: Delete
volumeBindingMode: WaitForFirstConsumer
END
}

start_provisioner() {
  start provisioner provisioner --kubeconfig "$INSIDE_KUBECONFIG" --folder "$INSIDE/cluster/volumes"
}

await_storage() {
  create_storage_class
  await 30 provisioner enter curl --silent --fail --max-time 5 http://127.0.0.1:8182/healthz
}

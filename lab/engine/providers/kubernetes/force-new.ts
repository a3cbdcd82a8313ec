/** Changes that the API server refuses in place, so that the object has to be replaced; the same table as the real provider's. */

const METADATA = ["metadata.name", "metadata.namespace"];
const SELECTOR = ["spec.selector"];
const ROLE_BINDING = ["roleRef"];

const CONTAINER_FIELDS = [
  "args", "command", "env", "image", "imagePullPolicy", "lifecycle", "livenessProbe", "ports", "readinessProbe", "resources",
  "securityContext", "stdin", "stdinOnce", "terminationMessagePath", "terminationMessagePolicy", "tty", "volumeDevices", "volumeMounts",
  "workingDir",
];
const POD_FIELDS = [
  "affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks", "hostAliases", "hostIPC", "hostNetwork",
  "hostPID", "hostname", "imagePullSecrets", "nodeName", "nodeSelector", "overhead", "preemptionPolicy", "priority", "priorityClassName",
  "readinessGates", "restartPolicy", "runtimeClassName", "schedulerName", "securityContext", "serviceAccount", "serviceAccountName",
  "shareProcessNamespace", "subdomain", "terminationGracePeriodSeconds", "volumes",
];

const BY_KIND: Record<string, string[]> = {
  "apps/v1/Deployment": SELECTOR,
  "apps/v1/DaemonSet": SELECTOR,
  "apps/v1/StatefulSet": ["spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"],
  "batch/v1/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ROLE_BINDING,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ROLE_BINDING,
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
  "v1/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "v1/ResourceQuota": ["spec.scopes"],
  "v1/Service": ["spec.clusterIP"],
  "v1/Pod": [
    ...POD_FIELDS.map((field) => `spec.${field}`),
    ...["containers", "initContainers"].flatMap((list) => CONTAINER_FIELDS.map((field) => `spec.${list}[*].${field}`)),
  ],
};

export interface Mutability {
  configMaps: boolean;
  secrets: boolean;
}

export function forceNewPaths(apiVersion: string, kind: string, immutable: boolean, mutable: Mutability): string[] {
  const key = `${apiVersion}/${kind}`;
  if (key === "v1/Secret") return [...METADATA, "type", ...(mutable.secrets && !immutable ? [] : ["stringData", "data"])];
  if (key === "v1/ConfigMap") return [...METADATA, ...(mutable.configMaps && !immutable ? [] : ["binaryData", "data"])];
  return [...METADATA, ...(BY_KIND[key] ?? [])];
}

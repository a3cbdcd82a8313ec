import { unknownValue } from "@pulumi/pulumi/runtime";
import { CLUSTER_ID_LABEL, MANAGED_BY, selectorLabels, selectorText } from "../plan/labels";
import { objectName } from "../plan/names";
import type { Credentials } from "../plan/secrets";
import { type PoolName, poolNames } from "../spec/cluster";
import { describeFailure, Kubernetes } from "../transport/kubernetes";

/** What a pool had when it was last checked, for what cannot be changed on a running cluster. */
export interface PoolShape {
  readonly replicas: number;
  readonly storage: string;
  readonly storageClass?: string | undefined;
}

/** Inputs of the preflight, which runs before anything is created. */
export interface PreflightInputs {
  readonly cluster: string;
  readonly namespace: string;
  /** UID of kube-system as the program's Kubernetes provider sees it. */
  readonly kubernetesUid: string;
  /** Identity and credentials for a new cluster. */
  readonly generated: { readonly clusterId: string; readonly credentials: Credentials };
  readonly pools: Readonly<Record<PoolName, PoolShape>>;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

export interface PreflightOutputs {
  /** The cluster's identity: the generated one, or that of the claims that were kept. */
  readonly clusterId: string;
  readonly credentials: Credentials;
}

/** Changes that would lose data or service, and that this version does not carry out: the input's path and the reason. */
export function refusedChanges(old: Partial<PreflightInputs>, next: PreflightInputs): { property: string; reason: string }[] {
  if (old.pools === undefined) {
    return [];
  }
  const before = old.pools;
  return poolNames
    .filter((pool) => isKnown(next.pools) && isKnown(next.pools[pool]))
    .flatMap((pool) => [...refusedScaleIn(pool, before[pool], next.pools[pool]), ...refusedStorage(pool, before[pool], next.pools[pool])]);
}

/** In a preview the engine puts a mark in place of a value that is not known yet; the check comes again with the value. */
function isKnown(value: unknown): boolean {
  return value !== unknownValue;
}

function refusedScaleIn(pool: PoolName, old: PoolShape, next: PoolShape) {
  if (!(next.replicas < old.replicas)) {
    return [];
  }
  const reason = `${old.replicas} => ${next.replicas}: taking nodes away needs their replicas moved and their membership ended first, which this version does not do; keep ${old.replicas}`;
  return [{ property: `${pool}.replicas`, reason }];
}

function refusedStorage(pool: PoolName, old: PoolShape, next: PoolShape) {
  return (["storage", "storageClass"] as const).flatMap((key) =>
    old[key] === next[key] || !isKnown(next[key])
      ? []
      : [{ property: `${pool}.${key}`, reason: `${old[key] ?? "default"} => ${next[key] ?? "default"}: Kubernetes would replace the whole StatefulSet and stop every pod at once; keep ${old[key] ?? "the default"}` }],
  );
}

/** The identity is made once; only another cluster means another identity. */
export function diffPreflight(old: PreflightInputs, next: PreflightInputs): { changes: boolean; replaces: string[] } {
  const replaces = (["cluster", "namespace", "kubernetesUid"] as const).filter((key) => old[key] !== next[key]);
  return { changes: replaces.length > 0, replaces };
}

/**
 * Checks, before anything is created, that the gates' kubeconfig and the program's provider mean the same Kubernetes
 * cluster and that no other cluster has the name; takes up the identity and credentials of claims that were kept.
 */
export async function preflight(inputs: PreflightInputs, report: (line: string) => void): Promise<PreflightOutputs> {
  const kubernetes = await Kubernetes.connect(inputs);
  await checkSameKubernetes(kubernetes, inputs);
  await checkNameIsFree(kubernetes, inputs);
  const claims = await kubernetes.claimNames(inputs.namespace, selectorText(selectorLabels(inputs.cluster, "placementCenter")));
  const marker = objectName(inputs.cluster, "marker");
  if (claims.length === 0 && (await isOurs(kubernetes, "ConfigMap", inputs, marker))) {
    // A marker without any claim is left over from a cluster whose data is gone: it would keep a new one from forming.
    report(`removes ${marker}: it is left from an earlier cluster, of which no claim exists any more`);
    await kubernetes.deleteOrphaning("v1", "ConfigMap", inputs.namespace, marker);
  }
  return (await keptIdentity(kubernetes, inputs, claims, report)) ?? inputs.generated;
}

async function checkSameKubernetes(kubernetes: Kubernetes, inputs: PreflightInputs): Promise<void> {
  const uid = await kubernetes.clusterUid().catch((error: unknown) => {
    throw new Error(`the gates' kubeconfig cannot read the Kubernetes cluster: ${describeFailure(error)}`);
  });
  if (uid !== inputs.kubernetesUid) {
    throw new Error(
      "the gates' kubeconfig and the program's Kubernetes provider mean two different clusters (the UIDs of kube-system differ). Nothing was created. " +
        "Set kubeconfig and context to those of the provider, or pass the provider that belongs to this kubeconfig.",
    );
  }
}

async function isOurs(kubernetes: Kubernetes, kind: string, inputs: PreflightInputs, name: string): Promise<boolean> {
  const labels = await kubernetes.labels("v1", kind, inputs.namespace, name);
  return labels !== undefined && labels["app.kubernetes.io/managed-by"] === MANAGED_BY && labels["app.kubernetes.io/instance"] === inputs.cluster;
}

async function checkNameIsFree(kubernetes: Kubernetes, inputs: PreflightInputs): Promise<void> {
  for (const pool of poolNames) {
    const name = objectName(inputs.cluster, pool);
    const existing = await kubernetes.statefulSet(inputs.namespace, name);
    if (existing === undefined) {
      continue;
    }
    const owner = existing.metadata?.labels?.[CLUSTER_ID_LABEL];
    const whose = owner === undefined ? "was not made by this package" : `belongs to the cluster with id ${owner}`;
    throw new Error(`StatefulSet ${inputs.namespace}/${name} exists and ${whose}. Choose another name or namespace; nothing was created.`);
  }
}

async function keptIdentity(kubernetes: Kubernetes, inputs: PreflightInputs, claims: readonly string[], report: (line: string) => void): Promise<PreflightOutputs | undefined> {
  const name = objectName(inputs.cluster, "credentials");
  const secret = await kubernetes.secret(inputs.namespace, name);
  if (secret === undefined) {
    if (claims.length > 0) {
      report(`claims of an earlier cluster are there but its Secret ${name} is not: the broker still has the default user's old password`);
    }
    return undefined;
  }
  const clusterId = secret.labels[CLUSTER_ID_LABEL];
  if (clusterId === undefined || secret.labels["app.kubernetes.io/instance"] !== inputs.cluster) {
    throw new Error(`Secret ${inputs.namespace}/${name} exists and was not made by this package. Choose another name or namespace; nothing was created.`);
  }
  if (claims.length === 0) {
    return undefined;
  }
  report(`goes on with the data of ${claims.length} kept claims, and with the credentials in Secret ${name}`);
  return { clusterId, credentials: { ...inputs.generated.credentials, ...pickCredentials(secret.values, inputs.generated.credentials) } };
}

function pickCredentials(values: Readonly<Record<string, string>>, known: Credentials): Partial<Credentials> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key in known));
}

/** After everything else is deleted: waits for the pods to stop, and says what stays and how to remove it. */
export async function reportKept(inputs: PreflightInputs, report: (line: string) => void): Promise<void> {
  const kubernetes = await Kubernetes.connect(inputs);
  const selector = selectorText(selectorLabels(inputs.cluster));
  for (let attempt = 0; attempt < 120 && (await kubernetes.pods(inputs.namespace, selector)).length > 0; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const claims = await kubernetes.claimNames(inputs.namespace, selector);
  if (claims.length > 0) {
    report(`kept: ${claims.length} claims with the cluster's data, Secret ${objectName(inputs.cluster, "credentials")} and ConfigMap ${objectName(inputs.cluster, "marker")} in namespace ${inputs.namespace}`);
    report(`to remove them for good: kubectl -n ${inputs.namespace} delete pvc,secret,configmap -l ${selector}`);
  }
}

/** When an object counts as ready, per kind. Kinds that are not here are ready when they exist. */
import { isMap, type Value, type ValueMap } from "../../values/property";
import { ApiError, type KubernetesClient } from "./client";
import { mapAt, nameOf, namespaceOf, numberAt, textAt } from "./objects";
import { podProblem } from "./pod-problems";

export interface Observation {
  client: KubernetesClient;
  live: ValueMap;
  isUpdate: boolean;
  /** Milliseconds since the waiting began. */
  elapsed: number;
}

export interface Verdict {
  done: boolean;
  /** Waiting longer cannot help. */
  failed: boolean;
  message: string;
  details: string[];
}

export type Condition = (observation: Observation) => Promise<Verdict>;

const DONE: Verdict = { done: true, failed: false, message: "", details: [] };
const waiting = (message: string, details: string[] = []): Verdict => ({ done: false, failed: false, message, details });
const hopeless = (message: string, details: string[] = []): Verdict => ({ done: false, failed: true, message, details });

/** As the real provider: a Service's endpoints must have been quiet for this long. */
const ENDPOINTS_SETTLE_MILLISECONDS = 10_000;

const items = (value: Value | undefined): ValueMap[] => (Array.isArray(value) ? value.filter(isMap) : []);

function conditionStatus(live: ValueMap, type: string): ValueMap | undefined {
  return items(mapAt(live, "status").conditions).find((condition) => condition.type === type);
}

function hasObserved(live: ValueMap): boolean {
  return numberAt(live, "status", "observedGeneration") >= numberAt(live, "metadata", "generation");
}

async function podProblems({ client, live }: Observation): Promise<string[]> {
  const labels = Object.entries(mapAt(live, "spec", "selector", "matchLabels")).map(([key, value]) => `${key}=${String(value)}`);
  const path = await client.collectionPath("v1", "Pod", namespaceOf(live));
  const list = await client.request("GET", path, { query: { labelSelector: labels.join(",") } });
  return items(list.items).flatMap((pod) => podProblem(pod) ?? []);
}

const statefulSet: Condition = async (observation) => {
  const { live } = observation;
  if (!hasObserved(live)) return waiting("Waiting for the StatefulSet controller");
  const replicas = numberAt(live, "spec", "replicas");
  const status = mapAt(live, "status");
  const ready = Number(status.readyReplicas ?? 0);
  const onDeleteUpdate = numberAt(live, "metadata", "generation") > 1 && textAt(live, "spec", "updateStrategy", "type") === "OnDelete";
  const counts = [status.replicas ?? 0, ready, ...(onDeleteUpdate ? [] : [status.currentReplicas ?? 0])];
  const revisionReady = onDeleteUpdate || (status.currentRevision !== undefined && status.currentRevision === status.updateRevision);
  if (counts.every((count) => count === replicas) && revisionReady) return DONE;
  return waiting(`Waiting for StatefulSet to create Pods (${ready}/${replicas} Pods ready)`, await podProblems(observation));
};

const deployment: Condition = async (observation) => {
  const { live } = observation;
  const replicas = numberAt(live, "spec", "replicas");
  const status = mapAt(live, "status");
  const progressing = conditionStatus(live, "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") return hopeless(String(progressing.message), await podProblems(observation));
  const counts = [status.replicas ?? 0, status.updatedReplicas ?? 0, status.availableReplicas ?? 0];
  if (hasObserved(live) && counts.every((count) => count === replicas)) return DONE;
  return waiting(`Waiting for Deployment (${String(status.availableReplicas ?? 0)}/${replicas} Pods available)`, await podProblems(observation));
};

const daemonSet: Condition = async (observation) => {
  const status = mapAt(observation.live, "status");
  const wanted = Number(status.desiredNumberScheduled ?? 0);
  if (hasObserved(observation.live) && [status.numberReady ?? 0, status.updatedNumberScheduled ?? 0].every((count) => count === wanted)) return DONE;
  return waiting(`Waiting for DaemonSet (${String(status.numberReady ?? 0)}/${wanted} Pods ready)`, await podProblems(observation));
};

const pod: Condition = async ({ live }) => {
  if (textAt(live, "status", "phase") === "Succeeded" || conditionStatus(live, "Ready")?.status === "True") return DONE;
  const problem = podProblem(live);
  return waiting(`Waiting for Pod ${nameOf(live)} to be ready`, problem === undefined ? [] : [problem]);
};

const job: Condition = async ({ live }) => {
  if (conditionStatus(live, "Complete")?.status === "True") return DONE;
  const failed = conditionStatus(live, "Failed");
  if (failed?.status === "True") return hopeless(`Job failed: ${String(failed.reason)}: ${String(failed.message)}`);
  return waiting(`Waiting for Job ${nameOf(live)} to succeed (Active: ${numberAt(live, "status", "active")} | Failed: ${numberAt(live, "status", "failed")})`);
};

const service: Condition = async ({ client, live, elapsed }) => {
  const type = textAt(live, "spec", "type");
  const balanced = type !== "LoadBalancer" || items(mapAt(live, "status", "loadBalancer").ingress).length > 0;
  const hasNoPods = textAt(live, "spec", "clusterIP") === "None" || type === "ExternalName" || Object.keys(mapAt(live, "spec", "selector")).length === 0;
  if (hasNoPods) return balanced ? DONE : waiting("Waiting for a load balancer address");
  const subsets = await endpointSubsets(client, live);
  const pending = subsets.some((subset) => items(subset.notReadyAddresses).length > 0);
  if (balanced && !pending && elapsed >= ENDPOINTS_SETTLE_MILLISECONDS) return DONE;
  if (!subsets.some((subset) => items(subset.addresses).length > 0)) {
    return waiting("Finding Pods to direct traffic to", [
      "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods",
    ]);
  }
  return waiting("Attempting to allocate IP address to Service");
};

async function endpointSubsets(client: KubernetesClient, live: ValueMap): Promise<ValueMap[]> {
  try {
    const endpoints = await client.request("GET", await client.objectPath("v1", "Endpoints", namespaceOf(live), nameOf(live)));
    return items(endpoints.subsets);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

const ingress: Condition = async ({ live }) =>
  items(mapAt(live, "status", "loadBalancer").ingress).length > 0 ? DONE : waiting("Waiting for update of .status.loadBalancer with hostname/IP");

const claim: Condition = async ({ client, live, isUpdate }) => {
  const phase = textAt(live, "status", "phase");
  if (phase === "Bound") return DONE;
  const className = textAt(live, "spec", "storageClassName");
  const storageClass = className === "" ? {} : await client.request("GET", await client.objectPath("storage.k8s.io/v1", "StorageClass", "", className));
  const waitsForPod = storageClass.volumeBindingMode === "WaitForFirstConsumer";
  return waitsForPod && !isUpdate && phase === "Pending" ? DONE : waiting(`Waiting for PersistentVolumeClaim ${nameOf(live)} to be bound`);
};

export const CONDITIONS: Record<string, Condition> = {
  "apps/v1/StatefulSet": statefulSet,
  "apps/v1/Deployment": deployment,
  "apps/v1/DaemonSet": daemonSet,
  "batch/v1/Job": job,
  "networking.k8s.io/v1/Ingress": ingress,
  "v1/PersistentVolumeClaim": claim,
  "v1/Pod": pod,
  "v1/Service": service,
};

import { BROKER_CONTAINER, GUARD_CONTAINER } from "../plan/podTemplate";
import type { ContainerTrouble, PodView, StatefulSetView } from "../observe/snapshot";
import type { V1ContainerStatus, V1Pod, V1StatefulSet } from "./clientNode";

/** What the gates need to know of a StatefulSet. */
export function statefulSetView(object: V1StatefulSet): StatefulSetView {
  const generation = object.metadata?.generation ?? 0;
  const observed = (object.status?.observedGeneration ?? 0) >= generation;
  return {
    uid: object.metadata?.uid ?? "",
    replicas: object.spec?.replicas ?? 0,
    updateRevision: observed ? object.status?.updateRevision : undefined,
  };
}

/** What the gates need to know of a pod. */
export function podView(pod: V1Pod, scaleUpTriggered: boolean): PodView {
  const condition = (type: string) => pod.status?.conditions?.find((entry) => entry.type === type);
  const scheduled = condition("PodScheduled");
  const unschedulable = scheduled?.status === "False" && scheduled.reason === "Unschedulable" ? (scheduled.message ?? "no reason given") : undefined;
  return {
    name: pod.metadata?.name ?? "",
    uid: pod.metadata?.uid ?? "",
    ready: condition("Ready")?.status === "True",
    wasReady: wasReady(pod),
    deleting: pod.metadata?.deletionTimestamp !== undefined,
    revision: pod.metadata?.labels?.["controller-revision-hash"],
    phase: pod.status?.phase ?? "Unknown",
    unschedulable,
    scaleUpTriggered,
    trouble: trouble(pod),
  };
}

/**
 * A pod's Ready condition is set to False when the kubelet first sees the pod; any later transition means that it was
 * ready in between. Kubernetes keeps whole seconds only, hence the allowance.
 */
function wasReady(pod: V1Pod): boolean {
  const ready = pod.status?.conditions?.find((entry) => entry.type === "Ready");
  if (ready === undefined) {
    return false;
  }
  if (ready.status === "True") {
    return true;
  }
  const start = pod.status?.startTime;
  const transition = ready.lastTransitionTime;
  return start !== undefined && transition !== undefined && transition.getTime() - start.getTime() > 2000;
}

/** The first container that is in trouble, the start guard before the broker. */
function trouble(pod: V1Pod): ContainerTrouble | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const ours = statuses.filter((status) => status.name === GUARD_CONTAINER || status.name === BROKER_CONTAINER);
  return ours.map(containerTrouble).find((found) => found !== undefined);
}

const normalWaiting = new Set(["ContainerCreating", "PodInitializing"]);

function containerTrouble(status: V1ContainerStatus): ContainerTrouble | undefined {
  const waiting = status.state?.waiting;
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  const base = { container: status.name, restarts: status.restartCount };
  if (waiting?.reason !== undefined && !normalWaiting.has(waiting.reason)) {
    return { ...base, reason: waiting.reason, message: waiting.message, exitCode: ended?.exitCode };
  }
  const terminated = status.state?.terminated;
  if (terminated !== undefined && terminated.exitCode !== 0) {
    return { ...base, reason: terminated.reason ?? "Error", message: terminated.message, exitCode: terminated.exitCode };
  }
  return undefined;
}

import { systemClock } from "../operations/clock";
import { PermanentFailure, runGate } from "../operations/runGate";
import { type Expectation } from "../observe/gates";
import { nodeIdentity, type NodeIdentity } from "../plan/nodes";
import { objectName, suffixes } from "../plan/names";
import type { GateKind } from "../plan/stages";
import { findRelease } from "../releases/find";
import type { Release } from "../releases/release";
import type { PoolName } from "../spec/cluster";
import { describeFailure, isPermanent, Kubernetes } from "../transport/kubernetes";
import { maskSecrets } from "../transport/mask";
import { readSnapshot } from "../transport/snapshot";

/** A gate's inputs. Those named in `triggers` make it look again when they change, and so show in a preview. */
export interface GateInputs {
  readonly kind: GateKind;
  readonly pool: PoolName;
  readonly cluster: string;
  readonly namespace: string;
  readonly version: string;
  readonly replicas: number;
  readonly placementCenterReplicas: number;
  readonly image: string;
  readonly configHash: string;
  /** UID of the StatefulSet as the program's provider made it. */
  readonly statefulSetUid: string;
  readonly timeoutSeconds: number;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

export interface GateOutputs {
  /** Pod of the metadata leader when the gate opened; absent for a gate that does not look at it. */
  readonly leader?: string | undefined;
  readonly openedAt: string;
  readonly waitedSeconds: number;
  readonly outdatedPods: readonly string[];
}

const triggers = ["version", "replicas", "placementCenterReplicas", "image", "configHash", "statefulSetUid"] as const satisfies readonly (keyof GateInputs)[];

/** Whether the gate must look again. A new kubeconfig, context or time-out alone is no reason. */
export function diffGate(old: GateInputs, next: GateInputs): { changes: boolean } {
  return { changes: triggers.some((key) => old[key] !== next[key]) };
}

/** The gate's identity for the engine. */
export function gateId(inputs: GateInputs): string {
  return `${inputs.namespace}/${objectName(inputs.cluster, inputs.pool)}/${inputs.kind}`;
}

/**
 * Waits until the gate is open.
 * @throws Error with the reason, the container's last lines and what to do.
 */
export async function passGate(inputs: GateInputs, report: (line: string) => void, signal?: AbortSignal): Promise<GateOutputs> {
  const release = releaseOf(inputs.version);
  const cluster = { name: inputs.cluster, namespace: inputs.namespace };
  const placementCenters = nodes(cluster, "placementCenter", inputs.placementCenterReplicas);
  const kubernetes = await Kubernetes.connect(inputs);
  const result = await runGate(
    { kind: inputs.kind, expected: expectation(inputs, release, placementCenters), timeoutSeconds: inputs.timeoutSeconds },
    {
      clock: systemClock,
      readSnapshot: () => orPermanent(readSnapshot(kubernetes, { cluster, release, pool: inputs.pool, placementCenters })),
      replacePod: ({ pod, uid }) => orPermanent(kubernetes.deletePod(inputs.namespace, pod, uid)),
      lastLines: (pod, container) => orPermanent(lastLines(kubernetes, inputs, pod, container)),
      report,
    },
    signal,
  );
  if (result.outdatedPods.length > 0) {
    report(`${result.outdatedPods.join(", ")} still run the template from before this change; they take it up when they are restarted`);
  }
  const leader = placementCenters.find((node) => node.id === result.leader)?.pod;
  return { leader, openedAt: result.openedAt, waitedSeconds: result.waitedSeconds, outdatedPods: result.outdatedPods };
}

function releaseOf(version: string): Release {
  const found = findRelease(version);
  if (!found.ok) {
    throw new PermanentFailure(found.problem.message);
  }
  return found.release;
}

function nodes(cluster: { name: string; namespace: string }, pool: PoolName, count: number): NodeIdentity[] {
  return Array.from({ length: count }, (_, ordinal) => nodeIdentity(cluster, pool, ordinal));
}

function expectation(inputs: GateInputs, release: Release, placementCenters: readonly NodeIdentity[]): Expectation {
  const cluster = { name: inputs.cluster, namespace: inputs.namespace };
  return {
    pool: suffixes[inputs.pool],
    replicas: inputs.replicas,
    ids: nodes(cluster, inputs.pool, inputs.replicas).map((node) => node.id),
    voters: placementCenters.map((node) => node.id),
    raftGroups: release.raftGroups,
    listsNodes: release.listsNodes,
    statefulSetUid: inputs.statefulSetUid,
  };
}

/** Refused credentials and unknown kinds do not get better by waiting; an API server that does not answer may. */
async function orPermanent<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const text = describeFailure(error);
    throw isPermanent(error) ? new PermanentFailure(`the Kubernetes API refuses: ${text}`) : new Error(text);
  }
}

async function lastLines(kubernetes: Kubernetes, inputs: GateInputs, pod: string, container: string): Promise<readonly string[]> {
  const [lines, secret] = await Promise.all([
    kubernetes.lastLines(inputs.namespace, pod, container, 15),
    kubernetes.secret(inputs.namespace, objectName(inputs.cluster, "credentials")),
  ]);
  return maskSecrets(lines, Object.values(secret?.values ?? {}));
}

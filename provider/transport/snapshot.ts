import { countUsers, type HttpCall, readClusterStatus, readRegisteredNodes } from "../observe/brokerClient";
import type { NodeAnswer, PodView, Snapshot } from "../observe/snapshot";
import { selectorLabels, selectorText } from "../plan/labels";
import { objectName } from "../plan/names";
import { type ClusterKey, type NodeIdentity } from "../plan/nodes";
import type { Release } from "../releases/release";
import type { PoolName } from "../spec/cluster";
import type { V1Pod } from "./clientNode";
import type { Kubernetes } from "./kubernetes";
import { describe, httpThroughPortForward } from "./portForward";
import { podView, statefulSetView } from "./views";

/** What to look at. */
export interface SnapshotQuery {
  readonly cluster: ClusterKey;
  readonly release: Pick<Release, "ports" | "listsNodes">;
  readonly pool: PoolName;
  readonly placementCenters: readonly NodeIdentity[];
}

/** Gathers everything that a gate decides on. */
export async function readSnapshot(kubernetes: Kubernetes, query: SnapshotQuery): Promise<Snapshot> {
  const { name, namespace } = query.cluster;
  const [statefulSet, pods, placementPods] = await Promise.all([
    kubernetes.statefulSet(namespace, objectName(name, query.pool)),
    kubernetes.pods(namespace, selectorText(selectorLabels(name, query.pool))),
    query.pool === "placementCenter" ? undefined : kubernetes.pods(namespace, selectorText(selectorLabels(name, "placementCenter"))),
  ]);
  const [views, answers] = await Promise.all([
    Promise.all(pods.map((pod) => viewOf(kubernetes, namespace, pod))),
    askNodes(kubernetes, query, placementPods ?? pods),
  ]);
  return { statefulSet: statefulSet === undefined ? undefined : statefulSetView(statefulSet), pods: views, nodes: answers };
}

async function viewOf(kubernetes: Kubernetes, namespace: string, pod: V1Pod): Promise<PodView> {
  const view = podView(pod, false);
  return view.unschedulable === undefined ? view : podView(pod, await kubernetes.scaleUpTriggered(namespace, view.name));
}

async function askNodes(kubernetes: Kubernetes, query: SnapshotQuery, pods: readonly V1Pod[]): Promise<Map<number, NodeAnswer>> {
  const running = new Set(pods.filter(isRunning).map((pod) => pod.metadata?.name));
  const answers = await Promise.all(
    query.placementCenters.map(async (node): Promise<[number, NodeAnswer]> => {
      if (!running.has(node.pod)) {
        return [node.id, { reachable: false, error: `${node.pod} does not run yet` }];
      }
      return [node.id, await ask(httpThroughPortForward(kubernetes.config, query.cluster.namespace, node.pod), query)];
    }),
  );
  return new Map(answers);
}

/** A port-forward to a pod whose broker has not started would only wait for its time-out. */
function isRunning(pod: V1Pod): boolean {
  return pod.status?.phase === "Running" && pod.metadata?.deletionTimestamp === undefined;
}

async function ask(call: HttpCall, { pool, release }: SnapshotQuery): Promise<NodeAnswer> {
  try {
    const [raft, registered, users] = await Promise.all([
      readClusterStatus(call, release.ports.grpc),
      pool !== "placementCenter" && release.listsNodes ? readRegisteredNodes(call, release.ports.http) : undefined,
      pool === "placementCenter" && release.listsNodes ? countUsers(call, release.ports.http) : undefined,
    ]);
    return { reachable: true, raft, registered, users };
  } catch (error) {
    return { reachable: false, error: describe(error) };
  }
}

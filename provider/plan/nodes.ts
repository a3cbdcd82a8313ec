import type { Release } from "../releases/release";
import { type ClusterSpec, type PoolName, poolNames } from "../spec/cluster";
import { LARGEST_PLACEMENT_CENTER } from "../spec/pools";
import { objectName, podName } from "./names";

/**
 * First id of each pool; a node's id is that plus its ordinal, for ever. Placement-centers 1-5, brokers 1001-5000,
 * journal nodes from 5001.
 */
export const firstIds: Readonly<Record<PoolName, number>> = { placementCenter: 1, mqttBroker: 1001, journalServer: 5001 };

/** One node: its id, its pod and the address under which the others know it. */
export interface NodeIdentity {
  readonly id: number;
  readonly pool: PoolName;
  readonly ordinal: number;
  readonly pod: string;
  /**
   * Stable DNS name of the pod. The metadata leader keeps a node's first address for ever (facts/robustmq §0.8), so
   * it must not be a pod's IP. Without the cluster's domain: the pods' resolver completes it.
   */
  readonly host: string;
}

export type ClusterKey = Pick<ClusterSpec, "name" | "namespace">;

export function nodeIdentity(cluster: ClusterKey, pool: PoolName, ordinal: number): NodeIdentity {
  const pod = podName(cluster.name, pool, ordinal);
  return { id: firstIds[pool] + ordinal, pool, ordinal, pod, host: `${pod}.${objectName(cluster.name, pool)}.${cluster.namespace}.svc` };
}

export function poolNodes(spec: ClusterSpec, pool: PoolName): NodeIdentity[] {
  return Array.from({ length: spec.pools[pool].replicas }, (_, ordinal) => nodeIdentity(spec, pool, ordinal));
}

export function clusterNodes(spec: ClusterSpec): NodeIdentity[] {
  return poolNames.flatMap((pool) => poolNodes(spec, pool));
}

/** The placement-center nodes that every node lists: the largest size where nodes can join later, else exactly those that run. */
export function listedPlacementCenters(spec: ClusterSpec, release: Release): NodeIdentity[] {
  const count = release.bootstrap === "seedThenJoin" ? LARGEST_PLACEMENT_CENTER : spec.pools.placementCenter.replicas;
  return Array.from({ length: count }, (_, ordinal) => nodeIdentity(spec, "placementCenter", ordinal));
}

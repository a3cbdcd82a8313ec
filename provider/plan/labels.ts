import { type PoolName } from "../spec/cluster";
import { suffixes } from "./names";

export const MANAGED_BY = "pulumi-robustmq";

/** Says which creation of a cluster an object belongs to, so that another's object is never taken over. */
export const CLUSTER_ID_LABEL = "robustmq.io/cluster-id";

/** Hash of the pool's server.toml: pods of another value run an older configuration. */
export const CONFIG_HASH_ANNOTATION = "robustmq.io/config-hash";

/** Selects a cluster's objects, or one pool's. These go into selectors, so they never change. */
export function selectorLabels(cluster: string, pool?: PoolName): Record<string, string> {
  return {
    "app.kubernetes.io/name": "robustmq",
    "app.kubernetes.io/instance": cluster,
    ...(pool === undefined ? {} : { "app.kubernetes.io/component": suffixes[pool] }),
  };
}

export function objectLabels(cluster: string, clusterId: string, pool?: PoolName): Record<string, string> {
  return { ...selectorLabels(cluster, pool), "app.kubernetes.io/managed-by": MANAGED_BY, [CLUSTER_ID_LABEL]: clusterId };
}

/** A label selector as the Kubernetes API takes it. */
export function selectorText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(",");
}

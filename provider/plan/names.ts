import type { PoolName } from "../spec/cluster";

/**
 * Names of a cluster's objects: the cluster's name and one of these suffixes. No suffix may end with "-" and another
 * suffix, else the objects of cluster `a` and of a cluster `a-<rest>` in the same namespace could share a name.
 */
export const suffixes = {
  placementCenter: "placement-center",
  mqttBroker: "mqtt-broker",
  journalServer: "journal-server",
  configuration: "configuration",
  credentials: "credentials",
  tls: "tls",
  client: "client",
  admin: "admin",
  marker: "bootstrapped",
} as const;

export type Suffix = keyof typeof suffixes;

export function objectName(cluster: string, suffix: Suffix): string {
  return `${cluster}-${suffixes[suffix]}`;
}

export function podName(cluster: string, pool: PoolName, ordinal: number): string {
  return `${objectName(cluster, pool)}-${ordinal}`;
}

/** The name of the claim template; claims are called `data-<pod>`. */
export const CLAIM = "data";

export function claimName(cluster: string, pool: PoolName, ordinal: number): string {
  return `${CLAIM}-${podName(cluster, pool, ordinal)}`;
}

import type { Release } from "../releases/release";
import { toToml } from "../releases/toml";
import { type ClusterSpec, type PoolName, poolNames } from "../spec/cluster";
import { quantityValue } from "../spec/quantity";
import { fingerprint } from "./hash";
import { objectLabels } from "./labels";
import { layout } from "./layout";
import type { Manifest } from "./manifest";
import { objectName, suffixes } from "./names";
import { listedPlacementCenters } from "./nodes";
import { scripts } from "./scripts";

/**
 * Console only. At start the broker prints its whole configuration with every password at INFO
 * (facts/robustmq §0.10); that module is silenced.
 */
const loggerToml = toToml({
  stdout: {
    kind: "console",
    targets: [
      { path: "", level: "info" },
      { path: "broker_server::common", level: "warn" },
    ],
    ansi: false,
  },
});

/** The pool's server.toml. It holds no secret: those come from the environment. */
export function serverToml(spec: ClusterSpec, release: Release, pool: PoolName): string {
  const nodes = listedPlacementCenters(spec, release);
  const cores = quantityValue(spec.pools[pool].resources.limits.cpu ?? "");
  return toToml(
    release.dialect.serverToml({
      clusterName: spec.name,
      roles: release.roles[pool],
      metaAddrs: Object.fromEntries(nodes.map((node) => [String(node.id), `${node.host}:${release.ports.grpc}`])),
      ports: release.ports,
      paths: {
        data: layout.database,
        engine: layout.engine,
        logs: layout.logs,
        loggerConfig: `${layout.configuration}/logger.toml`,
        tlsCert: `${layout.tls}/tls.crt`,
        tlsKey: `${layout.tls}/tls.key`,
      },
      // The storage nodes that stay are those of the placement-center; brokers come and go (facts/robustmq §11.20).
      topicReplicas: Math.min(3, spec.pools.placementCenter.replicas),
      workerThreads: cores === undefined ? undefined : Math.max(1, Math.ceil(cores)),
    }),
  );
}

export function configHash(spec: ClusterSpec, release: Release, pool: PoolName): string {
  return fingerprint(serverToml(spec, release, pool));
}

/** The key of a pool's server.toml in the ConfigMap. */
export function serverTomlKey(pool: PoolName): string {
  return `${suffixes[pool]}.toml`;
}

export function buildConfiguration(spec: ClusterSpec, release: Release, clusterId: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: objectName(spec.name, "configuration"), namespace: spec.namespace, labels: objectLabels(spec.name, clusterId) },
    data: {
      ...Object.fromEntries(poolNames.map((pool) => [serverTomlKey(pool), serverToml(spec, release, pool)])),
      "logger.toml": loggerToml,
      ...scripts,
    },
  };
}

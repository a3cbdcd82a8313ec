import type { Ports, Release } from "../releases/release";
import type { ClusterSpec, PoolName } from "../spec/cluster";
import { objectLabels, selectorLabels } from "./labels";
import type { Manifest } from "./manifest";
import { objectName, type Suffix } from "./names";

type PortName = keyof Ports;

/** Protocols that clients use, in the order in which they are shown. */
export const clientProtocols = ["mqtt", "mqtts", "ws", "wss", "kafka", "amqp", "nats"] as const satisfies readonly PortName[];

/** What a pool's pods listen on. */
export function poolPorts(release: Release, pool: PoolName): PortName[] {
  const roles = release.roles[pool];
  const metrics: PortName[] = release.ports.metrics === release.ports.http ? [] : ["metrics"];
  const all: PortName[] = ["grpc", "http", ...metrics, ...(roles.includes("engine") ? ["engine" as const] : []), ...(roles.includes("broker") ? clientProtocols : [])];
  return all.filter((name) => release.ports[name] !== undefined);
}

function servicePorts(release: Release, names: readonly PortName[]) {
  return names.flatMap((name) => {
    const port = release.ports[name];
    return port === undefined ? [] : [{ name, port, targetPort: name, protocol: "TCP" }];
  });
}

/**
 * Gives every pod of a pool its DNS name. Addresses are published before a pod is ready: the leader must reach a node
 * that is just joining (facts/robustmq §2.2).
 */
export function buildHeadlessService(spec: ClusterSpec, release: Release, clusterId: string, pool: PoolName): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: objectName(spec.name, pool), namespace: spec.namespace, labels: objectLabels(spec.name, clusterId, pool) },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selectorLabels(spec.name, pool),
      ports: servicePorts(release, poolPorts(release, pool)),
    },
  };
}

function buildService(spec: ClusterSpec, release: Release, clusterId: string, suffix: Suffix, pool: PoolName, names: readonly PortName[]): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: objectName(spec.name, suffix), namespace: spec.namespace, labels: objectLabels(spec.name, clusterId, pool) },
    spec: { type: "ClusterIP", selector: selectorLabels(spec.name, pool), ports: servicePorts(release, names) },
  };
}

/** One address for clients, in front of all ready brokers. */
export function buildClientService(spec: ClusterSpec, release: Release, clusterId: string): Manifest {
  return buildService(spec, release, clusterId, "client", "mqttBroker", clientProtocols);
}

/** One address for the admin API, in front of the placement-center. */
export function buildAdminService(spec: ClusterSpec, release: Release, clusterId: string): Manifest {
  return buildService(spec, release, clusterId, "admin", "placementCenter", ["http"]);
}

import type { Release } from "../releases/release";
import type { ClusterSpec, PoolName } from "../spec/cluster";
import { configHash, serverTomlKey } from "./configuration";
import { CONFIG_HASH_ANNOTATION, selectorLabels } from "./labels";
import { layout } from "./layout";
import type { JsonObject } from "./manifest";
import { CLAIM, objectName } from "./names";
import { firstIds, listedPlacementCenters } from "./nodes";
import { scripts } from "./scripts";
import { poolPorts } from "./services";

/** The official image's user, expected but not pinned there (facts/robustmq §7); runAsNonRoot needs the number. */
const USER = 999;

/** Stopping takes 2-3 s, and the broker's own watchdog ends it after 20 s (facts/robustmq §8). */
const GRACE_SECONDS = 45;

/** The container that runs the broker. */
export const BROKER_CONTAINER = "robustmq";
/** The init container that holds a fresh placement-center node back. */
export const GUARD_CONTAINER = "start-guard";

export function imageReference(spec: ClusterSpec, release: Release): string {
  const { repository, tag, digest } = spec.image;
  return digest === undefined ? `${repository}:${tag ?? release.imageTag}` : `${repository}@${digest}`;
}

/** Whether the pool's nodes must be held back until it is their turn. */
function isGuarded(release: Release, pool: PoolName): boolean {
  return pool === "placementCenter" && release.bootstrap === "seedThenJoin";
}

function identityEnv(spec: ClusterSpec, release: Release, pool: PoolName): JsonObject[] {
  const peers = listedPlacementCenters(spec, release).map((node) => `${node.id}=${node.host}:${release.ports.grpc}`);
  const guard = [
    { name: "RAFT_GROUPS", value: String(release.raftGroups) },
    { name: "PEERS", value: peers.join(" ") },
  ];
  return [
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
    { name: "SERVICE_NAME", value: objectName(spec.name, pool) },
    { name: "FIRST_ID", value: String(firstIds[pool]) },
    { name: "GRPC_PORT", value: String(release.ports.grpc) },
    { name: "HTTP_PORT", value: String(release.ports.http) },
    { name: "DATA_DIR", value: layout.data },
    { name: "CONFIG_DIR", value: layout.configuration },
    { name: "RUN_DIR", value: layout.run },
    { name: "MARKER_DIR", value: layout.marker },
    ...(isGuarded(release, pool) ? guard : []),
  ];
}

/** A value that overrides a key of the file is put there as TOML, so a string needs quotes around it. */
function secretEnv(spec: ClusterSpec, release: Release): JsonObject[] {
  return Object.entries(release.dialect.secretEnv).flatMap(([name, key]) => {
    const raw = `SECRET_${key.toUpperCase().replaceAll("-", "_")}`;
    const secretKeyRef = { name: objectName(spec.name, "credentials"), key };
    return [
      { name: raw, valueFrom: { secretKeyRef } },
      { name, value: `"$(${raw})"` },
    ];
  });
}

function probes(pool: PoolName): JsonObject {
  const script = (kind: string) => ({ exec: { command: ["/bin/sh", `${layout.configuration}/probe.sh`, kind] }, timeoutSeconds: 5 });
  // A listener opens only when the node is registered and its inner topics exist (facts/robustmq §3.5).
  const listener = (name: "mqtt" | "engine") => ({ tcpSocket: { port: name } });
  const ready = { placementCenter: script("ready"), mqttBroker: listener("mqtt"), journalServer: listener("engine") }[pool];
  return {
    startupProbe: { ...script("live"), periodSeconds: 2, failureThreshold: 150 },
    livenessProbe: { ...script("live"), periodSeconds: 15, failureThreshold: 4 },
    readinessProbe: { ...ready, periodSeconds: 2, failureThreshold: 3 },
  };
}

const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

function volumes(spec: ClusterSpec, pool: PoolName): JsonObject[] {
  const items = [
    { key: serverTomlKey(pool), path: "server.toml" },
    ...["logger.toml", ...Object.keys(scripts)].map((key) => ({ key, path: key })),
  ];
  return [
    { name: "configuration", configMap: { name: objectName(spec.name, "configuration"), items } },
    { name: "tls", secret: { secretName: objectName(spec.name, "tls") } },
    { name: "marker", configMap: { name: objectName(spec.name, "marker"), optional: true } },
    { name: "run", emptyDir: {} },
  ];
}

const mounts = [
  { name: CLAIM, mountPath: layout.data },
  { name: "configuration", mountPath: layout.configuration, readOnly: true },
  { name: "tls", mountPath: layout.tls, readOnly: true },
  { name: "marker", mountPath: layout.marker, readOnly: true },
  { name: "run", mountPath: layout.run },
];

function resources(spec: ClusterSpec, pool: PoolName): JsonObject {
  const { requests, limits } = spec.pools[pool].resources;
  return { requests: { ...requests }, ...(Object.values(limits).some((limit) => limit !== undefined) ? { limits: { ...limits } } : {}) };
}

function brokerContainer(spec: ClusterSpec, release: Release, pool: PoolName): JsonObject {
  return {
    name: BROKER_CONTAINER,
    image: imageReference(spec, release),
    imagePullPolicy: spec.image.pullPolicy,
    command: ["/bin/sh", `${layout.configuration}/entrypoint.sh`],
    env: [...identityEnv(spec, release, pool), ...secretEnv(spec, release)],
    ports: poolPorts(release, pool).map((name) => ({ name, containerPort: release.ports[name], protocol: "TCP" })),
    resources: resources(spec, pool),
    ...probes(pool),
    securityContext: restricted,
    volumeMounts: mounts,
  };
}

function guardContainer(spec: ClusterSpec, release: Release, pool: PoolName): JsonObject {
  return {
    name: GUARD_CONTAINER,
    image: imageReference(spec, release),
    imagePullPolicy: spec.image.pullPolicy,
    command: ["/bin/sh", `${layout.configuration}/start-guard.sh`],
    env: identityEnv(spec, release, pool),
    // The broker's own: a pod needs the larger of both, and a namespace with a quota refuses a container without.
    resources: resources(spec, pool),
    securityContext: restricted,
    volumeMounts: mounts,
  };
}

export function buildPodTemplate(spec: ClusterSpec, release: Release, pool: PoolName): JsonObject {
  return {
    metadata: {
      labels: selectorLabels(spec.name, pool),
      annotations: { [CONFIG_HASH_ANNOTATION]: configHash(spec, release, pool) },
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: GRACE_SECONDS,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...(spec.imagePullSecrets.length > 0 ? { imagePullSecrets: spec.imagePullSecrets.map((name) => ({ name })) } : {}),
      ...(isGuarded(release, pool) ? { initContainers: [guardContainer(spec, release, pool)] } : {}),
      containers: [brokerContainer(spec, release, pool)],
      volumes: volumes(spec, pool),
    },
  };
}

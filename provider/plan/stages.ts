import type { Release, WorkerPool } from "../releases/release";
import type { ClusterSpec, PoolName } from "../spec/cluster";
import { buildConfiguration } from "./configuration";
import type { Manifest } from "./manifest";
import { buildMarker } from "./marker";
import { type Suffix, suffixes } from "./names";
import { buildCredentials, buildTls, type Credentials, type TlsPair } from "./secrets";
import { buildAdminService, buildClientService, buildHeadlessService } from "./services";
import { buildStatefulSet } from "./statefulSet";

/** What every object is built from. */
export interface PlanContext {
  readonly spec: ClusterSpec;
  readonly release: Release;
  /** Identity of this creation of the cluster; it stays with kept claims. */
  readonly clusterId: string;
}

/** Secret values, kept apart so that only the Secrets are built from them. */
export interface PlanSecrets {
  readonly credentials: Credentials;
  readonly tls: TlsPair;
}

export type GateKind = "leader" | "formation" | "registration";

export interface GateDefinition {
  readonly kind: GateKind;
  readonly pool: PoolName;
}

interface ObjectBase {
  /** Unique in the plan; for a pool's own objects the pool's name is part of it. */
  readonly key: string;
  readonly kind: Manifest["kind"];
  readonly suffix: Suffix;
  /** Whether more than its labels depends on the cluster's id, which is not known in the first preview. */
  readonly holdsClusterId?: boolean;
  /** Whether the object outlives the cluster, as the claims do: what is kept cannot be used without it. */
  readonly kept?: boolean;
}

export type ObjectDefinition =
  | (ObjectBase & { readonly secret?: false; readonly build: (context: PlanContext) => Manifest })
  | (ObjectBase & { readonly secret: true; readonly build: (context: PlanContext, secrets: PlanSecrets) => Manifest });

export interface Stage {
  readonly name: string;
  readonly objects: readonly ObjectDefinition[];
  /** What must be true before the next stage begins; several are passed one after another. */
  readonly gates: readonly GateDefinition[];
}

function headless(pool: PoolName): ObjectDefinition {
  return {
    key: `${pool}-headless`,
    kind: "Service",
    suffix: pool,
    build: ({ spec, release, clusterId }) => buildHeadlessService(spec, release, clusterId, pool),
  };
}

function statefulSet(pool: PoolName): ObjectDefinition {
  return {
    key: pool,
    kind: "StatefulSet",
    suffix: pool,
    build: ({ spec, release, clusterId }) => buildStatefulSet(spec, release, clusterId, pool),
  };
}

/** What comes before any pod, and the placement-center with what closes it. */
const foundation: readonly Stage[] = [
  {
    name: "credentials",
    objects: [
      { key: "credentials", kind: "Secret", suffix: "credentials", kept: true, secret: true, build: ({ spec, clusterId }, { credentials }) => buildCredentials(spec, clusterId, credentials) },
      { key: "tls", kind: "Secret", suffix: "tls", secret: true, build: ({ spec, clusterId }, { tls }) => buildTls(spec, clusterId, tls) },
    ],
    gates: [],
  },
  {
    name: "configuration",
    objects: [{ key: "configuration", kind: "ConfigMap", suffix: "configuration", build: ({ spec, release, clusterId }) => buildConfiguration(spec, release, clusterId) }],
    gates: [],
  },
  {
    // Before the pods: their names must resolve when the first of them starts.
    name: "network",
    objects: [
      headless("placementCenter"),
      headless("mqttBroker"),
      headless("journalServer"),
      { key: "client", kind: "Service", suffix: "client", build: ({ spec, release, clusterId }) => buildClientService(spec, release, clusterId) },
      { key: "admin", kind: "Service", suffix: "admin", build: ({ spec, release, clusterId }) => buildAdminService(spec, release, clusterId) },
    ],
    gates: [],
  },
  {
    name: "placement-center",
    objects: [statefulSet("placementCenter")],
    gates: [
      { kind: "leader", pool: "placementCenter" },
      { kind: "formation", pool: "placementCenter" },
    ],
  },
  {
    // After formation: from now on an emptied node must not found a cluster.
    name: "marker",
    objects: [{ key: "marker", kind: "ConfigMap", suffix: "marker", kept: true, holdsClusterId: true, build: ({ spec, clusterId }) => buildMarker(spec, clusterId) }],
    gates: [],
  },
];

function workers(pool: WorkerPool): Stage {
  return { name: suffixes[pool], objects: [statefulSet(pool)], gates: [{ kind: "registration", pool }] };
}

/** The order of creation for a release. A stage begins when the gates of the one before are open. */
export function stagesOf(release: Pick<Release, "workerOrder">): readonly Stage[] {
  return [...foundation, ...release.workerOrder.map(workers)];
}


/** One stage with its manifests. */
export interface PlannedStage {
  readonly name: string;
  readonly manifests: readonly Manifest[];
  readonly gates: readonly GateDefinition[];
}

/** The whole plan as plain data. */
export function buildPlan(context: PlanContext, secrets: PlanSecrets): PlannedStage[] {
  return stagesOf(context.release).map((stage) => ({
    name: stage.name,
    manifests: stage.objects.map((object) => (object.secret === true ? object.build(context, secrets) : object.build(context))),
    gates: stage.gates,
  }));
}

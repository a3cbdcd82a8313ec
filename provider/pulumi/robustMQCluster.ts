import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { configHash } from "../plan/configuration";
import { buildEndpoints, type Endpoints } from "../plan/endpoints";
import type { Manifest } from "../plan/manifest";
import { objectName } from "../plan/names";
import { clusterNodes } from "../plan/nodes";
import { imageReference } from "../plan/podTemplate";
import type { Credentials } from "../plan/secrets";
import { type GateDefinition, type ObjectDefinition, type PlanContext, type Stage, stagesOf } from "../plan/stages";
import { findRelease, newestRelease } from "../releases/find";
import type { Release } from "../releases/release";
import type { ResolvedCluster } from "../releases/resolve";
import type { PoolName, RobustMQClusterArgs } from "../spec/cluster";
import { resolveArguments } from "./arguments";
import { Gate, Preflight, TlsPair } from "./dynamicResources";
import type { GateInputs } from "./gateHandler";
import { registrations } from "./kubernetesObjects";
import { ownershipHook } from "./ownership";

/** User names and passwords of a cluster. */
export interface ClusterCredentials {
  /** The default MQTT user, a superuser. */
  username: string;
  /** The default MQTT user's password. */
  password: string;
  /** User of the admin API; not in releases before 0.4.2. */
  adminUsername: string;
  /** Password of the admin API. */
  adminPassword: string;
}

/** One node of a cluster. */
export interface ClusterNode {
  /** Pod name. */
  name: string;
  /** The broker's own node id. */
  id: number;
  /** `placementCenter`, `mqttBroker` or `journalServer`. */
  pool: string;
  /** Stable DNS name inside the Kubernetes cluster. */
  host: string;
}

/** A RobustMQ cluster on Kubernetes: placement-center, brokers and journal nodes, brought up in the right order. */
export class RobustMQCluster extends pulumi.ComponentResource {
  /** Addresses by protocol, inside the Kubernetes cluster. */
  public readonly endpoints: pulumi.Output<Endpoints>;
  /** User names and passwords (secret). */
  public readonly credentials: pulumi.Output<ClusterCredentials>;
  /** Pod that led the metadata when the placement-center had formed; absent without gates. */
  public readonly leader: pulumi.Output<string | undefined>;
  /** All nodes. */
  public readonly nodes: pulumi.Output<ClusterNode[]>;
  /** RobustMQ release. */
  public readonly version: pulumi.Output<string>;
  /** Kubernetes namespace. */
  public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: RobustMQClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("robustmq:index:RobustMQCluster", name, {}, opts);
    const builder = new ClusterBuilder(this, name, args);
    const identity = builder.identity();
    const tls = builder.tlsPair();
    const { gates, last } = builder.stages(identity, tls);
    const resolved = serving(builder.resolved, last);

    this.endpoints = resolved.apply(({ spec, release }) => buildEndpoints(spec, release));
    this.credentials = pulumi.secret(serving(identity.credentials, last).apply(shownCredentials));
    this.leader = gates.get("formation")?.leader ?? pulumi.output(undefined);
    this.nodes = resolved.apply(({ spec }) => clusterNodes(spec).map(({ pod, id, pool, host }) => ({ name: pod, id, pool, host })));
    this.version = builder.resolved.apply(({ spec }) => spec.version);
    this.namespace = builder.resolved.apply(({ spec }) => spec.namespace);
    this.registerOutputs({
      endpoints: this.endpoints,
      credentials: this.credentials,
      leader: this.leader,
      nodes: this.nodes,
      version: this.version,
      namespace: this.namespace,
    });
  }
}

/**
 * A value that is there when the last gate is open, so that whoever uses an address finds it answered, and the component
 * is done when the cluster is. A preview shows what is known at once.
 */
function serving<T>(value: pulumi.Output<T>, last: Gate | undefined): pulumi.Output<T> {
  return last === undefined || pulumi.runtime.isDryRun() ? value : pulumi.all([value, last.openedAt]).apply(([known]) => known) as pulumi.Output<T>;
}

function shownCredentials(values: Credentials): ClusterCredentials {
  return {
    username: values["default-username"],
    password: values["default-password"],
    adminUsername: values["admin-username"],
    adminPassword: values["admin-password"],
  };
}

interface Identity {
  readonly clusterId: pulumi.Output<string>;
  readonly credentials: pulumi.Output<Credentials>;
  /** What everything else waits for. */
  readonly first: pulumi.Resource[];
}

/** What a gate looks at, as far as it follows from the arguments. */
type GateSubject = Pick<GateInputs, "version" | "replicas" | "placementCenterReplicas" | "image" | "configHash" | "timeoutSeconds">;

/** Registers a cluster's resources, step by step. */
class ClusterBuilder {
  readonly resolved: pulumi.Output<ResolvedCluster>;
  private readonly kubeconfig: pulumi.Output<string | undefined>;
  private readonly context: pulumi.Output<string | undefined>;
  private readonly gated: boolean;
  /** Which resources exist and what they depend on; it must be known before any value is. */
  private readonly layout: Pick<Release, "workerOrder">;
  private readonly hook: pulumi.ResourceHook | undefined;

  constructor(
    private readonly parent: RobustMQCluster,
    private readonly name: string,
    { kubeconfig, context, ...spec }: RobustMQClusterArgs,
  ) {
    this.layout = layoutFor(spec.version);
    this.resolved = resolveArguments(name, spec).apply((resolved) => sameLayout(resolved, this.layout));
    this.kubeconfig = kubeconfig === undefined ? pulumi.output(undefined) : pulumi.secret(kubeconfig);
    this.context = pulumi.output(context);
    this.gated = spec.gates?.via !== "none";
    this.hook = this.gated ? ownershipHook(name, pulumi.output({ kubeconfig: this.kubeconfig, context: this.context })) : undefined;
    this.resolved.apply(({ warnings }) => Promise.all(warnings.map(({ path, message }) => pulumi.log.warn(`${path}: ${message}`, this.parent))));
  }

  /** Identity and credentials: new ones, or those of claims that were kept. Nothing has a fixed password. */
  identity(): Identity {
    const password = (purpose: string) => new RandomPassword(`${this.name}-${purpose}`, { length: 32, special: false }, { parent: this.parent }).result;
    const clusterId = new RandomId(`${this.name}-cluster-id`, { byteLength: 8 }, { parent: this.parent }).hex;
    const credentials: pulumi.Output<Credentials> = pulumi
      .all([password("admin-password"), password("jwt-secret"), password("default-password")])
      .apply(([adminPassword, jwtSecret, defaultPassword]) => ({
        "admin-username": "admin",
        "admin-password": adminPassword,
        "jwt-secret": jwtSecret,
        "default-username": "admin",
        "default-password": defaultPassword,
      }));
    return this.gated ? this.preflight(clusterId, credentials) : { clusterId, credentials, first: [] };
  }

  private preflight(clusterId: pulumi.Output<string>, credentials: pulumi.Output<Credentials>): Identity {
    const kubeSystem = Namespace.get(`${this.name}-kube-system`, "kube-system", { parent: this.parent });
    const preflight = new Preflight(
      `${this.name}-preflight`,
      {
        ...this.address(),
        generated: pulumi.secret({ clusterId, credentials }),
        pools: this.resolved.apply(({ spec }) => poolShapes(spec.pools)),
        kubernetesUid: kubeSystem.metadata.uid,
      },
      { parent: this.parent },
    );
    return { clusterId: preflight.clusterId, credentials: preflight.credentials, first: [preflight] };
  }

  tlsPair(): TlsPair {
    const names = this.resolved.apply(({ spec: { name, namespace } }) =>
      (["client", "mqttBroker", "placementCenter", "journalServer"] as const).flatMap((suffix) => {
        const service = `${objectName(name, suffix)}.${namespace}.svc`;
        return [service, `*.${service}`];
      }),
    );
    return new TlsPair(`${this.name}-tls`, { commonName: this.name, dnsNames: names.apply((list) => [...list, "localhost"]) }, { parent: this.parent });
  }

  /** All stages in their order; each waits for everything of the one before. Returns the gates by kind, and the last. */
  stages(identity: Identity, tls: TlsPair): { gates: Map<string, Gate>; last: Gate | undefined } {
    const gates = new Map<string, Gate>();
    let previous = identity.first;
    for (const stage of stagesOf(this.layout)) {
      previous = this.stage(stage, identity, tls, previous, gates);
    }
    return { gates, last: [...gates.values()].at(-1) };
  }

  private stage(stage: Stage, identity: Identity, tls: TlsPair, dependsOn: pulumi.Resource[], gates: Map<string, Gate>): pulumi.Resource[] {
    const objects = new Map(stage.objects.map((object) => [object.key, this.object(object, identity, tls, dependsOn)]));
    let last: pulumi.Resource[] = [...objects.values()];
    for (const gate of this.gated ? stage.gates : []) {
      const statefulSet = objects.get(gate.pool);
      const made = this.gate(gate, statefulSet, last);
      gates.set(gate.kind, made);
      last = [made];
    }
    return last;
  }

  private object(object: ObjectDefinition, identity: Identity, tls: TlsPair, dependsOn: pulumi.Resource[]) {
    const context: pulumi.Output<PlanContext> = pulumi.all([this.resolved, identity.clusterId]).apply(([resolved, clusterId]) => ({ ...resolved, clusterId }));
    const complete = object.secret === true ? this.secretManifest(object, context, identity, tls) : context.apply((value) => object.build(value));
    // Only the labels hold the cluster's id, which the first preview does not know; the rest is shown.
    const body = object.secret === true || object.holdsClusterId === true ? complete : this.resolved.apply((resolved) => object.build({ ...resolved, clusterId: "" }));
    const namespace = this.resolved.apply(({ spec }) => spec.namespace);
    const name = objectName(this.name, object.suffix);
    // Not one Output: name and annotations are known when the labels are not yet.
    const metadata = {
      name,
      namespace,
      labels: (object.secret === true ? pulumi.unsecret(complete) : complete).apply((manifest) => manifest.metadata.labels),
      annotations: { "pulumi.com/skipAwait": "true" },
    };
    return registrations[object.kind](
      name,
      { metadata, field: (key) => body.apply((manifest) => manifest[key]), text: (key) => body.apply((manifest) => String(manifest[key])) },
      { parent: this.parent, dependsOn, retainOnDelete: object.kept === true, ...(this.hook === undefined ? {} : { hooks: { beforeCreate: [this.hook] } }) },
    );
  }

  private secretManifest(object: ObjectDefinition & { secret: true }, context: pulumi.Output<PlanContext>, identity: Identity, tls: TlsPair): pulumi.Output<Manifest> {
    return pulumi
      .all([context, pulumi.secret(identity.credentials), tls.certificate, pulumi.secret(tls.privateKey)])
      .apply(([value, credentials, certificate, privateKey]) => object.build(value, { credentials, tls: { certificate, privateKey } }));
  }

  private gate({ kind, pool }: GateDefinition, statefulSet: pulumi.Resource | undefined, dependsOn: pulumi.Resource[]): Gate {
    if (!(statefulSet instanceof StatefulSet)) {
      throw new Error(`the gate ${kind} of ${pool} stands in a stage without that pool's StatefulSet`);
    }
    const looksAt = this.resolved.apply(({ spec, release }): GateSubject => ({
      version: spec.version,
      replicas: spec.pools[pool].replicas,
      placementCenterReplicas: spec.pools.placementCenter.replicas,
      image: imageReference(spec, release),
      configHash: configHash(spec, release, pool),
      timeoutSeconds: spec.gates.timeoutSeconds,
    }));
    return new Gate(
      `${objectName(this.name, pool)}-${kind}`,
      {
        kind,
        pool,
        ...this.address(),
        version: looksAt.version,
        replicas: looksAt.replicas,
        placementCenterReplicas: looksAt.placementCenterReplicas,
        image: looksAt.image,
        configHash: looksAt.configHash,
        statefulSetUid: statefulSet.metadata.uid,
        timeoutSeconds: looksAt.timeoutSeconds,
      },
      // The handler's own time-out comes first and says what it waited for.
      { parent: this.parent, dependsOn, customTimeouts: { create: "24h", update: "24h" } },
    );
  }

  private address() {
    return {
      cluster: this.name,
      namespace: this.resolved.apply(({ spec }) => spec.namespace),
      kubeconfig: this.kubeconfig,
      context: this.context,
    };
  }
}

/** The order that a version needs; where the version is not known yet, that of the newest release. */
function layoutFor(version: RobustMQClusterArgs["version"]): Pick<Release, "workerOrder"> {
  const found = typeof version === "string" ? findRelease(version) : undefined;
  return found?.ok === true ? found.release : newestRelease();
}

function sameLayout(resolved: ResolvedCluster, layout: Pick<Release, "workerOrder">): ResolvedCluster {
  if (resolved.release.workerOrder.join() !== layout.workerOrder.join()) {
    throw new pulumi.RunError(`version: ${resolved.spec.version} starts its pools in another order than newer releases, so it must be a plain value, not an Output`);
  }
  return resolved;
}

function poolShapes(pools: ResolvedCluster["spec"]["pools"]) {
  const shape = ({ replicas, storage, storageClass }: (typeof pools)[PoolName]) => ({ replicas, storage, storageClass });
  return { placementCenter: shape(pools.placementCenter), mqttBroker: shape(pools.mqttBroker), journalServer: shape(pools.journalServer) };
}

import type { Credentials, TlsPair } from "../../../provider/plan/secrets";
import { buildPlan, type PlanContext, type PlannedStage, type PlanSecrets } from "../../../provider/plan/stages";
import type { Manifest } from "../../../provider/plan/manifest";
import { resolveCluster } from "../../../provider/releases/resolve";

export const CLUSTER_ID = "0123456789abcdef";

/** Secret values that are easy to find in a text, so that a test can prove their absence. */
export const credentials: Credentials = {
  "admin-username": "admin",
  "admin-password": "secret-admin-password",
  "jwt-secret": "secret-jwt-secret",
  "default-username": "admin",
  "default-password": "secret-default-password",
};

export const tls: TlsPair = { certificate: "-----CERTIFICATE-----", privateKey: "-----SECRET KEY-----" };

export const planSecrets: PlanSecrets = { credentials, tls };

/** The smallest valid arguments. */
export const smallest = { version: "0.4.11" };

/** The mission's example: an older release, its own sizes, resources and storage class. */
export const missionExample = {
  version: "0.3.0",
  placementCenter: { replicas: 3, storage: "10Gi", storageClass: "fast-ssd" },
  mqttBroker: { replicas: 5, resources: { memory: "2Gi", cpu: "1000m" } },
  journalServer: { replicas: 3, storage: "100Gi" },
};

export function contextOf(name: string, args: object): PlanContext {
  const { spec, release } = resolveCluster(name, args);
  return { spec, release, clusterId: CLUSTER_ID };
}

export function planOf(name: string, args: object): PlannedStage[] {
  return buildPlan(contextOf(name, args), planSecrets);
}

export function manifestsOf(name: string, args: object): Manifest[] {
  return planOf(name, args).flatMap((stage) => stage.manifests);
}

/** What the API server would get: without the keys whose value is undefined. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** The value at a path of a JSON tree; fails on a path that does not exist. */
export function at(tree: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== "object" || value === null || !(part in value)) {
      throw new Error(`there is nothing at ${path.join(".")}`);
    }
    return Reflect.get(value, part);
  }, tree);
}

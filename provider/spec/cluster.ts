import type { Input } from "@pulumi/pulumi";
import { z } from "zod";
import { dnsLabel, dnsSubdomain, group } from "./common";
import { type GatesArgs, gatesSchema } from "./gates";
import { DEFAULT_REPOSITORY, type ImageArgs, imageSchema } from "./image";
import { type JournalServerArgs, type MqttBrokerArgs, type PlacementCenterArgs, placementCenterSchema, workerPoolSchema } from "./pools";
import { completeResources, type Resources } from "./resources";

/** Arguments of a RobustMQ cluster. */
export interface RobustMQClusterArgs {
  /** RobustMQ release, for example `"0.4.11"`. It decides configuration dialect, bootstrap and the image's tag. */
  version: Input<string>;
  /** `"standard"` (default): 3 placement-centers, 2 brokers, 3 journal nodes. `"dev"`: one small node of each, for a laptop. */
  profile?: Input<string>;
  /** Metadata nodes. */
  placementCenter?: Input<PlacementCenterArgs>;
  /** Client-facing nodes. */
  mqttBroker?: Input<MqttBrokerArgs>;
  /** Storage nodes. */
  journalServer?: Input<JournalServerArgs>;
  /** Kubernetes namespace; it must exist and is never deleted. Default `"default"`. */
  namespace?: Input<string>;
  /** Container image of the broker. */
  image?: Input<ImageArgs>;
  /** Names of Secrets in the namespace with credentials for the image's registry. */
  imagePullSecrets?: Input<Input<string>[]>;
  /**
   * Kubeconfig for the gates: its content or its path. Default: `KUBECONFIG` or the user's default file. Must mean
   * the same Kubernetes cluster as the program's provider; that is checked before anything is created.
   */
  kubeconfig?: Input<string>;
  /** Context in the kubeconfig. Default: its current context. */
  context?: Input<string>;
  /** The gates between the stages. A plain value: it decides which resources exist. */
  gates?: GatesArgs;
}

export const clusterSchema = group({
  version: z.string({ error: 'must be a RobustMQ release such as "0.4.11"' }),
  profile: z.enum(["standard", "dev"], { error: 'must be "standard" or "dev"' }).optional(),
  placementCenter: placementCenterSchema.optional(),
  mqttBroker: workerPoolSchema.optional(),
  journalServer: workerPoolSchema.optional(),
  namespace: dnsLabel.optional(),
  image: imageSchema.optional(),
  imagePullSecrets: z.array(dnsSubdomain, { error: "must be a list of Secret names" }).optional(),
  kubeconfig: z.string({ error: "must be a kubeconfig's content or path" }).min(1, { error: "must not be empty" }).optional(),
  context: z.string({ error: "must be the name of a context" }).min(1, { error: "must not be empty" }).optional(),
  gates: gatesSchema.optional(),
});

/** The pools in the order in which they start. */
export const poolNames = ["placementCenter", "mqttBroker", "journalServer"] as const;
export type PoolName = (typeof poolNames)[number];

export interface PoolSpec {
  readonly replicas: number;
  readonly storage: string;
  readonly storageClass?: string | undefined;
  readonly resources: Resources;
}

export interface ImageSpec {
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
  readonly pullPolicy: "Always" | "IfNotPresent" | "Never";
}

/** The arguments with every default filled in. Connection details (kubeconfig, context) are not part of it. */
export interface ClusterSpec {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly pools: Readonly<Record<PoolName, PoolSpec>>;
  readonly image: ImageSpec;
  readonly imagePullSecrets: readonly string[];
  readonly gates: { readonly timeoutSeconds: number; readonly via: "portForward" | "none" };
}

const profiles = {
  standard: { replicas: { placementCenter: 3, mqttBroker: 2, journalServer: 3 }, storage: "10Gi", requests: { memory: "256Mi", cpu: "100m" } },
  dev: { replicas: { placementCenter: 1, mqttBroker: 1, journalServer: 1 }, storage: "1Gi", requests: { memory: "128Mi", cpu: "50m" } },
} as const;

/** Fills the defaults of a checked input. */
export function completeSpec(name: string, input: z.output<typeof clusterSchema>): ClusterSpec {
  const profile = profiles[input.profile ?? "standard"];
  const pool = (poolName: PoolName): PoolSpec => {
    const given = input[poolName];
    return {
      replicas: given?.replicas ?? profile.replicas[poolName],
      storage: given?.storage ?? profile.storage,
      storageClass: given?.storageClass,
      resources: completeResources(given?.resources, profile.requests),
    };
  };
  return {
    name,
    namespace: input.namespace ?? "default",
    version: input.version,
    pools: { placementCenter: pool("placementCenter"), mqttBroker: pool("mqttBroker"), journalServer: pool("journalServer") },
    image: {
      repository: input.image?.repository ?? DEFAULT_REPOSITORY,
      tag: input.image?.tag,
      digest: input.image?.digest,
      pullPolicy: input.image?.pullPolicy ?? "IfNotPresent",
    },
    imagePullSecrets: input.imagePullSecrets ?? [],
    gates: { timeoutSeconds: input.gates?.timeoutSeconds ?? 600, via: input.gates?.via ?? "portForward" },
  };
}

import type { Input } from "@pulumi/pulumi";
import { z } from "zod";
import { dnsSubdomain, group, quantity, wholeNumber } from "./common";
import { type ResourcesArgs, resourcesSchema } from "./resources";

/** Nodes that keep the cluster's metadata in raft groups (role `meta` in newer releases). */
export interface PlacementCenterArgs {
  /** Number of nodes: 1, 3 or 5 (raft needs an odd number). Default 3; 1 with `profile: "dev"`. */
  replicas?: Input<number>;
  /** Size of each node's claim. Default `"10Gi"`; `"1Gi"` with `profile: "dev"`. */
  storage?: Input<string>;
  /** StorageClass of the claims. Default: the Kubernetes cluster's default class. */
  storageClass?: Input<string>;
  /** Compute resources of each node. */
  resources?: Input<ResourcesArgs>;
}

/** Nodes that serve clients: MQTT, Kafka, AMQP and NATS (role `broker`). */
export interface MqttBrokerArgs {
  /** Number of nodes, 1 to 4000. Default 2; 1 with `profile: "dev"`. */
  replicas?: Input<number>;
  /** Size of each node's claim. Default `"10Gi"`; `"1Gi"` with `profile: "dev"`. */
  storage?: Input<string>;
  /** StorageClass of the claims. Default: the Kubernetes cluster's default class. */
  storageClass?: Input<string>;
  /** Compute resources of each node. */
  resources?: Input<ResourcesArgs>;
}

/** Nodes that store messages (role `engine`). */
export interface JournalServerArgs {
  /** Number of nodes, 1 to 4000. Default 3; 1 with `profile: "dev"`. */
  replicas?: Input<number>;
  /** Size of each node's claim. Default `"10Gi"`; `"1Gi"` with `profile: "dev"`. */
  storage?: Input<string>;
  /** StorageClass of the claims. Default: the Kubernetes cluster's default class. */
  storageClass?: Input<string>;
  /** Compute resources of each node. */
  resources?: Input<ResourcesArgs>;
}

/**
 * The largest placement-center. Every node lists the addresses of this many from the start, so that the
 * placement-center can grow without touching a running node (facts/robustmq §11.7).
 */
export const LARGEST_PLACEMENT_CENTER = 5;

/** Ids are 1001+ordinal for brokers and 5001+ordinal for journal nodes, so a pool must not run into the next. */
export const LARGEST_POOL = 4000;

const oddText = "must be 1, 3 or 5: raft needs an odd number of voters";

const pool = {
  storage: quantity.optional(),
  storageClass: dnsSubdomain.optional(),
  resources: resourcesSchema.optional(),
};

export const placementCenterSchema = group({
  ...pool,
  replicas: z.literal([1, 3, LARGEST_PLACEMENT_CENTER], { error: oddText }).optional(),
});

export const workerPoolSchema = group({ ...pool, replicas: wholeNumber(1, LARGEST_POOL).optional() });

import type { PoolName } from "../spec/cluster";
import type { TomlTable } from "./toml";

/** TCP ports of a node. A protocol that a release does not speak is absent. */
export interface Ports {
  readonly grpc: number;
  readonly http: number;
  readonly engine: number;
  readonly metrics: number;
  readonly mqtt: number;
  readonly mqtts: number;
  readonly ws: number;
  readonly wss: number;
  readonly kafka?: number;
  readonly amqp?: number;
  readonly nats?: number;
}

/** What a pool's server.toml says, before it is put into a release's own words. */
export interface NodeConfig {
  readonly clusterName: string;
  readonly roles: readonly string[];
  /** Raft node id -> "host:port". */
  readonly metaAddrs: Readonly<Record<string, string>>;
  readonly ports: Ports;
  readonly paths: {
    readonly data: string;
    readonly engine: string;
    readonly logs: string;
    readonly loggerConfig: string;
    readonly tlsCert: string;
    readonly tlsKey: string;
  };
  /** Replicas of a new topic's segments. */
  readonly topicReplicas: number;
  /** Threads per runtime, or undefined to let the broker count the machine's processors. */
  readonly workerThreads?: number | undefined;
}

/** Names of the secret values, each a key of the credentials Secret. */
export type SecretKey = "admin-username" | "admin-password" | "jwt-secret" | "default-username" | "default-password";

/**
 * How one generation of releases writes its configuration. The broker ignores unknown keys silently, so a file in
 * the wrong dialect starts with default passwords (facts/robustmq §1.7).
 */
export interface Dialect {
  readonly name: string;
  /** The file, with a placeholder for every value that the environment sets. */
  serverToml(config: NodeConfig): TomlTable;
  /**
   * Secret values by the environment variable that overrides their key. The value is inserted as TOML text, so it
   * needs quotes; the key must occur in the file (facts/robustmq §1.1).
   */
  readonly secretEnv: Readonly<Record<string, SecretKey>>;
}

/** A pool whose nodes register with the placement-center. */
export type WorkerPool = Exclude<PoolName, "placementCenter">;

/** One row of the table of releases: everything that differs between RobustMQ's releases, as data. */
export interface Release {
  readonly version: string;
  readonly imageTag: string;
  readonly dialect: Dialect;
  /**
   * `seedThenJoin`: the first placement-center founds the cluster and the others join one by one; a fresh node that
   * finds no peer founds a cluster of its own, so their order must be guarded. `parallel`: every node initialises
   * with the same list, and there is neither join nor leave. (facts/robustmq §2.2, §11.23)
   */
  readonly bootstrap: "seedThenJoin" | "parallel";
  readonly roles: Readonly<Record<PoolName, readonly string[]>>;
  /** The pools that start after the placement-center, in their order. */
  readonly workerOrder: readonly WorkerPool[];
  readonly ports: Ports;
  /** Number of raft groups that ClusterStatus reports on. */
  readonly raftGroups: number;
  /** Whether the admin API lists registered nodes (`GET /api/info`) and users; if not, open listeners are the sign (facts/robustmq §11.24). */
  readonly listsNodes: boolean;
}

/** Placeholder of a value that the environment sets; the broker would refuse to work with it, should it ever stay. */
export const fromEnvironment = "set-by-environment";

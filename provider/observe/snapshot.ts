import type { RaftView } from "./raft";

/** Why a container does not run, in the kubelet's words. */
export interface ContainerTrouble {
  readonly container: string;
  /** For example ImagePullBackOff, CrashLoopBackOff, Error. */
  readonly reason: string;
  readonly message?: string | undefined;
  /** Exit code of the last run that ended. */
  readonly exitCode?: number | undefined;
  readonly restarts: number;
}

/** What Kubernetes says of one pod. */
export interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
  /** Whether it has been ready at any time. */
  readonly wasReady: boolean;
  readonly deleting: boolean;
  /** The StatefulSet revision that it was made from. */
  readonly revision: string | undefined;
  readonly phase: string;
  /** Set while no node takes the pod. */
  readonly unschedulable?: string | undefined;
  /** Whether an autoscaler said that it makes room. */
  readonly scaleUpTriggered?: boolean | undefined;
  readonly trouble?: ContainerTrouble | undefined;
}

export interface StatefulSetView {
  readonly uid: string;
  readonly replicas: number;
  /** The revision of the present template, or undefined while the controller has not seen it yet. */
  readonly updateRevision: string | undefined;
}

/** What a node of the placement-center says, asked directly. */
export type NodeAnswer =
  | {
      readonly reachable: true;
      readonly raft: RaftView;
      /** Registered nodes, where they are asked for. */
      readonly registered: readonly number[] | undefined;
      /** How many users it knows of, where that is asked for. */
      readonly users: number | undefined;
    }
  | { readonly reachable: false; readonly error: string };

/** Everything that a gate decides on, gathered at one moment. */
export interface Snapshot {
  readonly statefulSet: StatefulSetView | undefined;
  /** The pool's pods. */
  readonly pods: readonly PodView[];
  /** Answers of the placement-center's nodes, by node id. */
  readonly nodes: ReadonlyMap<number, NodeAnswer>;
}

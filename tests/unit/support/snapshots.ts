import type { Expectation } from "../../../provider/observe/gates";
import type { RaftGroup, RaftView } from "../../../provider/observe/raft";
import type { NodeAnswer, PodView, Snapshot } from "../../../provider/observe/snapshot";

/** The revision that the fixtures' StatefulSet is at. */
export const PRESENT = "revision-2";
export const UID = "uid-of-the-statefulset";

/** A healthy placement-center pod, and differences from it. */
export function pod(ordinal: number, differences: Partial<PodView> = {}): PodView {
  return {
    name: `demo-placement-center-${ordinal}`,
    uid: `uid-${ordinal}`,
    ready: true,
    wasReady: differences.ready ?? true,
    deleting: false,
    revision: PRESENT,
    phase: "Running",
    ...differences,
  };
}

/** A healthy group as its leader sees it. */
export function group(differences: Partial<RaftGroup> = {}): RaftGroup {
  return { state: "Leader", currentLeader: 1, millisSinceQuorumAck: 5, voters: [[1, 2, 3]], lastApplied: 20, ...differences };
}

/** A node's view in which all three groups are the same, but for those named. */
export function view(all: Partial<RaftGroup> = {}, byName: Readonly<Record<string, Partial<RaftGroup>>> = {}): RaftView {
  return Object.fromEntries(["metadata_0", "offset_0", "data_0"].map((name) => [name, group({ ...all, ...byName[name] })]));
}

export const follower: Partial<RaftGroup> = { state: "Follower", currentLeader: 1, millisSinceQuorumAck: null };

export function answer(raft: RaftView, registered?: readonly number[], users = 1): NodeAnswer {
  return { reachable: true, raft, registered, users };
}

export const silent: NodeAnswer = { reachable: false, error: "connection refused" };

/** Three formed nodes, led by node 1, and differences from that. */
export function snapshot(differences: Partial<Snapshot> = {}): Snapshot {
  return {
    statefulSet: { uid: UID, replicas: 3, updateRevision: PRESENT },
    pods: [pod(0), pod(1), pod(2)],
    nodes: new Map([
      [1, answer(view())],
      [2, answer(view(follower))],
      [3, answer(view(follower))],
    ]),
    ...differences,
  };
}

export function expectation(differences: Partial<Expectation> = {}): Expectation {
  return {
    pool: "placement-center",
    replicas: 3,
    ids: [1, 2, 3],
    voters: [1, 2, 3],
    raftGroups: 3,
    listsNodes: true,
    statefulSetUid: UID,
    ...differences,
  };
}

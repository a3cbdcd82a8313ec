import type { GateKind } from "../plan/stages";
import { checkPodStarts } from "./podChecks";
import { isLiveLeader, type RaftGroup } from "./raft";
import type { NodeAnswer, Snapshot } from "./snapshot";
import { closed, firstClosed, OPEN, type Verdict } from "./verdict";

/** What a gate is to find. */
export interface Expectation {
  readonly pool: string;
  readonly replicas: number;
  /** Ids of the pool's nodes. */
  readonly ids: readonly number[];
  /** Ids of the placement-center's nodes. */
  readonly voters: readonly number[];
  readonly raftGroups: number;
  /** Whether the release's admin API lists nodes and users. */
  readonly listsNodes: boolean;
  /** The StatefulSet as the program's Kubernetes provider knows it. */
  readonly statefulSetUid?: string | undefined;
}

interface Facts {
  readonly snapshot: Snapshot;
  readonly expected: Expectation;
}

type Check = (facts: Facts) => Verdict;

/** How far a voter may lag behind the leader, in log entries: less than what raft keeps for it (facts/robustmq §2.3). */
const CLOSE_ENOUGH = 100;

/** Every gate begins with these: is it our StatefulSet, are its pods there, and can they start at all. */
const podChecks: readonly Check[] = [checkStatefulSet, checkStarts, checkPodsExist];

const checks: Readonly<Record<GateKind, readonly Check[]>> = {
  leader: [...podChecks, checkLiveLeaders],
  formation: [...podChecks, checkLiveLeaders, checkVoters, checkCaughtUp, checkReady, checkInitialised],
  registration: [...podChecks, checkReady, checkRegistered],
};

/** The verdict of a gate over one snapshot. */
export function checkGate(kind: GateKind, snapshot: Snapshot, expected: Expectation): Verdict {
  return firstClosed(checks[kind], { snapshot, expected });
}

function checkStatefulSet({ snapshot: { statefulSet }, expected }: Facts): Verdict {
  if (statefulSet === undefined) {
    return closed("StatefulSetMissing", `waits for the StatefulSet of ${expected.pool}`);
  }
  if (expected.statefulSetUid !== undefined && statefulSet.uid !== expected.statefulSetUid) {
    return closed("ForeignStatefulSet", `the gate's kubeconfig shows another StatefulSet of ${expected.pool} than the program's Kubernetes provider made`, {
      advice: "Let kubeconfig and context mean the same Kubernetes cluster as the program's provider.",
    });
  }
  if (statefulSet.updateRevision === undefined || statefulSet.replicas !== expected.replicas) {
    return closed("StatefulSetNotObserved", `waits for Kubernetes to take up the StatefulSet of ${expected.pool}`);
  }
  return OPEN;
}

/** Pods that can never start are reported first, whatever else is still missing. */
function checkStarts({ snapshot }: Facts): Verdict {
  const verdicts = snapshot.pods.filter((pod) => !pod.deleting).map(checkPodStarts);
  return verdicts.find((verdict) => !verdict.open && verdict.fatal !== undefined) ?? verdicts.find((verdict) => !verdict.open) ?? OPEN;
}

function checkPodsExist({ snapshot, expected }: Facts): Verdict {
  const live = snapshot.pods.filter((pod) => !pod.deleting).length;
  const deleting = snapshot.pods.filter((pod) => pod.deleting).map((pod) => pod.name);
  if (live < expected.replicas && deleting.length > 0) {
    return closed("PodTerminating", `waits for ${deleting.join(", ")} to stop`);
  }
  return live < expected.replicas ? closed("PodsMissing", `${live} of ${expected.replicas} pods of ${expected.pool} exist`) : OPEN;
}

/** The live leader of every group, with its own view of that group; a node that only is named does not count. */
export function liveLeaders(nodes: Snapshot["nodes"]): Map<string, { id: number; group: RaftGroup }> {
  const leaders = new Map<string, { id: number; group: RaftGroup }>();
  for (const [id, answer] of nodes) {
    for (const [name, group] of Object.entries(answer.reachable ? answer.raft : {})) {
      if (isLiveLeader(group)) {
        leaders.set(name, { id, group });
      }
    }
  }
  return leaders;
}

function checkLiveLeaders({ snapshot, expected }: Facts): Verdict {
  const leaders = liveLeaders(snapshot.nodes);
  if (leaders.size >= expected.raftGroups) {
    return OPEN;
  }
  const heard = [...snapshot.nodes].map(([id, answer]) => `node ${id} ${describeAnswer(answer)}`).join(", ");
  return closed("NoLiveLeader", `${leaders.size} of ${expected.raftGroups} raft groups have a live leader (${heard})`);
}

function describeAnswer(answer: NodeAnswer): string {
  if (!answer.reachable) {
    return "does not answer";
  }
  return [...new Set(Object.values(answer.raft).map((group) => (group.state === "Leader" && !isLiveLeader(group) ? "Leader without quorum" : group.state)))].join("/");
}

function checkVoters({ snapshot, expected }: Facts): Verdict {
  const wanted = [...expected.voters].sort((a, b) => a - b).join(",");
  for (const [name, { group }] of liveLeaders(snapshot.nodes)) {
    const configs = group.voters.map((ids) => [...ids].sort((a, b) => a - b).join(","));
    if (configs.length !== 1 || configs[0] !== wanted) {
      return closed("NotFormed", `${name} has the voters [${configs.join("] and [")}], not yet [${wanted}]`);
    }
  }
  return OPEN;
}

function checkCaughtUp({ snapshot, expected }: Facts): Verdict {
  const leaders = liveLeaders(snapshot.nodes);
  for (const id of expected.voters) {
    const answer = snapshot.nodes.get(id);
    if (answer === undefined || !answer.reachable) {
      return closed("NodeUnreachable", `node ${id} does not answer${answer === undefined ? "" : `: ${answer.error}`}`);
    }
    for (const [name, leader] of leaders) {
      const group = answer.raft[name];
      if (group?.currentLeader !== leader.id) {
        return closed("NotCaughtUp", `node ${id} does not follow node ${leader.id} in ${name} yet`);
      }
      if ((leader.group.lastApplied ?? 0) - (group.lastApplied ?? 0) > CLOSE_ENOUGH) {
        return closed("NotCaughtUp", `node ${id} is behind in ${name}: ${group.lastApplied ?? 0} of ${leader.group.lastApplied} entries`);
      }
    }
  }
  return OPEN;
}

function checkReady({ snapshot, expected }: Facts): Verdict {
  const waiting = snapshot.pods.filter((pod) => !pod.ready && !pod.deleting).map((pod) => pod.name);
  return waiting.length === 0
    ? OPEN
    : closed("NotReady", `${expected.replicas - waiting.length} of ${expected.replicas} ready, waits for ${waiting.join(", ")}`);
}

/**
 * The default user is the last thing that the first node makes when it founds a cluster, seconds after it leads. A broker
 * that loads its copy of the users just before, and registers just after, never learns of it and refuses every login.
 */
function checkInitialised({ snapshot, expected }: Facts): Verdict {
  const known = [...snapshot.nodes.values()].some((answer) => answer.reachable && (answer.users ?? 0) > 0);
  return known || !expected.listsNodes ? OPEN : closed("NotInitialised", "waits for the first node to make the inner topics and the default user");
}

/** Registered means: a live leader of the metadata lists the node. A release without such a list shows it by its listeners. */
function checkRegistered({ snapshot, expected }: Facts): Verdict {
  if (!expected.listsNodes) {
    return OPEN;
  }
  const leader = liveLeaders(snapshot.nodes).get("metadata_0");
  if (leader === undefined) {
    return closed("NoLiveLeader", "waits for a live leader of metadata_0");
  }
  const answer = snapshot.nodes.get(leader.id);
  const registered = answer?.reachable === true ? answer.registered : undefined;
  const missing = expected.ids.filter((id) => registered?.includes(id) !== true);
  return missing.length === 0
    ? OPEN
    : closed("NotRegistered", `${expected.replicas - missing.length} of ${expected.replicas} registered, waits for node ${missing.join(", ")}`);
}

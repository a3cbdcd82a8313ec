import * as assert from "node:assert/strict";
import { checkGate, type Expectation } from "../../provider/observe/gates";
import type { NodeAnswer, Snapshot } from "../../provider/observe/snapshot";
import type { GateKind } from "../../provider/plan/stages";
import { answer, expectation, follower, pod, silent, snapshot, view } from "./support/snapshots";

interface Case {
  readonly title: string;
  readonly kind: GateKind;
  readonly snapshot?: Partial<Snapshot>;
  readonly expected?: Partial<Expectation>;
  readonly reason?: string;
  readonly says?: RegExp;
  readonly fatal?: true;
}

const nodes = (one: NodeAnswer, two: NodeAnswer = answer(view(follower)), three: NodeAnswer = answer(view(follower))) => ({ nodes: new Map([[1, one], [2, two], [3, three]]) });
const registered = (...ids: number[]) => nodes(answer(view(), ids), answer(view(follower), ids), answer(view(follower), ids));
const brokers = { pool: "mqtt-broker", replicas: 3, ids: [1001, 1002, 1003] };
const imageTrouble = { ready: false, trouble: { container: "robustmq", reason: "ErrImagePull", restarts: 0 } };

const cases: readonly Case[] = [
  { title: "healthy", kind: "leader" },
  { title: "healthy", kind: "formation" },
  { title: "healthy", kind: "registration", snapshot: registered(1, 2, 3, 1001, 1002, 1003), expected: brokers },
  { title: "no StatefulSet", kind: "leader", snapshot: { statefulSet: undefined }, reason: "StatefulSetMissing" },
  { title: "another cluster's StatefulSet", kind: "leader", expected: { statefulSetUid: "another" }, reason: "ForeignStatefulSet", fatal: true },
  { title: "a StatefulSet whose UID nobody asks for", kind: "leader", expected: { statefulSetUid: undefined } },
  { title: "StatefulSet not taken up", kind: "leader", snapshot: { statefulSet: { uid: "uid-of-the-statefulset", replicas: 3, updateRevision: undefined } }, reason: "StatefulSetNotObserved" },
  { title: "StatefulSet of the old size", kind: "leader", expected: { replicas: 5 }, reason: "StatefulSetNotObserved" },
  { title: "pods missing", kind: "leader", snapshot: { pods: [pod(0)] }, reason: "PodsMissing", says: /1 of 3/ },
  { title: "a pod stops", kind: "leader", snapshot: { pods: [pod(0), pod(1), pod(2, { deleting: true })] }, reason: "PodTerminating", says: /placement-center-2/ },
  { title: "a pod cannot start, pods missing", kind: "leader", snapshot: { pods: [pod(0, imageTrouble)] }, reason: "ImageUnavailable", fatal: true },
  { title: "the fatal one of two troubles first", kind: "leader", snapshot: { pods: [pod(0, { ready: false, trouble: { container: "robustmq", reason: "Error", exitCode: 1, restarts: 0 } }), pod(1, imageTrouble), pod(2)] }, reason: "ImageUnavailable", fatal: true },
  { title: "trouble of a pod that goes away", kind: "leader", snapshot: { pods: [pod(0), pod(1), pod(2, { ...imageTrouble, deleting: true })] }, reason: "PodTerminating" },

  { title: "nobody answers", kind: "leader", snapshot: nodes(silent, silent, silent), reason: "NoLiveLeader", says: /0 of 3 .*node 1 does not answer/ },
  { title: "a dead leader that is only named", kind: "leader", snapshot: nodes(silent), reason: "NoLiveLeader", says: /0 of 3 .*node 2 Follower/ },
  { title: "a leader without quorum", kind: "leader", snapshot: nodes(answer(view({ millisSinceQuorumAck: 20000 }))), reason: "NoLiveLeader", says: /node 1 Leader without quorum/ },
  { title: "a leader of two groups only", kind: "leader", snapshot: nodes(answer(view({}, { offset_0: follower }))), reason: "NoLiveLeader", says: /2 of 3/ },
  { title: "leaders on different nodes", kind: "leader", snapshot: nodes(answer(view({}, { offset_0: { ...follower, currentLeader: 2 } })), answer(view(follower, { offset_0: { state: "Leader", currentLeader: 2, millisSinceQuorumAck: 3 } }))) },
  { title: "pods that are not ready", kind: "leader", snapshot: { pods: [pod(0), pod(1, { ready: false }), pod(2, { ready: false })] } },
  { title: "0.3.x: one group is enough", kind: "leader", snapshot: nodes(answer({ metadata_0: view()["metadata_0"] ?? assert.fail() }), silent, silent), expected: { raftGroups: 1 } },

  { title: "two voters of three", kind: "formation", snapshot: nodes(answer(view({ voters: [[1, 2]] }))), reason: "NotFormed", says: /voters \[1,2\], not yet \[1,2,3\]/ },
  { title: "joint membership", kind: "formation", snapshot: nodes(answer(view({}, { offset_0: { voters: [[1, 2], [1, 2, 3]] } }))), reason: "NotFormed", says: /offset_0 .*\[1,2\] and \[1,2,3\]/ },
  { title: "a voter too many", kind: "formation", snapshot: nodes(answer(view({ voters: [[1, 2, 3, 4]] }))), reason: "NotFormed" },
  { title: "voters in another order", kind: "formation", snapshot: nodes(answer(view({ voters: [[3, 1, 2]] }))) },
  { title: "a voter that does not answer", kind: "formation", snapshot: nodes(answer(view()), answer(view(follower)), silent), reason: "NodeUnreachable", says: /node 3 .*connection refused/ },
  { title: "a voter that was not asked", kind: "formation", snapshot: { nodes: new Map([[1, answer(view())]]) }, reason: "NodeUnreachable", says: /node 2/ },
  { title: "a voter that follows another", kind: "formation", snapshot: nodes(answer(view()), answer(view({ ...follower, currentLeader: 3 }))), reason: "NotCaughtUp", says: /node 2 does not follow node 1/ },
  { title: "a voter that knows no leader", kind: "formation", snapshot: nodes(answer(view()), answer(view({ ...follower, currentLeader: null }))), reason: "NotCaughtUp" },
  { title: "a voter just close enough", kind: "formation", snapshot: nodes(answer(view({ lastApplied: 120 }))) },
  { title: "a voter far behind", kind: "formation", snapshot: nodes(answer(view({ lastApplied: 121 }))), reason: "NotCaughtUp", says: /20 of 121/ },
  { title: "a voter that has applied nothing", kind: "formation", snapshot: nodes(answer(view({ lastApplied: 101 })), answer(view({ ...follower, lastApplied: null }))), reason: "NotCaughtUp" },
  { title: "a pod that is not ready", kind: "formation", snapshot: { pods: [pod(0), pod(1), pod(2, { ready: false })] }, reason: "NotReady", says: /2 of 3 ready, waits for demo-placement-center-2/ },
  { title: "a surplus pod that stops", kind: "formation", snapshot: { pods: [pod(0), pod(1), pod(2), pod(3, { ready: false, deleting: true })] } },

  { title: "no default user yet", kind: "formation", snapshot: nodes(answer(view(), undefined, 0), answer(view(follower), undefined, 0), answer(view(follower), undefined, 0)), reason: "NotInitialised", says: /default user/ },
  { title: "a default user that one node knows of", kind: "formation", snapshot: nodes(answer(view(), undefined, 0)) },
  { title: "0.3.x: the brokers make the default user", kind: "formation", snapshot: nodes(answer(view(), undefined, 0), answer(view(follower), undefined, 0), answer(view(follower), undefined, 0)), expected: { listsNodes: false } },

  { title: "a broker not registered", kind: "registration", snapshot: registered(1, 2, 3, 1001, 1003), expected: brokers, reason: "NotRegistered", says: /2 of 3 registered, waits for node 1002/ },
  { title: "a broker not ready", kind: "registration", snapshot: { ...registered(1001, 1002, 1003), pods: [pod(0), pod(1), pod(2, { ready: false })] }, expected: brokers, reason: "NotReady" },
  { title: "no live leader to ask", kind: "registration", snapshot: nodes(silent, answer(view(follower), [1001, 1002, 1003])), expected: brokers, reason: "NoLiveLeader" },
  { title: "a follower's old list does not count", kind: "registration", snapshot: nodes(answer(view(), [1001]), answer(view(follower), [1001, 1002, 1003])), expected: brokers, reason: "NotRegistered" },
  { title: "a list that could not be read", kind: "registration", snapshot: nodes(answer(view(), undefined)), expected: brokers, reason: "NotRegistered", says: /0 of 3/ },
  { title: "a release without a list: ready is enough", kind: "registration", snapshot: nodes(silent, silent, silent), expected: { ...brokers, listsNodes: false } },
];

describe("gates", () => {
  for (const { title, kind, reason, says, fatal, ...differences } of cases) {
    it(`${kind}: ${title} => ${reason ?? "open"}`, () => {
      const verdict = checkGate(kind, snapshot(differences.snapshot), expectation(differences.expected));
      assert.equal(verdict.open ? undefined : verdict.reason, reason, JSON.stringify(verdict));
      assert.equal(!verdict.open && verdict.fatal !== undefined, fatal === true);
      if (says !== undefined) {
        assert.match(verdict.open ? "" : verdict.message, says);
      }
    });
  }
});

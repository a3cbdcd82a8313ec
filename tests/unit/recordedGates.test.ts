import * as assert from "node:assert/strict";
import type { NodeAnswer, Snapshot } from "../../provider/observe/snapshot";
import { GateError, runGate } from "../../provider/operations/runGate";
import type { GateKind } from "../../provider/plan/stages";
import { type RecordedStatus, recordedStatuses, raftView } from "./support/recordings";
import { ScriptedCluster } from "./support/scriptedCluster";
import { answer, expectation, pod, silent, snapshot } from "./support/snapshots";

/** The events of a recording one after another, as if no time lay between them. */
function onOneTimeLine(recorded: readonly RecordedStatus[]): RecordedStatus[] {
  let offset = 0;
  return recorded.map((status, index) => {
    const before = recorded[index - 1];
    if (before !== undefined && before.event !== status.event) {
      offset += before.ms;
    }
    return { ...status, ms: status.ms + offset };
  });
}

/** What was known at a time: the last answer of every node until then. A node that has not answered is silent. */
function snapshotAt(recorded: readonly RecordedStatus[], elapsed: number): Snapshot {
  const nodes = new Map<number, NodeAnswer>([1, 2, 3].map((id) => [id, silent]));
  for (const status of recorded.filter(({ ms }) => ms <= elapsed)) {
    nodes.set(status.asked, answer(raftView(status)));
  }
  return snapshot({ pods: [pod(0), pod(1), pod(2)], nodes });
}

function replay(file: string) {
  const recorded = onOneTimeLine(recordedStatuses(file));
  const cluster = new ScriptedCluster((elapsed) => snapshotAt(recorded, elapsed));
  const run = (kind: GateKind) => runGate({ kind, expected: expectation(), timeoutSeconds: 120 }, cluster);
  return { recorded, cluster, run };
}

describe("gates over recordings of the real broker", () => {
  it("the leader gate is not fooled by a dead leader that its peers still name", async () => {
    const { recorded, cluster, run } = replay("leader-killed.jsonl");
    const naming = recorded.filter(({ status }) => Object.values(status).every((group) => group.current_leader === 1)).map(({ ms }) => ms);
    assert.ok(Math.max(...naming) > 30_000, "the recording shows the dead leader named for 30 s");
    await run("leader");
    // The groups got their leaders one after another, the last of them on different nodes after 38.7 s.
    assert.ok(cluster.clock.elapsed >= 38_700 && cluster.clock.elapsed <= 39_500, String(cluster.clock.elapsed));
    assert.ok(cluster.said.some((line) => line.includes("0 of 3 raft groups")));
    assert.ok(cluster.said.some((line) => line.includes("1 of 3 raft groups")));
  });

  it("the formation gate stays closed while a voter is dead", async () => {
    const { run } = replay("leader-killed.jsonl");
    await assert.rejects(run("formation"), (error) => error instanceof GateError && /node 1 does not answer/.test(error.message));
  });

  it("the leader gate opens when the first node leads, 1.8 s after its start", async () => {
    const { cluster, run } = replay("cluster-status-bring-up.jsonl");
    const result = await run("leader");
    assert.equal(result.leader, 1);
    assert.ok(cluster.clock.elapsed > 1351 && cluster.clock.elapsed <= 2200, String(cluster.clock.elapsed));
    assert.match(cluster.said[0] ?? "", /0 of 3 raft groups have a live leader \(node 1 does not answer, node 2 does not answer/);
  });

  it("the formation gate sees the joint membership pass, and opens after it", async () => {
    const { recorded, cluster, run } = replay("cluster-status-bring-up.jsonl");
    const joint = recorded.filter(({ status }) => Object.values(status).some((group) => group.configs?.length === 2)).map(({ ms }) => ms);
    assert.ok(joint.length > 0);
    await run("formation");
    assert.ok(cluster.clock.elapsed > Math.max(...joint));
    assert.ok(cluster.said.some((line) => line.includes("has the voters [1,2], not yet [1,2,3]")), cluster.said.join("\n"));
    assert.ok(cluster.clock.elapsed - Math.max(...joint) < 1000);
  });
});

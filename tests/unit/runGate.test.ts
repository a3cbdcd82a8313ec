import * as assert from "node:assert/strict";
import { GateError, type GateRequest, PermanentFailure, runGate } from "../../provider/operations/runGate";
import type { GateKind } from "../../provider/plan/stages";
import { type Script, ScriptedCluster } from "./support/scriptedCluster";
import { answer, expectation, follower, pod, silent, snapshot, UID, view } from "./support/snapshots";

const healthy = snapshot();
const leaderless = snapshot({ nodes: new Map([[1, silent]]) });
const joining = snapshot({ nodes: new Map([[1, answer(view({ voters: [[1]] }))], [2, silent], [3, silent]]) });

function gate(script: Script, kind: GateKind = "formation", timeoutSeconds = 60) {
  const cluster = new ScriptedCluster(script);
  const request: GateRequest = { kind, expected: expectation(), timeoutSeconds };
  return { cluster, run: (signal?: AbortSignal) => runGate(request, cluster, signal) };
}

/** The error that a gate ends with. */
async function failureOf(run: Promise<unknown>): Promise<Error> {
  return run.then(
    () => assert.fail("the gate opened"),
    (error: unknown) => (error instanceof Error ? error : assert.fail(String(error))),
  );
}

describe("gate loop", () => {
  it("opens, says since when, and who leads", async () => {
    const { cluster, run } = gate((elapsed) => (elapsed < 5000 ? leaderless : healthy));
    assert.deepEqual(await run(), { leader: 1, openedAt: "2026-01-01T00:00:05.200Z", waitedSeconds: 5.2, outdatedPods: [] });
    assert.deepEqual(cluster.said, ["gate formation of placement-center: 0 of 3 raft groups have a live leader (node 1 does not answer)", "gate formation of placement-center: open after 5.2 s"]);
  });

  it("opens at the first look without sleeping", async () => {
    const { cluster, run } = gate(() => healthy);
    await run();
    assert.deepEqual([cluster.looks, cluster.clock.elapsed], [1, 0]);
  });

  it("reports each change once", async () => {
    const { cluster, run } = gate((elapsed) => (elapsed < 2000 ? leaderless : elapsed < 4000 ? joining : healthy));
    await run();
    assert.deepEqual(cluster.said.map((line) => line.replace(/^gate formation of placement-center: /, "").slice(0, 30)), ["0 of 3 raft groups have a live", "metadata_0 has the voters [1],", "open after 4 s"]);
  });

  it("reminds every 15 s of what it waits for", async () => {
    const { cluster, run } = gate((elapsed) => (elapsed < 50_000 ? leaderless : healthy));
    await run();
    const times = cluster.reports.map(({ at }) => at);
    assert.equal(times.length, 5);
    assert.ok(times.slice(1, 4).every((time, index) => time - (times[index] ?? 0) >= 15_000 && time - (times[index] ?? 0) <= 15_400), String(times));
  });

  it("ends after its time with what it waited for last", async () => {
    const { cluster, run } = gate((elapsed) => (elapsed < 30_000 ? leaderless : joining), "formation", 60);
    const error = await failureOf(run());
    assert.ok(error instanceof GateError);
    assert.match(error.message, /^gate formation of placement-center did not open within 60 s: metadata_0 has the voters \[1\], not yet \[1,2,3\]\. .*gates\.timeoutSeconds/);
    assert.ok(cluster.clock.elapsed >= 60_000 && cluster.clock.elapsed < 61_000);
  });

  it("ends at once when a pod cannot start, with its last lines and what to do", async () => {
    const { cluster, run } = gate(() => snapshot({ pods: [pod(0, { ready: false, trouble: { container: "robustmq", reason: "Error", exitCode: 101, restarts: 0 } })] }));
    cluster.lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const error = await failureOf(run());
    assert.equal(cluster.clock.elapsed, 0);
    assert.match(error.message, /cannot open \(ContainerCrashed\): demo-placement-center-0: container robustmq ended with exit code 101/);
    assert.match(error.message, /last lines of the container:\n {2}line 5\n[^]* {2}line 19\nThe broker panicked/);
  });

  it("explains a pod that cannot start also when its lines cannot be read, and says so", async () => {
    const { cluster, run } = gate(() => snapshot({ pods: [pod(0, { ready: false, trouble: { container: "robustmq", reason: "Error", exitCode: 101, restarts: 0 } })] }));
    cluster.lines = new Error("pods/log is forbidden");
    const error = await failureOf(run());
    assert.match(error.message, /exit code 101[^]*pods\/log is forbidden[^]*The broker panicked/);
  });

  it("does not ask for the lines of a container that never ran", async () => {
    const { cluster, run } = gate(() => snapshot({ pods: [pod(0, { ready: false, trouble: { container: "robustmq", reason: "ErrImagePull", restarts: 0 } })] }));
    cluster.lines = new Error("must not be asked for");
    assert.doesNotMatch((await failureOf(run())).message, /must not be asked for/);
  });

  it("goes on after a look that failed, and says why", async () => {
    const { cluster, run } = gate((elapsed) => (elapsed < 1000 ? new Error("connect ECONNREFUSED") : healthy));
    await run();
    assert.match(cluster.said[0] ?? "", /cannot look at the cluster or mend it: connect ECONNREFUSED/);
  });

  it("ends at once when looking fails for good", async () => {
    const { cluster, run } = gate(() => new PermanentFailure("the Kubernetes API refuses: pods is forbidden"));
    assert.match((await failureOf(run())).message, /pods is forbidden/);
    assert.deepEqual([cluster.looks, cluster.clock.elapsed], [1, 0]);
  });

  it("ends when the signal is aborted, with what it waited for", async () => {
    const controller = new AbortController();
    const { cluster, run } = gate((elapsed) => {
      if (elapsed >= 2000) {
        controller.abort();
      }
      return leaderless;
    });
    const error = await failureOf(run(controller.signal));
    assert.match(error.message, /was cancelled while it waited: 0 of 3 raft groups/);
    assert.ok(cluster.clock.elapsed < 3000);
  });

  it("does not look when the signal was aborted before", async () => {
    const { cluster, run } = gate(() => healthy);
    assert.match((await failureOf(run(AbortSignal.abort()))).message, /was cancelled/);
    assert.equal(cluster.looks, 0);
  });
});

describe("gate loop and pods of an older template", () => {
  const broken = pod(1, { revision: "revision-1", ready: false, trouble: { container: "robustmq", reason: "ErrImagePull", restarts: 0 } });

  it("replaces one that was never ready, by its UID, before it looks for trouble", async () => {
    const { cluster, run } = gate((elapsed) => (elapsed === 0 ? snapshot({ pods: [pod(0), broken, pod(2)] }) : healthy));
    assert.deepEqual((await run()).outdatedPods, []);
    assert.deepEqual(cluster.replaced.map(({ pod: name, uid }) => [name, uid]), [["demo-placement-center-1", "uid-1"]]);
    assert.match(cluster.said[0] ?? "", /replaces demo-placement-center-1: it was made from an older template/);
  });

  it("leaves those that were ready, and names them", async () => {
    const { cluster, run } = gate(() => snapshot({ pods: [pod(0, { revision: "revision-1" }), pod(1), pod(2)] }));
    assert.deepEqual((await run()).outdatedPods, ["demo-placement-center-0"]);
    assert.deepEqual(cluster.replaced, []);
  });

  it("touches nothing of a StatefulSet that is not the program's", async () => {
    const { cluster, run } = gate(() => snapshot({ statefulSet: { uid: "another", replicas: 3, updateRevision: "revision-2" }, pods: [pod(0), broken, pod(2)] }));
    assert.match((await failureOf(run())).message, /ForeignStatefulSet/);
    assert.deepEqual(cluster.replaced, []);
    assert.notEqual(UID, "another");
  });

  it("tries again when replacing failed, and says why", async () => {
    const { cluster, run } = gate((elapsed) => (elapsed < 1000 ? snapshot({ pods: [pod(0), broken, pod(2)] }) : healthy));
    cluster.replaceFailure = new Error("etcdserver: request timed out");
    await run();
    assert.ok(cluster.replaced.length >= 2);
    assert.ok(cluster.said.some((line) => line.includes("etcdserver: request timed out")), cluster.said.join("\n"));
  });

  it("ends when replacing is refused for good", async () => {
    const { cluster, run } = gate(() => snapshot({ pods: [pod(0), broken, pod(2)] }));
    cluster.replaceFailure = new PermanentFailure("pods is forbidden: cannot delete");
    assert.match((await failureOf(run())).message, /cannot delete/);
  });

  it("does not take a follower for a leader", async () => {
    const { run } = gate(() => snapshot({ nodes: new Map([[1, answer(view(follower))]]) }), "leader", 2);
    assert.match((await failureOf(run())).message, /did not open within 2 s/);
  });
});

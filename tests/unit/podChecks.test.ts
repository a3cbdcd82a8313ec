import * as assert from "node:assert/strict";
import { checkPodStarts } from "../../provider/observe/podChecks";
import type { ContainerTrouble, PodView } from "../../provider/observe/snapshot";
import { pod } from "./support/snapshots";

const trouble = (differences: Partial<ContainerTrouble>): Partial<PodView> => ({ trouble: { container: "robustmq", reason: "Error", restarts: 0, ...differences } });

describe("pod checks", () => {
  for (const [title, differences, reason, fatal] of [
    ["a ready pod", { ready: true }, undefined, false],
    ["a ready pod that had trouble before", { ready: true, ...trouble({ reason: "CrashLoopBackOff", exitCode: 1 }) }, undefined, false],
    ["a pod that is coming up", {}, undefined, false],
    ["no node for the pod", { unschedulable: "0/1 nodes: Insufficient memory" }, "Unschedulable", true],
    ["no node yet, an autoscaler makes room", { unschedulable: "0/1 nodes", scaleUpTriggered: true }, "Unschedulable", false],
    ["ErrImagePull", trouble({ reason: "ErrImagePull", message: "not found" }), "ImageUnavailable", true],
    ["ImagePullBackOff", trouble({ reason: "ImagePullBackOff" }), "ImageUnavailable", true],
    ["ErrImageNeverPull", trouble({ reason: "ErrImageNeverPull" }), "ImageUnavailable", true],
    ["InvalidImageName", trouble({ reason: "InvalidImageName" }), "ImageUnavailable", true],
    ["CreateContainerConfigError", trouble({ reason: "CreateContainerConfigError", message: 'secret "x" not found' }), "ContainerCannotStart", true],
    ["RunContainerError", trouble({ reason: "RunContainerError" }), "ContainerCannotStart", true],
    ["exit 101, first time", trouble({ exitCode: 101 }), "ContainerCrashed", true],
    ["exit 1, first time", trouble({ exitCode: 1 }), "ContainerCrashed", false],
    ["exit 1, again and again", trouble({ reason: "CrashLoopBackOff", exitCode: 1, restarts: 2 }), "ContainerCrashed", true],
    ["exit 137, again and again", trouble({ reason: "CrashLoopBackOff", exitCode: 137, restarts: 2 }), "ContainerCrashed", true],
    ["ended well, is started again", trouble({ reason: "CrashLoopBackOff", exitCode: 0 }), undefined, false],
    ["an unknown waiting reason", trouble({ reason: "SomethingNew" }), undefined, false],
  ] as const) {
    it(`${title}: ${reason ?? "nothing"}${fatal ? ", fatal" : ""}`, () => {
      const verdict = checkPodStarts(pod(0, { ready: false, ...differences }));
      assert.equal(verdict.open ? undefined : verdict.reason, reason);
      assert.equal(!verdict.open && verdict.fatal !== undefined, fatal);
      if (!verdict.open) {
        assert.match(verdict.message, /^demo-placement-center-0\b/);
        assert.ok(verdict.fatal === undefined || verdict.fatal.advice.length > 20);
      }
    });
  }

  it("names container and exit code of a crash, so that its last lines can be shown", () => {
    const verdict = checkPodStarts(pod(0, { ready: false, ...trouble({ container: "start-guard", exitCode: 101 }) }));
    assert.ok(!verdict.open);
    assert.equal(verdict.message, "demo-placement-center-0: container start-guard ended with exit code 101");
    assert.deepEqual([verdict.fatal?.pod, verdict.fatal?.container], ["demo-placement-center-0", "start-guard"]);
  });

  it("says what the scheduler and the kubelet said", () => {
    const messages = [{ unschedulable: "Insufficient cpu" }, trouble({ reason: "ErrImagePull", message: "manifest unknown" })].map((differences) => checkPodStarts(pod(0, { ready: false, ...differences })));
    assert.match(JSON.stringify(messages[0]), /Insufficient cpu/);
    assert.match(JSON.stringify(messages[1]), /ErrImagePull: manifest unknown/);
  });
});

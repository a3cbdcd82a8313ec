import * as assert from "node:assert/strict";
import { systemClock } from "../../provider/operations/clock";
import { decideReplacements, outdatedPods } from "../../provider/operations/replace";
import { maskSecrets } from "../../provider/transport/mask";
import { pod, PRESENT, snapshot, UID } from "./support/snapshots";

const old = { revision: "revision-1" };

describe("replacements", () => {
  for (const [title, pods, replaced, outdated] of [
    ["present pods stay", [pod(0), pod(1, { ready: false })], [], []],
    ["an old pod that was never ready goes, by its UID", [pod(0), pod(1, { ...old, ready: false, uid: "u" })], ["u"], ["demo-placement-center-1"]],
    ["an old pod that is ready stays", [pod(0, old)], [], ["demo-placement-center-0"]],
    ["an old pod that was ready stays", [pod(0, { ...old, ready: false, wasReady: true })], [], ["demo-placement-center-0"]],
    ["an old pod that already stops is left", [pod(0, { ...old, ready: false, deleting: true })], [], ["demo-placement-center-0"]],
    ["a pod without revision is left", [pod(0, { revision: undefined, ready: false })], [], []],
    ["all broken ones go at once", [pod(0, { ...old, ready: false }), pod(1, { ...old, ready: false })], ["uid-0", "uid-1"], ["demo-placement-center-0", "demo-placement-center-1"]],
  ] as const) {
    it(title, () => {
      const seen = snapshot({ pods });
      assert.deepEqual(decideReplacements(seen, UID).map(({ uid }) => uid), replaced);
      assert.deepEqual(outdatedPods(seen), outdated);
    });
  }

  for (const statefulSet of [undefined, { uid: UID, replicas: 3, updateRevision: undefined }]) {
    it(`decides nothing while ${statefulSet === undefined ? "there is no StatefulSet" : "the present revision is not known"}`, () => {
      const seen = snapshot({ statefulSet, pods: [pod(0, { ...old, ready: false })] });
      assert.deepEqual([decideReplacements(seen, UID), outdatedPods(seen)], [[], []]);
    });
  }

  for (const own of ["another", undefined]) {
    it(`leaves pods of a StatefulSet that is not known as the program's own (${own})`, () => {
      assert.deepEqual(decideReplacements(snapshot({ pods: [pod(0, { ...old, ready: false })] }), own), []);
    });
  }

  it("calls the present revision by its name in the fixture", () => assert.equal(snapshot().statefulSet?.updateRevision, PRESENT));
});

describe("mask", () => {
  for (const [title, lines, secrets, masked] of [
    ["every occurrence in every line", ["a secret-1 b secret-1", "c secret-1"], ["secret-1"], ["a ****** b ******", "c ******"]],
    ["several values", ["x secret-1 secret-2"], ["secret-1", "secret-2"], ["x ****** ******"]],
    ["short values are left", ["admin is an administrator"], ["admin"], ["admin is an administrator"]],
    ["empty values are left", ["text"], [""], ["text"]],
    ["signs of regular expressions are plain text", ["a (secret).* b"], ["(secret).*"], ["a ****** b"]],
    ["a value within another leaves no rest of it", ["pw=secret-1-and-more"], ["secret-1", "secret-1-and-more"], ["pw=******"]],
  ] as const) {
    it(title, () => assert.deepEqual(maskSecrets(lines, secrets), masked));
  }
});

describe("system clock", () => {
  it("sleeps", async () => {
    const before = systemClock.now();
    await systemClock.sleep(20);
    assert.ok(systemClock.now() - before >= 15);
  });

  for (const [title, signal] of [["is aborted while it sleeps", undefined], ["was aborted before", AbortSignal.abort()]] as const) {
    it(`wakes at once when the signal ${title}`, async () => {
      const controller = new AbortController();
      const before = systemClock.now();
      const sleep = systemClock.sleep(15_000, signal ?? controller.signal);
      controller.abort();
      await sleep;
      assert.ok(systemClock.now() - before < 5000);
    });
  }
});

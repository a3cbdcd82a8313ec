import * as assert from "node:assert/strict";
import { resolveCluster } from "../../provider/releases/resolve";
import { parseSpec } from "../../provider/spec/parse";
import { InvalidSpecError } from "../../provider/spec/problems";
import { millicores, mebibytes, quantityValue } from "../../provider/spec/quantity";
import { LONGEST_NAME } from "../../provider/spec/name";
import { badInputs } from "./badInputs";
import { smallest } from "./support/fixtures";
import { assertGolden } from "./support/golden";

function messageOf(name: string, input: unknown): string {
  try {
    resolveCluster(name, input);
  } catch (error) {
    assert.ok(error instanceof InvalidSpecError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: `${JSON.stringify(input)} was accepted` });
}

function specOf(input: object) {
  return resolveCluster("demo", { ...smallest, ...input }).spec;
}

describe("spec", () => {
  it("answers bad input with every problem, its path and what would be right", () => {
    const texts = badInputs.map(({ title, name, input }) => `## ${title}\n${messageOf(name ?? "demo", input)}\n`);
    assert.ok(texts.length >= 40);
    assertGolden("bad-inputs.txt", texts.join("\n"));
  });

  it("fills the defaults of the standard and the dev profile", () => {
    const standard = specOf({});
    assert.deepEqual(Object.values(standard.pools).map((pool) => pool.replicas), [3, 2, 3]);
    assert.deepEqual(standard.pools.mqttBroker, { replicas: 2, storage: "10Gi", storageClass: undefined, resources: { requests: { memory: "256Mi", cpu: "100m" }, limits: {} } });
    assert.equal(standard.namespace, "default");
    assert.deepEqual(standard.image, { repository: "ghcr.io/robustmq/robustmq", tag: undefined, digest: undefined, pullPolicy: "IfNotPresent" });
    assert.deepEqual(standard.gates, { timeoutSeconds: 600, via: "portForward" });
    const dev = specOf({ profile: "dev", mqttBroker: { replicas: 2 } });
    assert.deepEqual(Object.values(dev.pools).map((pool) => pool.replicas), [1, 2, 1]);
    assert.equal(dev.pools.journalServer.storage, "1Gi");
  });

  it("leaves the kubeconfig out of the spec", () => {
    assert.doesNotMatch(JSON.stringify(specOf({ kubeconfig: "a secret", context: "c" })), /secret/);
  });

  for (const [given, requests, limits] of [
    [{ memory: "2Gi", cpu: "1000m" }, { memory: "512Mi", cpu: "100m" }, { memory: "2Gi", cpu: "1000m" }],
    [{ memory: "2Gi" }, { memory: "512Mi", cpu: "100m" }, { memory: "2Gi", cpu: undefined }],
    [{ cpu: "4" }, { memory: "256Mi", cpu: "400m" }, { memory: undefined, cpu: "4" }],
    [{ cpu: "1m" }, { memory: "256Mi", cpu: "1m" }, { memory: undefined, cpu: "1m" }],
    [{ memory: "1000" }, { memory: "1000", cpu: "100m" }, { memory: "1000", cpu: undefined }],
    [{ requests: { memory: "1Gi" } }, { memory: "1Gi", cpu: "100m" }, { memory: undefined, cpu: undefined }],
    [{ requests: { cpu: "1" }, limits: { memory: "4Gi" } }, { memory: "1024Mi", cpu: "1" }, { memory: "4Gi", cpu: undefined }],
    [{ requests: { memory: "1Gi", cpu: "1" }, limits: { memory: "1Gi", cpu: "1" } }, { memory: "1Gi", cpu: "1" }, { memory: "1Gi", cpu: "1" }],
  ] as const) {
    it(`completes resources ${JSON.stringify(given)}`, () => {
      assert.deepEqual(specOf({ mqttBroker: { resources: given } }).pools.mqttBroker.resources, { requests, limits });
    });
  }

  it("warns of a memory limit below what the broker's storage takes, and goes on", () => {
    const warnings = (memory: string) => resolveCluster("demo", { ...smallest, mqttBroker: { resources: { memory } } }).warnings;
    assert.deepEqual(warnings("2Gi"), []);
    assert.deepEqual(warnings("1Gi").map(({ path }) => path), ["mqttBroker.resources"]);
  });

  it("takes names of 1 to 35 characters", () => {
    assert.equal(LONGEST_NAME, 35);
    for (const name of ["a", "a1", "a-b", "x".repeat(35)]) {
      assert.equal(parseSpec(name, smallest).ok, true, name);
    }
    for (const name of ["x".repeat(36), "", "1a", "a-", "-a", "A", "a_b", "a.b", "ä"]) {
      assert.equal(parseSpec(name, smallest).ok, false, name);
    }
  });

  for (const repository of ["robustmq", "robustmq/robustmq", "ghcr.io/robustmq/robustmq", "registry.example.com:5000/mirror/robust_mq", "localhost:5000/robustmq", "registry.example.com/a/b-c__d"]) {
    it(`takes the repository ${repository}`, () => {
      assert.equal(specOf({ image: { repository } }).image.repository, repository);
    });
  }
});

describe("quantities", () => {
  for (const [text, value] of [
    ["1", 1], ["0.5", 0.5], [".5", 0.5], ["500m", 0.5], ["1k", 1000], ["2Ki", 2048], ["10Gi", 10737418240], ["1e3", 1000], ["1E", 1e18], ["1E2", 100], ["1Ei", 2 ** 60],
    ["", undefined], ["Gi", undefined], ["1 Gi", undefined], ["1gb", undefined], ["1GiB", undefined], ["-1", undefined], ["1,5", undefined], ["0x10", undefined], ["1e", undefined],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as ${value}`, () => assert.equal(quantityValue(text), value));
  }

  it("writes amounts rounded up", () => {
    assert.deepEqual([millicores(0.0001), millicores(1.5), mebibytes(1), mebibytes(2 ** 30)], ["1m", "1500m", "1Mi", "1024Mi"]);
  });
});

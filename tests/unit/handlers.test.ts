import * as assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { gateProvider, preflightProvider, tlsPairProvider } from "../../provider/pulumi/dynamicProviders";
import { diffGate, gateId, type GateInputs, passGate } from "../../provider/pulumi/gateHandler";
import { diffPreflight, type PreflightInputs, refusedChanges } from "../../provider/pulumi/preflightHandler";
import { makeTlsPair } from "../../provider/pulumi/tlsPairHandler";
import { LONGEST_NAME } from "../../provider/spec/name";
import { credentials } from "./support/fixtures";

const gate: GateInputs = {
  kind: "registration",
  pool: "mqttBroker",
  cluster: "demo",
  namespace: "default",
  version: "0.4.11",
  replicas: 5,
  placementCenterReplicas: 3,
  image: "ghcr.io/robustmq/robustmq:v0.4.11",
  configHash: "0123456789abcdef",
  statefulSetUid: "uid",
  timeoutSeconds: 600,
};

const preflight: PreflightInputs = {
  cluster: "demo",
  namespace: "default",
  kubernetesUid: "uid",
  generated: { clusterId: "0123456789abcdef", credentials },
  pools: { placementCenter: { replicas: 3, storage: "10Gi" }, mqttBroker: { replicas: 5, storage: "10Gi" }, journalServer: { replicas: 3, storage: "10Gi", storageClass: "fast" } },
};

/** What the engine gives a dynamic provider in a preview in place of a value that is not known yet. */
const UNKNOWN = pulumi.runtime.unknownValue;

describe("gate resource", () => {
  for (const [change, looks] of [
    [{}, false],
    [{ replicas: 7 }, true],
    [{ placementCenterReplicas: 5 }, true],
    [{ version: "0.4.12" }, true],
    [{ image: "mirror/robustmq:v0.4.11" }, true],
    [{ configHash: "fedcba9876543210" }, true],
    [{ statefulSetUid: "another" }, true],
    [{ timeoutSeconds: 60 }, false],
    [{ kubeconfig: "another" }, false],
    [{ context: "another" }, false],
  ] as const) {
    it(`${looks ? "looks again" : "does not look again"} after ${JSON.stringify(change)}`, () => {
      assert.deepEqual(diffGate(gate, { ...gate, ...change }), { changes: looks });
    });
  }

  it("has an id that tells gates apart", () => {
    assert.equal(gateId(gate), "default/demo-mqtt-broker/registration");
    assert.notEqual(gateId({ ...gate, pool: "placementCenter", kind: "leader" }), gateId({ ...gate, pool: "placementCenter", kind: "formation" }));
  });

  it("says that a kubeconfig is not there, without quoting it", async () => {
    const inputs = { ...gate, kubeconfig: "/nowhere/secret-path" };
    await assert.rejects(passGate(inputs, () => undefined), (error) => error instanceof Error && /neither a kubeconfig's content nor the path/.test(error.message) && !error.message.includes("secret-path"));
  });

  it("refuses a release that this version of the package does not know", async () => {
    await assert.rejects(passGate({ ...gate, version: "0.1.0" }, () => undefined), /is not supported/);
  });
});

describe("preflight resource", () => {
  const pools = (change: Partial<PreflightInputs["pools"]>): PreflightInputs => ({ ...preflight, pools: { ...preflight.pools, ...change } });

  for (const [title, next, refused] of [
    ["no change", preflight, []],
    ["more brokers", pools({ mqttBroker: { replicas: 7, storage: "10Gi" } }), []],
    ["fewer brokers", pools({ mqttBroker: { replicas: 4, storage: "10Gi" } }), ["mqttBroker.replicas"]],
    ["fewer placement-centers", pools({ placementCenter: { replicas: 1, storage: "10Gi" } }), ["placementCenter.replicas"]],
    ["more storage", pools({ mqttBroker: { replicas: 5, storage: "20Gi" } }), ["mqttBroker.storage"]],
    ["another storage class", pools({ journalServer: { replicas: 3, storage: "10Gi", storageClass: "slow" } }), ["journalServer.storageClass"]],
    ["the default storage class", pools({ journalServer: { replicas: 3, storage: "10Gi" } }), ["journalServer.storageClass"]],
    ["all at once", pools({ mqttBroker: { replicas: 1, storage: "1Gi" }, journalServer: { replicas: 1, storage: "1Gi" } }), ["mqttBroker.replicas", "mqttBroker.storage", "journalServer.replicas", "journalServer.storage", "journalServer.storageClass"]],
  ] as const) {
    it(`${title}: ${refused.length === 0 ? "allowed" : `refused for ${refused.join(", ")}`}`, () => {
      assert.deepEqual(refusedChanges(preflight, next).map(({ property }) => property), refused);
    });
  }

  it("says from what to what, why not, and what to keep", () => {
    const [refusal] = refusedChanges(preflight, pools({ mqttBroker: { replicas: 4, storage: "10Gi" } }));
    assert.match(refusal?.reason ?? "", /^5 => 4: .*; keep 5$/);
  });

  it("refuses nothing for a new cluster", () => assert.deepEqual(refusedChanges({}, preflight), []));

  it("refuses nothing that is not known yet", () => {
    const unknown = (value: object): PreflightInputs => Object.assign({}, preflight, value);
    assert.deepEqual(refusedChanges(preflight, unknown({ pools: UNKNOWN })), []);
    assert.deepEqual(refusedChanges(preflight, unknown({ pools: { ...preflight.pools, mqttBroker: UNKNOWN } })), []);
    assert.deepEqual(refusedChanges(preflight, unknown({ pools: { ...preflight.pools, mqttBroker: { replicas: UNKNOWN, storage: UNKNOWN, storageClass: UNKNOWN } } })), []);
  });

  for (const [title, change, replaces] of [
    ["nothing", {}, []],
    ["other pools", { pools: { ...preflight.pools, mqttBroker: { replicas: 7, storage: "10Gi" } } }, []],
    ["another kubeconfig", { kubeconfig: "another" }, []],
    ["other generated values", { generated: { clusterId: "x", credentials } }, []],
    ["another Kubernetes cluster", { kubernetesUid: "another" }, ["kubernetesUid"]],
    ["another namespace", { namespace: "other" }, ["namespace"]],
    ["another name", { cluster: "other" }, ["cluster"]],
  ] as const) {
    it(`${title} replaces ${replaces.length === 0 ? "nothing" : "the identity"}`, () => {
      assert.deepEqual(diffPreflight(preflight, { ...preflight, ...change }), { changes: replaces.length > 0, replaces });
    });
  }
});

describe("TLS pair", () => {
  const inputs = { commonName: "demo", dnsNames: ["demo-client.default.svc", "*.demo-mqtt-broker.default.svc", "localhost"] };

  it("is a certificate and the key that belongs to it", async () => {
    const pair = await makeTlsPair(inputs);
    const certificate = new X509Certificate(pair.certificate);
    assert.equal(certificate.subject, "CN=demo");
    assert.equal(certificate.subjectAltName, "DNS:demo-client.default.svc, DNS:*.demo-mqtt-broker.default.svc, DNS:localhost");
    assert.equal(certificate.checkPrivateKey(createPrivateKey(pair.privateKey)), true);
    assert.equal(certificate.ca, false);
    assert.equal(certificate.verify(certificate.publicKey), true, "it is signed by itself");
    assert.ok(Date.parse(certificate.validFrom) < Date.now() && Date.parse(certificate.validTo) > Date.now() + 9 * 365 * 86_400_000);
    for (const host of ["demo-client.default.svc", "demo-mqtt-broker-3.demo-mqtt-broker.default.svc", "localhost"]) {
      assert.notEqual(certificate.checkHost(host), undefined, host);
    }
    assert.equal(certificate.checkHost("other.default.svc"), undefined);
  });

  it("is a new one each time, with a serial number that is not negative", async () => {
    const pairs = await Promise.all(Array.from({ length: 20 }, () => makeTlsPair(inputs)));
    assert.equal(new Set(pairs.map(({ privateKey }) => privateKey)).size, 20);
    const serials = pairs.map(({ certificate }) => new X509Certificate(certificate).serialNumber);
    assert.deepEqual(serials.filter((serial) => serial.startsWith("-")), []);
    assert.ok(serials.every((serial) => serial.length <= 40), "at most 20 bytes");
  });

  it("takes the longest name", async () => {
    const commonName = "n".repeat(LONGEST_NAME);
    assert.equal(new X509Certificate((await makeTlsPair({ ...inputs, commonName })).certificate).subject, `CN=${commonName}`);
  });
});

describe("dynamic providers as they are stored in a stack's state", () => {
  const providers = { gateProvider, preflightProvider, tlsPairProvider };

  for (const [name, provider] of Object.entries(providers)) {
    for (const [method, run] of Object.entries(provider)) {
      it(`${name}.${method} is a small call into the installed package and captures no code`, async () => {
        const { text } = await pulumi.runtime.serializeFunction(run);
        assert.ok(text.length < 1500, `${text.length} characters:\n${text}`);
        const modules = [...text.matchAll(/"(pulumi-robustmq[^"]*)"/g)].map((match) => match[1] ?? "");
        assert.ok(modules.length <= 1, text);
        assert.ok(modules.length === 1 || !text.includes("require("), text);
        for (const path of modules) {
          assert.match(path, /^pulumi-robustmq\/dist\/pulumi\/\w+$/);
          // The build makes dist/<path>.js of provider/<path>.ts, one to one.
          const source = join(__dirname, "../../provider", `${path.slice("pulumi-robustmq/dist/".length)}.ts`);
          assert.ok(existsSync(source), source);
          const exported = require(source) as Record<string, unknown>;
          const called = [...text.matchAll(/(?:handler|require\(\w+\)\))?\.(\w+)\((?:inputs|news|olds|props)/g)].map((match) => match[1] ?? "");
          assert.ok(called.length > 0, text);
          assert.deepEqual(called.filter((one) => typeof exported[one] !== "function"), []);
        }
      });
    }
  }
});

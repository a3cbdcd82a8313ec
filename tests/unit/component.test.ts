import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId";
import type { RobustMQClusterArgs } from "../../provider";
import { stagesOf } from "../../provider/plan/stages";
import { newestRelease } from "../../provider/releases/find";
import { objectName } from "../../provider/plan/names";
import { smallest } from "./support/fixtures";
import { type Request, type Run, runProgram } from "./support/mocks";

const SECRET_MARK = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const shortName = (urn: string) => `${urn.split("$").at(-1)?.split("::")[0]}/${urn.split("::").at(-1)}`;

function find(run: Run, type: string, name: string): Request {
  return run.requests.find((request) => request.type.endsWith(type) && request.name === name) ?? assert.fail(`no ${type} ${name}`);
}

/** Everything that must be done before a resource, over any number of steps. */
function prerequisites(run: Run, request: Request): Set<string> {
  const seen = new Set<string>();
  const visit = (urn: string) => {
    if (!seen.has(urn)) {
      seen.add(urn);
      run.requests.find((other) => other.urn === urn)?.dependsOn.forEach(visit);
    }
  };
  request.dependsOn.forEach(visit);
  return seen;
}

/** The parts of a request that are not marked as secret. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutSecrets);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return SECRET_MARK in value && Reflect.get(value, SECRET_MARK) === SECRET ? "(secret)" : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]));
}

const isKubernetes = ({ type }: Request) => type.startsWith("kubernetes:") && !type.endsWith(":Namespace");

describe("component", function () {
  // Loading the Kubernetes SDK takes a while on a busy machine.
  this.timeout(120_000);
  let run: Run;
  let before030: Run;
  let ungated: Run;

  before("two programs", async () => {
    run = await runProgram(() => ({ ...smallest, kubeconfig: "secret-kubeconfig", context: "lab" }));
    before030 = await runProgram(() => ({ version: "0.3.0", gates: { via: "none" } }));
    ungated = await runProgram(() => ({ ...smallest, gates: { via: "none" } }));
  });

  it("registers everything under the component", () => {
    const [component] = run.requests;
    assert.equal(component?.type, "robustmq:index:RobustMQCluster");
    assert.deepEqual(run.requests.slice(1).filter(({ parent }) => parent !== component?.urn).map(({ urn }) => urn), []);
  });

  it("registers the objects and gates of every stage, with the types of their kinds", () => {
    const wanted = stagesOf(newestRelease()).flatMap(({ objects, gates }) => [
      ...objects.map(({ kind, suffix }) => `kubernetes:${kind === "StatefulSet" ? "apps" : "core"}/v1:${kind}/${objectName("demo", suffix)}`),
      ...gates.map(({ kind, pool }) => `pulumi-nodejs:dynamic/robustmq:Gate/${objectName("demo", pool)}-${kind}`),
    ]);
    const registered = run.requests.filter((request) => isKubernetes(request) || request.type.endsWith(":Gate")).map(({ type, name }) => `${type}/${name}`);
    assert.deepEqual(registered.sort(), wanted.sort());
  });

  for (const [title, programRun] of [["with gates", () => run], ["without gates", () => ungated], ["for 0.3.0 without gates", () => before030]] as const) {
    it(`lets no stage begin before everything of the one before it is done, ${title}`, () => {
      const current = programRun();
      const gated = title === "with gates";
      const members = stagesOf(title.includes("0.3.0") ? { workerOrder: ["journalServer", "mqttBroker"] } : newestRelease()).map(({ objects, gates }) => [
        ...objects.map(({ kind, suffix }) => find(current, `:${kind}`, objectName("demo", suffix))),
        ...(gated ? gates.map(({ kind, pool }) => find(current, ":Gate", `${objectName("demo", pool)}-${kind}`)) : []),
      ]);
      members.slice(1).forEach((stage, index) => {
        for (const request of stage) {
          const missing = (members[index] ?? []).filter(({ urn }) => !prerequisites(current, request).has(urn));
          assert.deepEqual(missing.map(({ urn }) => shortName(urn)), [], `${request.type} ${request.name} does not wait`);
        }
      });
    });
  }

  it("passes the gates of the placement-center one after another", () => {
    const [leader, formation] = ["leader", "formation"].map((kind) => find(run, ":Gate", `demo-placement-center-${kind}`));
    assert.ok(prerequisites(run, formation ?? assert.fail()).has(leader?.urn ?? ""));
    assert.ok(prerequisites(run, leader ?? assert.fail()).has(find(run, ":StatefulSet", "demo-placement-center").urn));
  });

  it("creates nothing on Kubernetes before the preflight", () => {
    const preflight = find(run, ":Preflight", "demo-preflight").urn;
    assert.deepEqual(run.requests.filter((request) => isKubernetes(request) && !prerequisites(run, request).has(preflight)).map(({ name }) => name), []);
  });

  it("keeps exactly the credentials and the marker with the claims", () => {
    assert.deepEqual(run.requests.filter(({ retainOnDelete }) => retainOnDelete).map(({ name }) => name).sort(), ["demo-bootstrapped", "demo-credentials"]);
  });

  it("switches the provider's own waiting off for every object", () => {
    for (const request of [...run.requests, ...before030.requests, ...ungated.requests].filter(isKubernetes)) {
      const metadata = request.inputs["metadata"] as { annotations?: Record<string, string> };
      assert.equal(metadata.annotations?.["pulumi.com/skipAwait"], "true", request.name);
    }
  });

  it("sends no secret value but marked as one, and none at all to ConfigMaps and StatefulSets", () => {
    assert.match(JSON.stringify(run.requests), /secret-of-demo-default-password/, "the search finds what is there");
    for (const request of run.requests) {
      const open = JSON.stringify(withoutSecrets(request.inputs));
      for (const value of ["secret-of-", "secret-private-key", "secret-kubeconfig"]) {
        assert.ok(!open.includes(value), `${request.type} ${request.name}`);
        assert.ok(!open.includes(Buffer.from(value).toString("base64").slice(0, 11)), `${request.type} ${request.name}, in base64`);
      }
      if (/:(ConfigMap|StatefulSet|Service)$/.test(request.type)) {
        assert.ok(!JSON.stringify(request.inputs).includes("secret-"), `${request.type} ${request.name}`);
      }
    }
  });

  it("marks what a dynamic provider answers as secret, where it is", () => {
    const marked = (type: string, name: string) => find(run, type, name).additionalSecretOutputs;
    assert.deepEqual(marked(":TlsPair", "demo-tls"), ["privateKey"]);
    assert.deepEqual(marked(":Preflight", "demo-preflight"), ["kubeconfig", "generated", "credentials"]);
    assert.deepEqual(marked(":Gate", "demo-placement-center-leader"), ["kubeconfig"]);
  });

  it("gives the outputs that the interface names", () => {
    const { endpoints, credentials, leader, nodes, version, namespace } = run.outputs;
    assert.deepEqual(Object.keys(endpoints?.value as object), ["mqtt", "mqtts", "ws", "wss", "kafka", "amqp", "nats", "admin"]);
    assert.deepEqual(Object.keys(before030.outputs["endpoints"]?.value as object), ["mqtt", "mqtts", "ws", "wss", "admin"]);
    assert.deepEqual(credentials, { value: { username: "admin", password: "secret-of-demo-default-password", adminUsername: "admin", adminPassword: "secret-of-demo-admin-password" }, known: true, secret: true });
    assert.deepEqual([leader?.value, version?.value, namespace?.value], ["demo-placement-center-0", "0.4.11", "default"]);
    assert.deepEqual((nodes?.value as { id: number }[]).map(({ id }) => id), [1, 2, 3, 1001, 1002, 5001, 5002, 5003]);
    assert.deepEqual(Object.entries(run.outputs).filter(([, output]) => output.secret).map(([key]) => key), ["credentials"]);
  });

  it("gives every gate what it looks at", () => {
    const inputs = find(run, ":Gate", "demo-mqtt-broker-registration").inputs;
    const { kind, pool, cluster, namespace, version, replicas, placementCenterReplicas, image, statefulSetUid, timeoutSeconds, context } = inputs;
    assert.deepEqual(
      { kind, pool, cluster, namespace, version, replicas, placementCenterReplicas, image, statefulSetUid, timeoutSeconds, context },
      { kind: "registration", pool: "mqttBroker", cluster: "demo", namespace: "default", version: "0.4.11", replicas: 2, placementCenterReplicas: 3, image: "ghcr.io/robustmq/robustmq:v0.4.11", statefulSetUid: "uid-of-demo-mqtt-broker", timeoutSeconds: 600, context: "lab" },
    );
  });

  it("registers neither gates nor a preflight with gates.via none, and reads no other cluster", () => {
    assert.deepEqual(ungated.requests.filter(({ type }) => /:(Gate|Preflight|Namespace)$/.test(type)).map(({ name }) => name), []);
    assert.deepEqual(ungated.outputs["leader"], { value: undefined, known: true, secret: false });
  });
});

describe("component and its arguments", function () {
  this.timeout(120_000);

  async function failureOf(args: object): Promise<Error> {
    return runProgram(() => args as RobustMQClusterArgs).then(
      (run) => assert.fail(`accepted, and registered ${run.requests.length} resources`),
      (error: unknown) => (error instanceof Error ? error : assert.fail(String(error))),
    );
  }

  it("throws one RunError with all paths, before anything but the component itself is registered", async () => {
    const error = await failureOf({ version: "9.9.9", placementCenter: { replicas: 2 }, mqttBroker: { replica: 3 }, namespace: "X" });
    assert.ok(pulumi.RunError.isInstance(error));
    for (const path of ["version", "placementCenter.replicas", "mqttBroker.replica", "namespace"]) {
      assert.match(error.message, new RegExp(`^ {2}- ${path.replace(".", "\\.")}: `, "m"));
    }
  });

  it("finds what is wrong although other arguments are Outputs", async () => {
    const error = await failureOf({ version: pulumi.output("0.4.11"), placementCenter: { replicas: 2, storage: pulumi.output("1Gi") }, mqttBroker: Promise.resolve({ replicas: 3 }) });
    assert.match(error.message, /placementCenter\.replicas: 2 is not valid/);
    assert.doesNotMatch(error.message, /version|mqttBroker|storage/);
  });

  it("takes Outputs, Promises and secrets for arguments", async () => {
    const run = await runProgram(() => ({
      version: pulumi.output("0.4.11"),
      namespace: pulumi.output(Promise.resolve("messaging")),
      mqttBroker: { replicas: Promise.resolve(4), resources: pulumi.output({ memory: "4Gi" }) },
      imagePullSecrets: [pulumi.output("mirror")],
      gates: { via: "none" },
    }));
    assert.equal(run.outputs["namespace"]?.value, "messaging");
    const { inputs } = find(run, ":StatefulSet", "demo-mqtt-broker");
    const { replicas, template } = inputs["spec"] as { replicas: number; template: { spec: { imagePullSecrets: unknown; containers: { resources: unknown }[] } } };
    assert.equal(replicas, 4);
    assert.deepEqual(template.spec.imagePullSecrets, [{ name: "mirror" }]);
    assert.deepEqual(template.spec.containers[0]?.resources, { requests: { memory: "1024Mi", cpu: "100m" }, limits: { memory: "4Gi" } });
  });

  it("shows in a first preview all that does not depend on ids and passwords", async () => {
    const run = await runProgram(() => ({ ...smallest }), { preview: true });
    const { inputs } = find(run, ":StatefulSet", "demo-mqtt-broker");
    assert.equal((inputs["spec"] as { replicas: number }).replicas, 2);
    assert.equal((inputs["metadata"] as { name: string }).name, "demo-mqtt-broker");
    assert.match(JSON.stringify(find(run, ":ConfigMap", "demo-configuration").inputs["data"]), /cluster_name/);
    assert.deepEqual(Object.entries(run.outputs).filter(([, { known }]) => !known).map(([key]) => key).sort(), ["credentials", "leader"]);
  });

  it("goes through a preview in which an argument is not known", async () => {
    const run = await runProgram(
      () => ({ ...smallest, namespace: new RandomId("later", { byteLength: 4 }).hex }),
      { preview: true },
    );
    assert.equal(run.outputs["namespace"]?.known, false);
    assert.ok(run.requests.some(({ type, name }) => type.endsWith(":StatefulSet") && name === "demo-mqtt-broker"));
  });
});

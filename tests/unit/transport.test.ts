import * as assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { V1Pod } from "../../provider/transport/clientNode";
import { describeFailure, isPermanent, Kubernetes, statusOf } from "../../provider/transport/kubernetes";
import { podView, statefulSetView } from "../../provider/transport/views";

/** Stands for the Kubernetes API server: answers each path as the test says, and keeps what it was asked. */
class FakeApiServer {
  readonly answers = new Map<string, { status: number; body: string }>();
  readonly asked: { method: string; path: string; body: string }[] = [];
  private server: Server | undefined;

  async listen(): Promise<string> {
    this.server = createServer((request, response) => void this.answer(request).then(({ status, body }) => response.writeHead(status, { "content-type": status === 200 && (request.url ?? "").includes("/log?") ? "text/plain" : "application/json" }).end(body)));
    await new Promise<void>((resolve) => this.server?.listen(0, "127.0.0.1", resolve));
    const server = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return JSON.stringify({
      apiVersion: "v1", kind: "Config", "current-context": "c",
      clusters: [{ name: "k", cluster: { server, "insecure-skip-tls-verify": true } }], users: [{ name: "u", user: {} }],
      contexts: [{ name: "c", context: { cluster: "k", user: "u" } }, { name: "other", context: { cluster: "k", user: "u" } }],
    });
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const path = request.url ?? "";
    this.asked.push({ method: request.method ?? "", path, body: Buffer.concat(chunks).toString("utf8") });
    return this.answers.get(path) ?? failure(404, "not found");
  }

  close(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

function failure(code: number, message: string) {
  return { status: code, body: JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", message, code }) };
}

describe("Kubernetes transport", () => {
  let api: FakeApiServer;
  let kubeconfig: string;
  let kubernetes: Kubernetes;
  beforeEach(async () => {
    api = new FakeApiServer();
    kubeconfig = await api.listen();
    kubernetes = await Kubernetes.connect({ kubeconfig });
  });
  afterEach(() => api.close());

  const log = (previous: boolean) => `/api/v1/namespaces/n/pods/p/log?container=robustmq&previous=${previous}&tailLines=15`;

  it("reads a container's last lines", async () => {
    api.answers.set(log(false), { status: 200, body: "one\ntwo\n" });
    assert.deepEqual(await kubernetes.lastLines("n", "p", "robustmq", 15), ["one", "two"]);
  });

  it("reads those of the run before when the present one has said nothing", async () => {
    api.answers.set(log(false), { status: 200, body: "" });
    api.answers.set(log(true), { status: 200, body: "last words" });
    assert.deepEqual(await kubernetes.lastLines("n", "p", "robustmq", 15), ["last words"]);
  });

  it("takes a container that is not there any more, and one without a run before, for silent ones", async () => {
    api.answers.set(log(false), { status: 200, body: "" });
    api.answers.set(log(true), failure(400, 'previous terminated container "robustmq" in pod "p" not found'));
    assert.deepEqual(await kubernetes.lastLines("n", "p", "robustmq", 15), []);
  });

  it("reports that it may not read them", async () => {
    api.answers.set(log(false), failure(403, "pods/log is forbidden"));
    await assert.rejects(kubernetes.lastLines("n", "p", "robustmq", 15), (error) => describeFailure(error) === "pods/log is forbidden" && isPermanent(error));
  });

  const pod = "/api/v1/namespaces/n/pods/p";

  for (const [title, answer] of [
    ["deletes exactly the pod of a UID", { status: 200, body: "{}" }],
    ["leaves a pod of that name with another UID", failure(409, "Precondition failed: UID in precondition: u, UID in object meta: v")],
    ["takes a pod that is gone for deleted", failure(404, 'pods "p" not found')],
  ] as const) {
    it(title, async () => {
      api.answers.set(pod, answer);
      await kubernetes.deletePod("n", "p", "u");
      assert.deepEqual(api.asked.map(({ method, path }) => `${method} ${path}`), [`DELETE ${pod}`]);
      assert.deepEqual(JSON.parse(api.asked[0]?.body ?? ""), { preconditions: { uid: "u" } });
    });
  }

  it("reports any other conflict", async () => {
    api.answers.set(pod, failure(409, "object is being deleted"));
    await assert.rejects(kubernetes.deletePod("n", "p", "u"), (error) => statusOf(error) === 409 && !isPermanent(error));
  });

  it("reads a Secret's values, decoded", async () => {
    api.answers.set("/api/v1/namespaces/n/secrets/s", { status: 200, body: JSON.stringify({ metadata: { name: "s", labels: { a: "b" } }, data: { key: "dmFsdWU=" } }) });
    assert.deepEqual(await kubernetes.secret("n", "s"), { labels: { a: "b" }, values: { key: "value" } });
    assert.equal(await kubernetes.secret("n", "none"), undefined);
  });

  it("names the contexts that a kubeconfig has instead of one that it has not", async () => {
    await assert.rejects(Kubernetes.connect({ kubeconfig, context: "wrong" }), /has no context "wrong"; it has c, other$/);
  });

  it("says in one line that nobody answers", async () => {
    api.close();
    const error: unknown = await kubernetes.clusterUid().then(() => assert.fail("answered"), (reason: unknown) => reason);
    assert.equal(isPermanent(error), false);
    assert.match(describeFailure(error), /^[^\n]*ECONNREFUSED[^\n]*$/);
  });
});

describe("views of Kubernetes objects", () => {
  const start = new Date("2026-01-01T00:00:00Z");
  const later = (seconds: number) => new Date(start.getTime() + seconds * 1000);
  const view = (status: V1Pod["status"], scaleUp = false) => podView({ metadata: { name: "p", uid: "u", labels: { "controller-revision-hash": "r" } }, status }, scaleUp);
  const ready = (value: string, seconds: number) => ({ startTime: start, conditions: [{ type: "Ready", status: value, lastTransitionTime: later(seconds) }] });

  for (const [title, status, wasReady] of [
    ["no status", undefined, false],
    ["never ready", ready("False", 0), false],
    ["never ready, noticed a second later", ready("False", 1), false],
    ["ready", ready("True", 5), true],
    ["ready once", ready("False", 60), true],
  ] as const) {
    it(`${title}: ${wasReady ? "was" : "was never"} ready`, () => assert.equal(view(status && { ...status, conditions: [...status.conditions] }).wasReady, wasReady));
  }

  const status = (state: object, lastState?: object, name = "robustmq") => ({ containerStatuses: [{ name, image: "i", imageID: "", ready: false, restartCount: 1, state, ...(lastState === undefined ? {} : { lastState }) }] });
  const exited = (exitCode: number) => ({ terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error" } });

  for (const [title, given, trouble] of [
    ["starting", status({ waiting: { reason: "ContainerCreating" } }), undefined],
    ["waiting for the guard", status({ waiting: { reason: "PodInitializing" } }), undefined],
    ["running", status({ running: {} }, exited(1)), undefined],
    ["ended well", status(exited(0)), undefined],
    ["ended with 101", status(exited(101)), { reason: "Error", exitCode: 101 }],
    ["crashing again and again", status({ waiting: { reason: "CrashLoopBackOff", message: "back-off" } }, exited(1)), { reason: "CrashLoopBackOff", message: "back-off", exitCode: 1 }],
    ["no image", status({ waiting: { reason: "ErrImagePull", message: "denied" } }), { reason: "ErrImagePull", message: "denied", exitCode: undefined }],
    ["a sidecar that somebody else injected", status(exited(1), undefined, "istio-proxy"), undefined],
  ] as const) {
    it(`container ${title}`, () => {
      const found = view(given).trouble;
      assert.deepEqual(found && { reason: found.reason, exitCode: found.exitCode, ...(found.message === undefined ? {} : { message: found.message }) }, trouble);
    });
  }

  it("the start guard's trouble comes before the broker's", () => {
    const { containerStatuses } = status({ waiting: { reason: "PodInitializing" } });
    const guard = status(exited(1), undefined, "start-guard").containerStatuses;
    assert.equal(view({ containerStatuses, initContainerStatuses: guard }).trouble?.container, "start-guard");
  });

  it("a pod that no node takes", () => {
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "Insufficient memory" };
    assert.deepEqual([view({ conditions: [condition] }, true)].map(({ unschedulable, scaleUpTriggered }) => [unschedulable, scaleUpTriggered]), [["Insufficient memory", true]]);
    assert.equal(view({ conditions: [{ ...condition, reason: "SchedulerError" }] }).unschedulable, undefined);
  });

  it("a StatefulSet's revision counts only when its controller has seen the present template", () => {
    const revision = (observedGeneration: number) => statefulSetView({ metadata: { uid: "u", generation: 2 }, spec: { replicas: 3, serviceName: "s", selector: {}, template: {} }, status: { replicas: 3, observedGeneration, updateRevision: "r" } });
    assert.deepEqual([revision(1).updateRevision, revision(2).updateRevision, revision(2).replicas], [undefined, "r", 3]);
  });
});

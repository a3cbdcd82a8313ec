/** The kubernetes provider on a real API server (ROBUSTMQ_TEST_KUBECONFIG), in a namespace of its own. */
import { strict as assert } from "node:assert";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { engines, PulumiDriver, type EngineChoice, type PreviewDigest } from "../../lab/engine/driver";
import { KubernetesClient } from "../../lab/engine/providers/kubernetes/client";
import { type ValueMap } from "../../lab/engine/values/property";
import { mapAt } from "../../lab/engine/providers/kubernetes/objects";
import { assertSuccess, NODE_MODULES, PROGRAMS } from "./harness";

const kubeconfig = process.env.ROBUSTMQ_TEST_KUBECONFIG;
const SETTINGS_STATEFUL_SET = "/apis/apps/v1/namespaces";

type Settings = Record<string, unknown>;

function opsOf(digest: PreviewDigest): string[] {
  return digest.steps.filter(({ op }) => !["same", "read"].includes(op)).map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`);
}

function describeEngine(engine: EngineChoice): void {
  describe(`kubernetes provider: ${engine.name}`, function () {
    this.timeout(180_000);
    const namespace = `engine-test-${crypto.randomBytes(3).toString("hex")}`;
    let dir: string;
    let client: KubernetesClient;
    let driver: PulumiDriver;

    const env = (settings: Settings): NodeJS.ProcessEnv => ({ SETTINGS: JSON.stringify(settings) });
    const up = async (settings: Settings): Promise<string> => assertSuccess(await driver.up({ env: env(settings) }), "up").stdout;
    const preview = (settings: Settings): Promise<PreviewDigest> => driver.previewJson({ env: env(settings) });
    const get = (kind: "configmaps" | "secrets" | "services", name: string): Promise<ValueMap> => client.request("GET", `/api/v1/namespaces/${namespace}/${kind}/${name}`);
    const getSet = (): Promise<ValueMap> => client.request("GET", `${SETTINGS_STATEFUL_SET}/${namespace}/statefulsets/set`);
    const uid = (object: ValueMap): unknown => mapAt(object, "metadata").uid;

    before(async () => {
      client = await KubernetesClient.load({ kubeconfig, context: undefined, cluster: undefined });
      await client.request("POST", "/api/v1/namespaces", { body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } } });
      dir = fs.mkdtempSync(path.join(os.tmpdir(), "engine-kubernetes-"));
      fs.cpSync(path.join(PROGRAMS, "kubernetes"), path.join(dir, "program"), { recursive: true });
      fs.symlinkSync(NODE_MODULES, path.join(dir, "node_modules"));
      driver = new PulumiDriver({
        executable: engine.executable, projectDir: path.join(dir, "program"), stateDir: path.join(dir, "state"), stack: "test",
        env: { KUBECONFIG: kubeconfig, TEST_NAMESPACE: namespace },
      });
      await driver.init();
    });

    after(async () => {
      await client.request("DELETE", `/api/v1/namespaces/${namespace}`);
      client.close();
      fs.rmSync(dir, { recursive: true, force: true });
    });

    it("creates client-side and reads; a second up finds nothing to do", async () => {
      await up({});
      const outputs = await driver.outputs();
      assert.equal(outputs.systemUid, uid(await client.request("GET", "/api/v1/namespaces/kube-system")));
      assert.equal(outputs.setUid, uid(await getSet()));
      const data = mapAt(await get("secrets", "secret"), "data");
      assert.equal(Buffer.from(String(data.password), "base64").toString(), "k8s-secret-text");
      const state = JSON.stringify(await driver.exportState());
      assert.ok(!state.includes("k8s-secret-text") && !state.includes(String(data.password)), "the secret is not in the state in plain");
      assert.deepEqual(opsOf(await preview({})), []);
    });

    it("updates in place by server-side apply, and removes what the program leaves out", async () => {
      const before = uid(await getSet());
      const settings = { memory: "128Mi", env: [{ name: "A", value: "1" }] };
      const digest = await preview(settings);
      assert.deepEqual(opsOf(digest), ["update set"]);
      const container = "spec.template.spec.containers[0]";
      assert.deepEqual(digest.steps.find(({ urn }) => urn.endsWith("::set"))?.detailedDiff, {
        [`${container}.env`]: { kind: "add", inputDiff: false },
        [`${container}.resources.limits.memory`]: { kind: "update", inputDiff: false },
      });
      await up(settings);
      assert.equal(uid(await getSet()), before);
      assert.ok(containerOf(await getSet()).env !== undefined);
      await up({});
      assert.equal(containerOf(await getSet()).env, undefined, "the field we owned is gone");
      const managers = mapAt(await getSet(), "metadata").managedFields as ValueMap[];
      assert.ok(managers.some(({ manager, operation }) => String(manager).startsWith("pulumi-kubernetes-") && operation === "Apply"));
    });

    function containerOf(set: ValueMap): ValueMap {
      return (mapAt(set, "spec", "template", "spec").containers as ValueMap[])[0] as ValueMap;
    }

    it("previews on the server, which refuses what is invalid", async () => {
      const result = await driver.preview({ env: env({ port: 99999 }) });
      assert.notEqual(result.code, 0);
      assert.match(result.stdout + result.stderr, /must be between 1 and 65535/);
    });

    it("replaces what cannot change in place", async () => {
      const [setBefore, configBefore] = [uid(await getSet()), uid(await get("configmaps", "config"))];
      const settings = { level: "debug", podManagementPolicy: "OrderedReady" };
      const ops = opsOf(await preview(settings)).filter((op) => op.startsWith("replace "));
      assert.deepEqual(ops.sort(), ["replace config", "replace generated", "replace set"]);
      await up(settings);
      assert.notEqual(uid(await getSet()), setBefore);
      assert.notEqual(uid(await get("configmaps", "config")), configBefore);
      assert.deepEqual(opsOf(await preview(settings)), []);
    });

    it("notices drift with refresh, and mends it", async () => {
      const settings = { level: "debug", podManagementPolicy: "OrderedReady" };
      const target = `${SETTINGS_STATEFUL_SET}/${namespace}/statefulsets/set`;
      const body = { spec: { template: { spec: { containers: [{ name: "web", resources: { limits: { memory: "32Mi" } } }] } } } };
      await client.request("PATCH", target, { body, contentType: "application/strategic-merge-patch+json", query: { fieldManager: "pulumi-kubernetes" } });
      assertSuccess(await driver.refresh({ env: env(settings) }), "refresh");
      assert.deepEqual(opsOf(await preview(settings)), ["update set"]);
      await up(settings);
      assert.equal(mapAt(containerOf(await getSet()), "resources", "limits").memory, "64Mi");
    });

    it("keeps an object that did not become ready in time", async () => {
      const settings = { level: "debug", podManagementPolicy: "OrderedReady", job: true };
      const result = await driver.up({ env: env(settings) });
      assert.notEqual(result.code, 0);
      const { deployment } = await driver.exportState();
      const job = (deployment.resources ?? []).find(({ urn }) => String(urn).endsWith("::job"));
      assert.ok(Array.isArray(job?.initErrors) && job.initErrors.length > 0, "its state is kept with the reasons");
    });

    it("destroys and waits until everything is gone", async () => {
      assertSuccess(await driver.destroy({ env: env({}) }), "destroy");
      await assert.rejects(getSet(), /not found/);
      await assert.rejects(get("configmaps", "config"), /not found/);
      const { deployment } = await driver.exportState();
      assert.deepEqual(deployment.resources ?? [], []);
    });
  });
}

if (kubeconfig === undefined) it("NOT RUN: kubernetes provider (ROBUSTMQ_TEST_KUBECONFIG is not set)");
else for (const engine of engines()) if (engine.missing === undefined) describeEngine(engine);

/** `up` killed half-way, at five moments: the next one goes on, nothing is there twice and nothing is lost. */
import { strict as assert } from "node:assert";
import type { RunOptions } from "../../lab/engine/driver";
import { CLUSTER_ID_LABEL } from "../../provider/plan/labels";
import type { Bench } from "./support/bench";
import { assertOneCluster } from "./support/raft";
import { scenario } from "./support/scenario";
import { until } from "./support/until";

const args = { placementCenter: { replicas: 3 } };

/** The first line that says so. */
const says = (pattern: RegExp) => (): RunOptions => ({ killAfter: (line: string) => pattern.test(line) });

/** An object is in Kubernetes: its creation may not be in the state yet. */
const exists = (object: string) => (bench: Bench): RunOptions => ({
  killAfter: until(`${object} appears`, async () => (await bench.ns.objects()).has(object), 300),
});

const moments: { title: string; options: (bench: Bench) => RunOptions }[] = [
  { title: "when the first Secret is made", options: says(/Secret c-\S+ created/) },
  { title: "when the first Service is made", options: says(/Service c-\S+ created/) },
  { title: "while the leader gate waits", options: says(/gate leader of placement-center: \d of 3 raft groups/) },
  { title: "as soon as the brokers' StatefulSet is there", options: exists("StatefulSet c-mqtt-broker") },
  { title: "while a registration gate waits", options: says(/gate registration of (mqtt-broker|journal-server): \d of 1 ready/) },
];

const objects = [
  ...["c-bootstrapped", "c-configuration"].map((name) => `ConfigMap ${name}`),
  ...["c-journal-server-0", "c-mqtt-broker-0", "c-placement-center-0", "c-placement-center-1", "c-placement-center-2"].map((pod) => `PersistentVolumeClaim data-${pod}`),
  ...["c-credentials", "c-tls"].map((name) => `Secret ${name}`),
  ...["c-admin", "c-client", "c-journal-server", "c-mqtt-broker", "c-placement-center"].map((name) => `Service ${name}`),
  ...["c-journal-server", "c-mqtt-broker", "c-placement-center"].map((name) => `StatefulSet ${name}`),
];

scenario("an up that is killed is gone on with by the next", (bench) => {
  let id: string | undefined;
  let running = new Map<string, string>();

  for (const { title, options } of moments) {
    it(`killed ${title}, after what was killed before`, async () => {
      const killed = await bench().tryUp(args, options(bench()));
      assert.equal(killed.signal, "SIGKILL", `it was killed before it ended:\n${killed.stdout}${killed.stderr}`);
      await bench().unlock();
      await assertStill();
    });
  }

  it("is brought to its end, with one object of each name and the pods that ran", async () => {
    await bench().up(args);
    await bench().ns.ready(5);
    await assertStill();
    assert.deepEqual([...(await bench().ns.objects()).keys()], objects);
    const { deployment } = await bench().exportState();
    const urns = (deployment.resources ?? []).map(({ urn }) => String(urn));
    assert.equal(new Set(urns).size, urns.length, "each resource is in the state once");
    await assertOneCluster(bench().ns, ["c-placement-center-0", "c-placement-center-1", "c-placement-center-2"]);
    await bench().talk("c-mqtt-broker-0", "c-mqtt-broker-0");
  });

  it("has nothing more to do then", async () => {
    const preview = await bench().previewJson(args);
    assert.deepEqual(preview.steps.filter(({ op }) => !["same", "read"].includes(op)), []);
  });

  /** The pods of the run before are there with their UIDs and restarts, and everything has one and the same identity. */
  async function assertStill(): Promise<void> {
    const now = await bench().ns.identities();
    const alive = (pods: ReadonlyMap<string, string>) => [...pods].map(([pod, identity]) => [pod, identity.split(" ")[0]]);
    assert.deepEqual(alive(new Map([...now].filter(([pod]) => running.has(pod)))), alive(running));
    running = now;
    const ids = new Set(await clusterIds(bench()));
    assert.deepEqual([...ids], [id ?? [...ids][0]], "all objects belong to the same cluster");
    id = [...ids][0];
  }
});

/** The cluster's id on every Secret and StatefulSet. */
async function clusterIds(bench: Bench): Promise<(string | undefined)[]> {
  const namespace = bench.ns.name;
  const lists = [await bench.ns.core.listNamespacedSecret({ namespace }), await bench.ns.apps.listNamespacedStatefulSet({ namespace })];
  return lists.flatMap((list) => list.items.map(({ metadata }) => metadata?.labels?.[CLUSTER_ID_LABEL]));
}

/** Several clusters in one namespace, objects of strangers, and changes that would lose data. */
import { strict as assert } from "node:assert";
import { LONGEST_NAME } from "../../provider/spec/name";
import { Bench, text } from "./support/bench";
import { scenario } from "./support/scenario";
import { until } from "./support/until";

/** As long as a name may be, and made to collide if names were put together carelessly. */
const LONG = "a-mqtt-broker-0-placement-center-xy";

scenario("clusters share a namespace without touching each other or anybody else's objects", (bench, engine) => {
  let second: Bench;
  after(() => second?.removeFiles());

  it("brings up one cluster, and beside it one whose name is as long as can be", async () => {
    assert.equal(LONG.length, LONGEST_NAME);
    await bench().up({ name: "a", mqttBroker: { replicas: 2 } });
    const before = [await bench().ns.identities(), await bench().ns.objects()] as const;
    second = await Bench.inNamespace(engine, bench().ns);
    await second.up({ name: LONG });
    await bench().ns.ready(7);
    const after = [await bench().ns.identities(), await bench().ns.objects()] as const;
    for (const index of [0, 1] as const) {
      assert.deepEqual(new Map([...after[index]].filter(([name]) => before[index].has(name))), before[index], "nothing of the first was touched");
    }
    await bench().talk("a-mqtt-broker-0", "a-mqtt-broker-1");
    await second.talk(`${LONG}-mqtt-broker-0`, `${LONG}-mqtt-broker-0`);
    assert.notEqual((await bench().credentials()).password, (await second.credentials()).password);
  });

  it("refuses a name whose StatefulSet belongs to a stranger, and leaves that as it is", async () => {
    const { ns } = bench();
    const foreign = await createStatefulSet(bench(), "f-journal-server");
    const before = await ns.objects();
    const third = await Bench.inNamespace(engine, ns);
    try {
      assert.match(await third.failingUp({ name: "f" }), /StatefulSet \S+\/f-journal-server exists and was not made by this package\. Choose another name or namespace; nothing was created/);
    } finally {
      third.removeFiles();
    }
    assert.deepEqual(await ns.objects(), before);
    const now = await ns.apps.readNamespacedStatefulSet({ namespace: ns.name, name: "f-journal-server" });
    assert.equal(now.metadata?.resourceVersion, foreign);
  });

  it("refuses a name that another stack's cluster has", async () => {
    const fourth = await Bench.inNamespace(engine, bench().ns);
    const before = await bench().ns.identities();
    try {
      assert.match(await fourth.failingUp({ name: "a" }), /StatefulSet \S+\/a-placement-center exists and belongs to the cluster with id [0-9a-f]{16}/);
    } finally {
      fourth.removeFiles();
    }
    assert.deepEqual(await bench().ns.identities(), before);
  });

  it("refuses fewer nodes and other storage at preview, with the reason", async () => {
    const result = await bench().preview({ name: "a", mqttBroker: { replicas: 1 }, placementCenter: { storage: "2Gi" } });
    assert.notEqual(result.code, 0);
    assert.match(text(result), /2 => 1: taking nodes away needs their replicas moved and their membership ended first/);
    assert.match(text(result), /1Gi => 2Gi: Kubernetes would replace the whole StatefulSet and stop every pod at once/);
  });
});

/** One that has no pods. Returns its resource version. */
async function createStatefulSet(bench: Bench, name: string): Promise<string | undefined> {
  const { ns } = bench;
  const labels = { app: "somebody-else" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "idle", image: "localhost/none" }] } };
  const body = { metadata: { name }, spec: { replicas: 0, serviceName: name, selector: { matchLabels: labels }, template } };
  await ns.apps.createNamespacedStatefulSet({ namespace: ns.name, body });
  // Its controller writes the status once; only then is the version one that stays.
  const settled = await until(`${name} is taken up`, async () => {
    const object = await ns.apps.readNamespacedStatefulSet({ namespace: ns.name, name });
    return object.status?.observedGeneration === object.metadata?.generation ? object : undefined;
  });
  return settled.metadata?.resourceVersion;
}

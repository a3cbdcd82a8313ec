/** 0.3.0: another dialect, pure roles, and nodes that form a cluster in parallel. */
import { strict as assert } from "node:assert";
import { image, tags } from "./support/environment";
import { restarts } from "./support/kubernetes";
import { assertOneCluster } from "./support/raft";
import { measured, scenario } from "./support/scenario";

const args = { version: "0.3.0", image: { repository: image, tag: tags.old }, placementCenter: { replicas: 3 }, mqttBroker: { replicas: 2 } };
const centers = ["c-placement-center-0", "c-placement-center-1", "c-placement-center-2"];

scenario("a 0.3.0 cluster forms in parallel", (bench) => {
  it("comes up without a guard, in the old dialect", async () => {
    await bench().up(args);
    const pods = await bench().ns.ready(6);
    // Of two new brokers that make the inner topics at once, one may end and be started again (as facts/robustmq §11.14 says).
    assert.ok(pods.every((pod) => restarts(pod) <= (pod.metadata?.name?.includes("mqtt-broker") === true ? 1 : 0)), `restarts: ${pods.map(restarts).join(", ")}`);
    assert.ok(pods.every((pod) => pod.spec?.initContainers === undefined));
    const started = pods.filter((pod) => centers.includes(pod.metadata?.name ?? "")).map((pod) => pod.status?.containerStatuses?.[0]?.state?.running?.startedAt?.toISOString());
    measured(`placement-centers started at ${started.join(", ")}`);
    await assertOneCluster(bench().ns, centers);
  });

  it("carries messages from broker to broker", async () => {
    await bench().talk("c-mqtt-broker-0", "c-mqtt-broker-1");
  });

  it("changes nothing in a second up", async () => {
    const before = await bench().ns.identities();
    await bench().up(args);
    assert.deepEqual(await bench().ns.identities(), before);
  });
});

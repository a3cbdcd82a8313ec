/** What the cluster survives by itself, without any `up`: all pods gone at once, and a disk lost. */
import { strict as assert } from "node:assert";
import type { V1Pod } from "../../provider/transport/clientNode";
import { statusOf } from "../../provider/transport/kubernetes";
import { type Bench, small } from "./support/bench";
import { tags } from "./support/environment";
import { restarts, type TestNamespace } from "./support/kubernetes";
import { assertOneCluster } from "./support/raft";
import { measured, scenario } from "./support/scenario";
import { until } from "./support/until";

const args = { ...small(tags.quick), placementCenter: { replicas: 3 } };
const centers = ["c-placement-center-0", "c-placement-center-1", "c-placement-center-2"];
const TOPIC = "outage/reading";

scenario("the cluster heals by itself from losing all pods, and the first node from losing its disk", (bench) => {
  it("comes up and is given a message to keep", async () => {
    await bench().up(args);
    await bench().ns.ready(5);
    await bench().retain("c-mqtt-broker-0", TOPIC, "21.5");
  });

  it("is back after all pods were deleted at once: together, and without a restart", async () => {
    const before = await bench().ns.pods();
    const begin = Date.now();
    await bench().ns.deletePods(...names(before));
    const after = await bench().ns.ready(5, uids(before));
    measured(`all pods ready ${((Date.now() - begin) / 1000).toFixed(0)} s after all were deleted (stand-in with short waits)`);
    assert.deepEqual(after.map(restarts), [0, 0, 0, 0, 0]);
    await assertAsBefore(bench());
  });

  it("is back after it was stopped and started cold, with its disks", async () => {
    const before = await bench().ns.pods();
    await scale(bench().ns, 0);
    await until("all pods are gone", async () => (await bench().ns.pods()).length === 0);
    await scale(bench().ns, 1);
    const after = await bench().ns.ready(5, uids(before));
    assert.deepEqual(after.map(restarts), [0, 0, 0, 0, 0]);
    for (const pod of centers.slice(1)) {
      assert.match(await bench().ns.log(pod, "start-guard"), /starts: it has been a member of this cluster before/, "nobody waited for anybody");
    }
    await assertAsBefore(bench());
  });

  it("takes the first node back with an empty disk, and founds no second cluster", async () => {
    const { ns } = bench();
    const others = new Map([...(await ns.identities())].filter(([pod]) => pod !== centers[0]));
    await loseDisk(ns, "c-placement-center-0");
    await ns.ready(5);
    assert.deepEqual(new Map([...(await ns.identities())].filter(([pod]) => pod !== centers[0])), others, "no other pod was touched");
    const pod = await ns.pod("c-placement-center-0");
    assert.ok(restarts(pod) <= 1, `restarts: ${restarts(pod)}`);
    assert.doesNotMatch(JSON.stringify(pod.status), /CrashLoopBackOff/);
    assert.match(await ns.log("c-placement-center-0", "start-guard"), /starts: its peers know it and lead all 3 raft groups; it rejoins/);
    await assertAsBefore(bench());
  });

});

async function assertAsBefore(bench: Bench): Promise<void> {
  await assertOneCluster(bench.ns, centers);
  assert.equal(await bench.retained("c-mqtt-broker-0", TOPIC), "21.5");
  await bench.talk("c-mqtt-broker-0", "c-mqtt-broker-0");
}

function names(pods: readonly V1Pod[]): string[] {
  return pods.map((pod) => pod.metadata?.name ?? "");
}

function uids(pods: readonly V1Pod[]): Set<string> {
  return new Set(pods.map((pod) => pod.metadata?.uid ?? ""));
}

/** All pools to no pods, or back to what they had. */
async function scale(ns: TestNamespace, factor: 0 | 1): Promise<void> {
  for (const [pool, replicas] of [["placement-center", 3], ["mqtt-broker", 1], ["journal-server", 1]] as const) {
    const name = `c-${pool}`;
    await until(`${name} is scaled`, async () => {
      const current = await ns.apps.readNamespacedStatefulSet({ namespace: ns.name, name });
      if (current.spec !== undefined) {
        current.spec.replicas = replicas * factor;
      }
      // Its controller may have written in between; then once more.
      return ns.apps.replaceNamespacedStatefulSet({ namespace: ns.name, name, body: current }).catch((error: unknown) => {
        if (statusOf(error) === 409) return undefined;
        throw error;
      });
    });
  }
}

/** A claim goes only when no pod uses it, and its pod comes back at once: so both, until the claim is a new one. */
async function loseDisk(ns: TestNamespace, pod: string): Promise<void> {
  const name = `data-${pod}`;
  const claim = async () => (await ns.core.listNamespacedPersistentVolumeClaim({ namespace: ns.name, fieldSelector: `metadata.name=${name}` })).items[0];
  const old = (await claim())?.metadata?.uid;
  assert.ok(old !== undefined);
  await ns.core.deleteNamespacedPersistentVolumeClaim({ namespace: ns.name, name });
  const oldPod = (await ns.pod(pod)).metadata?.uid ?? "";
  await ns.deletePods(pod);
  await until(`${name} is a new claim`, async () => {
    const now = await claim();
    return now !== undefined && now.metadata?.uid !== old && now.metadata?.deletionTimestamp === undefined;
  });
  await until(`${pod} is a new pod`, async () => (await ns.pods()).some(({ metadata }) => metadata?.name === pod && metadata.uid !== oldPod));
}

/** What destroy leaves behind, and coming back to it. */
import { strict as assert } from "node:assert";
import { type Bench, type Credentials, small, text } from "./support/bench";
import { tags } from "./support/environment";
import { scenario } from "./support/scenario";

const args = { ...small(tags.quick), placementCenter: { replicas: 3 } };
const TOPIC = "kept/reading";

scenario("destroy keeps data and credentials, and a new up goes on with them", (bench) => {
  let credentials: Credentials;
  let clusterId: string;
  let claims: Map<string, string>;

  it("comes up and is given a message to keep", async () => {
    await bench().up(args);
    credentials = await bench().credentials();
    clusterId = await markerId(bench());
    claims = await kept(bench());
    await bench().retain("c-mqtt-broker-0", TOPIC, "21.5");
  });

  it("is destroyed but for claims, credentials and marker, and says so", async () => {
    const said = text(await bench().destroy());
    assert.match(said, /kept: 5 claims with the cluster's data, Secret c-credentials and ConfigMap c-bootstrapped in namespace/);
    assert.match(said, /to remove them for good: kubectl -n \S+ delete pvc,secret,configmap -l /);
    const left = [...claims.keys(), "ConfigMap c-bootstrapped", "Secret c-credentials"].sort();
    assert.deepEqual([...(await bench().ns.objects()).keys()], left);
    assert.deepEqual(await bench().ns.pods(), []);
    assert.deepEqual((await bench().exportState()).deployment.resources ?? [], [], "and the state is empty");
  });

  it("comes back with its data, its identity and its users", async () => {
    assert.match(text(await bench().up(args)), /goes on with the data of 3 kept claims/);
    await assertSameCluster();
  });

  it("comes back the same way when the state is lost", async () => {
    await bench().destroy();
    await bench().loseState();
    await bench().up(args);
    await assertSameCluster();
  });

  async function assertSameCluster(): Promise<void> {
    assert.deepEqual(await bench().credentials(), credentials);
    assert.equal(await markerId(bench()), clusterId);
    assert.deepEqual(await kept(bench()), claims);
    assert.equal(await bench().retained("c-mqtt-broker-0", TOPIC), "21.5");
    assert.ok((await bench().ns.pods()).every((pod) => pod.status?.containerStatuses?.[0]?.restartCount === 0), "without a restart");
  }
});

async function kept(bench: Bench): Promise<Map<string, string>> {
  return new Map([...(await bench.ns.objects())].filter(([name]) => name.startsWith("PersistentVolumeClaim ")));
}

async function markerId(bench: Bench): Promise<string> {
  const { data } = await bench.ns.core.readNamespacedConfigMap({ namespace: bench.ns.name, name: "c-bootstrapped" });
  return data?.["cluster-id"] ?? "";
}

/** The order of a bring-up, as the pods and gates tell it themselves; then everyday changes to the cluster. */
import { strict as assert } from "node:assert";
import { measured, scenario } from "./support/scenario";
import { type Bench, text } from "./support/bench";
import { assertNoSecrets, generatedSecrets } from "./support/secrets";

scenario("a cluster comes up in order, and changes touch only what they name", (bench) => {
  let upText = "";

  it("comes up", async () => {
    upText = text(await bench().up(cluster(2)));
    await bench().ns.ready(7);
    const serving = upText.indexOf("the outputs are there");
    const registered = upText.indexOf("gate registration of journal-server: open");
    assert.ok(registered >= 0 && serving > registered, "the component has outputs only after the last gate");
  });

  it("starts each placement-center only when the one before has its place", async () => {
    const led = await logTime(bench(), "c-placement-center-0", "robustmq", /leadership: \[metadata_0\] .*current leader is 1\b/);
    const firstMayStart = await logTime(bench(), "c-placement-center-1", "start-guard", /start-guard: node 2: starts: .* leads all 3 raft groups; it joins/);
    const firstJoined = await logTime(bench(), "c-placement-center-1", "robustmq", /Successfully joined cluster/);
    const secondMayStart = await logTime(bench(), "c-placement-center-2", "start-guard", /start-guard: node 3: starts: .* leads all 3 raft groups; it joins/);
    measured(`pc-0 led at ${led}; pc-1 was let go at ${firstMayStart}, had joined at ${firstJoined}; pc-2 was let go at ${secondMayStart}`);
    assertOrder(led, firstMayStart, firstJoined, secondMayStart);
    for (const [ordinal, time] of [[1, firstMayStart], [2, secondMayStart]] as const) {
      const pod = await bench().ns.pod(`c-placement-center-${ordinal}`);
      const ended = pod.status?.initContainerStatuses?.[0]?.state?.terminated?.finishedAt;
      const started = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt;
      assertOrder(wholeSecond(time), ended?.toISOString(), started?.toISOString());
    }
  });

  it("starts brokers after formation, and journal nodes after the brokers registered", async () => {
    const outputs = await bench().stateOutputs();
    const opened = (name: string) => String([...outputs].find(([key]) => key.endsWith(` ${name}`))?.[1]["openedAt"]);
    const [leader, formation] = [opened("c-placement-center-leader"), opened("c-placement-center-formation")];
    const [brokers, journals] = [opened("c-mqtt-broker-registration"), opened("c-journal-server-registration")];
    measured(`gates opened: leader ${leader}, formation ${formation}, brokers ${brokers}, journal nodes ${journals}`);
    assertOrder(leader, formation, brokers, journals);
    for (const pod of await bench().ns.pods()) {
      const started = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt?.toISOString();
      const before = pod.metadata?.name?.includes("mqtt-broker") ? formation : pod.metadata?.name?.includes("journal") ? brokers : undefined;
      if (before !== undefined) {
        assertOrder(wholeSecond(before), started);
      }
    }
  });

  it("carries QoS 1 messages from broker to broker, for the user that `credentials` names", async () => {
    await bench().talk("c-mqtt-broker-0", "c-mqtt-broker-1");
  });

  it("changes nothing in a second up", async () => {
    const before = [await bench().ns.identities(), await bench().ns.objects()];
    const again = text(await bench().up(cluster(2)));
    assert.match(again, /24 unchanged/);
    assert.deepEqual([await bench().ns.identities(), await bench().ns.objects()], before);
  });

  it("shows more brokers in the preview, and touches no other pod", async () => {
    const preview = text(await bench().preview(cluster(4)));
    const shown = [...preview.matchAll(/^\s+~ .*replicas\s*:\s*2 => 4$/gm)];
    assert.equal(shown.length, 2, `the StatefulSet and its gate show replicas 2 => 4:\n${preview}`);
    const before = await bench().ns.identities();
    await bench().up(cluster(4));
    await bench().ns.ready(9);
    const after = await bench().ns.identities();
    assert.deepEqual(new Map([...after].filter(([pod]) => before.has(pod))), before);
    assert.deepEqual([...after.keys()].filter((pod) => !before.has(pod)), ["c-mqtt-broker-2", "c-mqtt-broker-3"]);
    await bench().talk("c-mqtt-broker-3", "c-mqtt-broker-0");
  });

  it("shows no password and no key outside the Secrets", async () => {
    await assertNoSecrets(bench(), await generatedSecrets(bench(), "c"));
  });
});

function cluster(brokers: number) {
  return { placementCenter: { replicas: 3 }, mqttBroker: { replicas: brokers }, journalServer: { replicas: 2 } };
}

/** When a container wrote a line: the first word of it. */
async function logTime(bench: Bench, pod: string, container: string, pattern: RegExp): Promise<string> {
  const line = (await bench.ns.log(pod, container)).split("\n").find((candidate) => pattern.test(candidate));
  assert.ok(line !== undefined, `${container} of ${pod} never said ${pattern}`);
  return line.split(/\s/)[0] ?? "";
}

/** Kubernetes keeps whole seconds. */
function wholeSecond(time: string): string {
  return new Date(Math.floor(Date.parse(time) / 1000) * 1000).toISOString();
}

function assertOrder(...times: (string | undefined)[]): void {
  const numbers = times.map((time) => Date.parse(time ?? ""));
  assert.ok(numbers.every((time, index) => index === 0 || time >= (numbers[index - 1] ?? NaN)), `not in order: ${times.join(", ")}`);
}

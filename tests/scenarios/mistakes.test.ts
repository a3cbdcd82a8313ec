/** Mistakes that only the kubelet or the scheduler sees: `up` ends with the reason at once, and goes on when they are mended. */
import { strict as assert } from "node:assert";
import type { RunOptions } from "../../lab/engine/driver";
import type { V1Pod } from "../../provider/transport/clientNode";
import type { Bench } from "./support/bench";
import { image, tags } from "./support/environment";
import { isReady } from "./support/kubernetes";
import { measured, scenario } from "./support/scenario";
import { generatedSecrets } from "./support/secrets";

/** The issue asks for 10 s; a busy machine gets twice that. The figure itself is shown. */
const REPORT_SECONDS = 20;

const withTag = (tag: string) => ({ image: { repository: image, tag } });

scenario("a pod that cannot start ends up at once with the reason, and needs no hand once mended", (bench) => {
  it("names a wrong image", async () => {
    const { said, at } = await timedFailure(bench(), withTag("0.4.11-no-such-tag"));
    assert.match(said, /gate leader of placement-center cannot open \(ImageUnavailable\): c-placement-center-0: .*no-such-tag/);
    assert.match(said, /Check version, image\.repository, image\.tag or image\.digest, and imagePullSecrets/);
    assertSoon("wrong image", at, await failedEvent(bench(), "c-placement-center-0"));
  });

  it("quotes the last lines of a container that crashes, without the secrets in them", async () => {
    const { said, at } = await timedFailure(bench(), withTag(tags.crash));
    assert.match(said, /replaces c-placement-center-0: it was made from an older template and has never been ready/);
    assert.match(said, /\(ContainerCrashed\): c-placement-center-0: container robustmq ended with exit code 101/);
    assert.match(said, /panicked: the configuration is refused: admin\.password = "\*{6}"/);
    assert.match(said, /The broker panicked: its configuration is refused, or its data folder cannot be written/);
    const { "admin-password": password } = Object.fromEntries(await generatedSecrets(bench(), "c"));
    assert.ok(!said.includes(password ?? ""), "the password is masked");
    const status = (await bench().ns.pod("c-placement-center-0")).status?.containerStatuses?.[0];
    // Kubernetes keeps the last two runs of a container; the first one's end is what counts.
    const first = [status?.state?.terminated, status?.lastState?.terminated][status?.restartCount ?? 0];
    if (first !== undefined) {
      assertSoon("crash", at, first.finishedAt);
    }
  });

  it("names pods that find no node", async () => {
    const { said, at } = await timedFailure(bench(), { ...withTag(tags.plain), mqttBroker: { resources: { requests: { cpu: "64" } } } });
    assert.match(said, /gate registration of mqtt-broker cannot open \(Unschedulable\): c-mqtt-broker-0 finds no node: .*Insufficient cpu/);
    assert.match(said, /Add a node, or lower the pool's resources or replicas/);
    const scheduled = (await bench().ns.pod("c-mqtt-broker-0")).status?.conditions?.find(({ type }) => type === "PodScheduled");
    assertSoon("unschedulable", at, scheduled?.lastTransitionTime);
  });

  it("goes on when all of that is mended, without touching what runs", async () => {
    const before = await healthy(bench());
    assert.deepEqual([...before.keys()], ["c-placement-center-0"]);
    await bench().up(withTag(tags.plain));
    await bench().ns.ready(3);
    assertKept(before, await healthy(bench()));
  });

  it("keeps a running cluster when more brokers get a wrong image, and goes on when that is mended", async () => {
    const before = await healthy(bench());
    const wrong = { ...withTag("0.4.11-no-such-tag"), mqttBroker: { replicas: 2 } };
    assert.match(await bench().failingUp(wrong), /gate registration of mqtt-broker cannot open \(ImageUnavailable\): c-mqtt-broker-1/);
    assertKept(before, await healthy(bench()));
    await bench().up({ ...wrong, ...withTag(tags.plain) });
    await bench().ns.ready(4);
    assertKept(before, await healthy(bench()));
    await bench().talk("c-mqtt-broker-1", "c-mqtt-broker-0");
  });
});

/** An `up` that must fail: what it said, and when the gate gave up. */
async function timedFailure(bench: Bench, args: Record<string, unknown>): Promise<{ said: string; at: number }> {
  let at = NaN;
  const options: RunOptions = {
    onLine: (line) => {
      if (Number.isNaN(at) && line.includes("cannot open (")) at = Date.now();
    },
  };
  return { said: await bench.failingUp(args, options), at };
}

/** When the kubelet first said that it cannot start a pod's container. */
async function failedEvent(bench: Bench, pod: string): Promise<Date | undefined> {
  const fieldSelector = `involvedObject.name=${pod},reason=Failed`;
  const { items } = await bench.ns.core.listNamespacedEvent({ namespace: bench.ns.name, fieldSelector });
  return items.map(({ firstTimestamp, eventTime }) => firstTimestamp ?? eventTime).sort((a, b) => Number(a) - Number(b))[0];
}

function assertSoon(what: string, gaveUp: number, reported: Date | undefined): void {
  const seconds = (gaveUp - (reported?.getTime() ?? NaN)) / 1000;
  measured(`${what}: the gate gave up ${seconds.toFixed(1)} s after the report (which is kept in whole seconds)`);
  assert.ok(seconds < REPORT_SECONDS, `${what}: ${seconds} s`);
}

/** UIDs and restarts of the pods that are ready. */
async function healthy(bench: Bench): Promise<Map<string, string>> {
  const ready = new Set((await bench.ns.pods()).filter(isReady).map((pod: V1Pod) => pod.metadata?.name));
  return new Map([...(await bench.ns.identities())].filter(([pod]) => ready.has(pod)));
}

function assertKept(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  assert.deepEqual(new Map([...after].filter(([pod]) => before.has(pod))), before);
}

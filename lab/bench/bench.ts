// make bench: figures with their surroundings. Absolute times of the broker's stand-in prove nothing about the broker;
// the ratio of the two bring-ups, made in the same run with the same pods, says what the gates and Pulumi cost.
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadKubeConfig } from "../../provider/transport/kubeconfig";
import { clientNode, type KubeConfig } from "../../provider/transport/clientNode";
import { run } from "../demo/run";
import { engines, PulumiDriver } from "../engine/driver";
import { startByHand } from "./byHand";
import { measurePlan } from "./planBench";
import { type PodMoments, type PodTimes, watchPods } from "./podTimes";

const root = resolve(__dirname, "../..");
const CLUSTER = "robustmq-bench";
const image = { repository: process.env["BENCH_REPOSITORY"] ?? "localhost/robustmq-standin", tag: process.env["BENCH_TAG"] ?? "0.4.11" };
const shape = {
  version: "0.4.11",
  image,
  placementCenter: { replicas: 3, storage: "1Gi" },
  mqttBroker: { replicas: 5, storage: "1Gi", resources: { memory: "2Gi", cpu: "1000m" } },
  journalServer: { replicas: 3, storage: "1Gi" },
};

async function script(file: string, ...args: string[]): Promise<string> {
  const result = await run("bash", [join(root, file), ...args], { onLine: (text) => console.error(`  ${text}`) });
  const last = result.stdout.trimEnd().split("\n").at(-1);
  if (result.code !== 0 || last === undefined) {
    throw new Error(`${file} ended with exit code ${result.code}`);
  }
  return last;
}

interface Gate {
  readonly kind: string;
  readonly pool: string;
  readonly openedAt: string;
}

/** `pulumi up` of the same cluster: seconds from the command to its last gate and from its first pod, gates and pods. */
async function startByPulumi(config: KubeConfig, kubeconfig: string, namespace: string) {
  const choice = engines().filter((engine) => engine.missing === undefined).at(-1);
  if (choice === undefined) {
    throw new Error("there is no Pulumi engine");
  }
  const stateDir = mkdtempSync(join(tmpdir(), "robustmq-bench-"));
  const driver = new PulumiDriver({ executable: choice.executable, projectDir: root, stateDir, stack: "bench", env: { KUBECONFIG: kubeconfig } });
  await driver.init();
  const pods = await watchPods(config, namespace);
  const start = Date.now();
  const args = ["--config", `namespace=${namespace}`, "--config", `image=${JSON.stringify(image)}`];
  const result = await driver.up({ args });
  if (result.code !== 0) {
    throw new Error(`up failed:\n${result.stdout}\n${result.stderr}`);
  }
  const state = await driver.exportState();
  const gates = (state.deployment.resources ?? []).flatMap((resource): Gate[] =>
    String(resource["type"]).endsWith("robustmq:Gate") ? [resource["outputs"] as Gate] : [],
  );
  await pods.untilReady(11);
  pods.stop();
  await driver.destroy();
  rmSync(stateDir, { recursive: true });
  rmSync(join(root, "Pulumi.bench.yaml"), { force: true });
  return { engine: choice.name, start, gates, pods };
}

const seconds = (from: number, to: number) => (to - from) / 1000;
const text = (value: number) => `${value.toFixed(1)} s`;
const first = (moments: readonly PodMoments[]) => Math.min(...moments.map(({ created }) => created));
const lastOf = (moments: readonly PodMoments[], key: "started" | "ready") => Math.max(...moments.map((moment) => moment[key] ?? Number.NaN));

function breakdown(gates: readonly Gate[], pods: PodTimes): void {
  const opened = (kind: string, pool: string) => Date.parse(gates.find((gate) => gate.kind === kind && gate.pool === pool)?.openedAt ?? "");
  const center = pods.of("placement-center");
  const seed = pods.of("placement-center-0");
  console.log(`    placement-center: create to container of the first node ${text(seconds(first(seed), lastOf(seed, "started")))} (schedule, claim, image, guard)`);
  console.log(`    election: container to gate leader ${text(seconds(lastOf(seed, "started"), opened("leader", "placementCenter")))}`);
  console.log(`    join: gate leader to all voters ready ${text(seconds(opened("leader", "placementCenter"), lastOf(center, "ready")))}`);
  for (const [pool, part, kind] of [["placementCenter", "placement-center", "formation"], ["mqttBroker", "mqtt-broker", "registration"], ["journalServer", "journal-server", "registration"]] as const) {
    const moments = pods.of(part);
    console.log(`    ${part}: ${text(seconds(first(moments), lastOf(moments, "ready")))} from first pod to all ready, gate ${kind} open ${text(seconds(lastOf(moments, "ready"), opened(kind, pool)))} later`);
  }
}

async function inNamespace<T>(config: KubeConfig, name: string, work: () => Promise<T>): Promise<T> {
  const core = config.makeApiClient((await clientNode()).CoreV1Api);
  await core.createNamespace({ body: { metadata: { name } } });
  try {
    return await work();
  } finally {
    await core.deleteNamespace({ name });
    while ((await core.listNamespace({ fieldSelector: `metadata.name=${name}` })).items.length > 0) {
      await new Promise((done) => setTimeout(done, 300));
    }
  }
}

async function main(): Promise<void> {
  console.log(`machine: ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`);
  console.log(`plan of 1,000 brokers: ${measurePlan(1000, 15).toFixed(1)} ms (median of 15; aim < 100 ms)`);
  const kubeconfig = await script("lab/kubernetes/up.sh", "--name", CLUSTER);
  try {
    if (image.repository === "localhost/robustmq-standin") {
      await script("lab/kubernetes/load-image.sh", "--name", CLUSTER, await script("lab/robustmq/build-image.sh", image.tag));
    }
    const config = await loadKubeConfig({ kubeconfig });
    await inNamespace(config, "warm-up", () => startByHand(config, "warm-up", { ...shape, profile: "dev", placementCenter: undefined, mqttBroker: undefined, journalServer: undefined }));
    const hand = await inNamespace(config, "by-hand", () => startByHand(config, "by-hand", shape));
    const pulumi = await inNamespace(config, "by-pulumi", () => startByPulumi(config, kubeconfig, "by-pulumi"));
    report(hand.seconds, pulumi);
  } finally {
    await script("lab/kubernetes/down.sh", "--name", CLUSTER);
  }
}

function report(byHand: number, { engine, start, gates, pods }: Awaited<ReturnType<typeof startByPulumi>>): void {
  const last = Math.max(...gates.map((gate) => Date.parse(gate.openedAt)));
  const firstPod = first([...pods.pods.values()]);
  console.log(`bring-up of 3+5+3 with ${image.repository}:${image.tag}${image.repository.includes("standin") ? " (a stand-in: only the ratio means anything)" : ""}`);
  console.log(`  by hand, in order: ${text(byHand)} from the first object to the last ready pod`);
  console.log(`  ${engine}: ${text(seconds(firstPod, last))} from the first pod to the last gate = ${(seconds(firstPod, last) / byHand).toFixed(2)} x (aim <= 1.15 x)`);
  console.log(`  ${engine}: ${text(seconds(start, last))} from the command to the last gate, of which ${text(seconds(start, firstPod))} until the first pod (engine, program, type check, first objects)`);
  breakdown(gates, pods);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

// make demo: from nothing to a running cluster, with everything to be seen. Usage: demo.ts [--context NAME]
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { selectorLabels, selectorText } from "../../provider/plan/labels";
import { clientNode, type KubeConfig, type V1Pod } from "../../provider/transport/clientNode";
import { loadKubeConfig } from "../../provider/transport/kubeconfig";
import { chooseBroker, chooseEngine, chooseKubernetes, type EnginePart, type KubernetesPart } from "./parts";
import { run } from "./run";
import { CannotGoOn, heading, line } from "./say";
import { exchange, type MqttTarget } from "./traffic";

const root = resolve(__dirname, "../..");
const NAMESPACE = "robustmq-demo";
const STACK = "demo";
const VERSION = "0.4.11";

class Demo {
  private constructor(
    private readonly kubernetes: KubernetesPart,
    private readonly engine: EnginePart,
    private readonly config: KubeConfig,
  ) {}

  static async prepare(context: string | undefined): Promise<Demo> {
    heading("The parts");
    const kubernetes = await chooseKubernetes(context);
    const engine = await chooseEngine(kubernetes);
    const broker = await chooseBroker(kubernetes, VERSION);
    line(`Kubernetes: ${kubernetes.name}`);
    line(`engine:     ${engine.name}`);
    line(`broker:     ${broker.name}`);
    const demo = new Demo(kubernetes, engine, await loadKubeConfig(kubernetes));
    await demo.startAfresh();
    await demo.pulumi("config", "set", "namespace", NAMESPACE);
    // `--config` writes into the stack's file, so an earlier demo has left its last number there.
    await demo.pulumi("config", "set", "brokers", "5");
    if (kubernetes.context !== undefined) {
      await demo.pulumi("config", "set", "kubernetes:context", kubernetes.context);
    }
    if (broker.image !== undefined) {
      await demo.pulumi("config", "set", "image", JSON.stringify(broker.image));
    }
    return demo;
  }

  /** What an earlier demo left is removed, with its data. */
  private async startAfresh(): Promise<void> {
    const stacks = await this.pulumi("stack", "ls", "--json");
    const names: unknown = JSON.parse(stacks);
    if (JSON.stringify(names).includes(`"${STACK}"`)) {
      heading("What an earlier demo left is removed");
      await this.pulumi("destroy", "--yes", "--skip-preview", "--non-interactive");
    } else {
      await this.pulumi("stack", "init", STACK);
    }
    await this.deleteNamespace();
    const core = this.config.makeApiClient((await clientNode()).CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: NAMESPACE } } });
  }

  private async deleteNamespace(): Promise<void> {
    const core = this.config.makeApiClient((await clientNode()).CoreV1Api);
    const named = { fieldSelector: `metadata.name=${NAMESPACE}` };
    if ((await core.listNamespace(named)).items.length > 0) {
      await core.deleteNamespace({ name: NAMESPACE });
    }
    while ((await core.listNamespace(named)).items.length > 0) {
      await new Promise((done) => setTimeout(done, 300));
    }
  }

  async pulumi(...args: string[]): Promise<string> {
    const stack = args[0] === "stack" && args[1] !== "output" ? [] : ["--stack", STACK];
    const quiet = ["stack", "config"].includes(args[0] ?? "");
    const said: string[] = [];
    const onLine = quiet ? (text: string) => said.push(text) : line;
    const result = await run(this.engine.command, [...args, ...stack], { env: this.engine.env, cwd: root, onLine });
    if (result.code !== 0) {
      throw new CannotGoOn(`pulumi ${args.join(" ")} ended with exit code ${result.code}; ${quiet ? said.join("\n") : "its last lines above say why"}`);
    }
    return result.stdout;
  }

  async outputs(): Promise<{ credentials: { username: string; password: string }; nodes: { name: string; pool: string }[] }> {
    return JSON.parse(await this.pulumi("stack", "output", "--json", "--show-secrets")) as Awaited<ReturnType<Demo["outputs"]>>;
  }

  async pods(): Promise<V1Pod[]> {
    const core = this.config.makeApiClient((await clientNode()).CoreV1Api);
    const list = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: selectorText(selectorLabels("demo")) });
    return list.items;
  }

  target(pod: string, credentials: { username: string; password: string }): MqttTarget {
    return { config: this.config, namespace: NAMESPACE, pod, ...credentials };
  }

  async talk(from: number, to: number): Promise<void> {
    const { credentials } = await this.outputs();
    const broker = (ordinal: number) => this.target(`demo-mqtt-broker-${ordinal}`, credentials);
    const count = await exchange(broker(from), broker(to), 20);
    line(`${count} messages with QoS 1 published through demo-mqtt-broker-${from} arrived through demo-mqtt-broker-${to}`);
  }

  explain(): void {
    const context = this.kubernetes.context === undefined ? "" : ` --context ${this.kubernetes.context}`;
    const kubectl = `KUBECONFIG=${this.kubernetes.kubeconfig} kubectl${context} -n ${NAMESPACE}`;
    const env = ["KUBECONFIG", "PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"].map((key) => `${key}=${this.engine.env[key]}`).join(" ");
    line(`look around:       ${kubectl} get pods`);
    line(`the guard's words: ${kubectl} logs demo-placement-center-1 -c start-guard`);
    line(`remove the cluster: ${env} ${this.engine.command} destroy --stack ${STACK}`);
    line(`and its data:       ${kubectl} delete namespace ${NAMESPACE}`);
    if (this.kubernetes.loadImage !== undefined) {
      line("and Kubernetes:     make lab-down");
    }
  }
}

/** UID and restarts by pod. */
function identities(pods: readonly V1Pod[]): Map<string, string> {
  return new Map(pods.map((pod) => [pod.metadata?.name ?? "", `${pod.metadata?.uid} with ${pod.status?.containerStatuses?.[0]?.restartCount ?? 0} restarts`]));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { context: { type: "string" } } });
  const demo = await Demo.prepare(values.context);
  heading("pulumi up: 3 placement-centers, 5 brokers, 3 journal nodes");
  await demo.pulumi("up", "--yes", "--skip-preview", "--non-interactive");
  heading("Messages from broker to broker");
  await demo.talk(0, 4);
  heading("pulumi preview: brokers 5 => 7");
  const before = identities(await demo.pods());
  await demo.pulumi("preview", "--diff", "--non-interactive", "--config", "brokers=7");
  heading("pulumi up: brokers 5 => 7");
  await demo.pulumi("up", "--yes", "--skip-preview", "--non-interactive", "--config", "brokers=7");
  const after = identities(await demo.pods());
  const changed = [...before].filter(([name, identity]) => after.get(name) !== identity);
  if (changed.length > 0 || after.size !== before.size + 2) {
    throw new Error(`pods changed that should not have: ${changed.map(([name]) => name).join(", ")} (${before.size} pods before, ${after.size} after)`);
  }
  line(`${before.size} pods kept their UID and restart count; 2 are new`);
  await demo.talk(0, 6);
  heading("The demo is done and goes on running");
  demo.explain();
}

main().catch((error: unknown) => {
  console.error(error instanceof CannotGoOn ? `\nThe demo cannot go on. ${error.message}` : error);
  process.exitCode = 1;
});

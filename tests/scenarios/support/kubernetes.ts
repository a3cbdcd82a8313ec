/** One namespace of the test cluster. */
import { PassThrough } from "node:stream";
import { clientNode, type KubeConfig, type V1Pod } from "../../../provider/transport/clientNode";
import { loadKubeConfig } from "../../../provider/transport/kubeconfig";
import { statusOf } from "../../../provider/transport/kubernetes";
import { kubeconfig } from "./environment";
import { until } from "./until";

type Client = typeof import("@kubernetes/client-node", { with: { "resolution-mode": "import" } });

/** Everything that a cluster of ours or its leftovers consist of. */
const listed = ["StatefulSet", "Service", "ConfigMap", "Secret", "PersistentVolumeClaim"] as const;
export type ListedKind = (typeof listed)[number];

export class TestNamespace {
  private constructor(
    readonly name: string,
    readonly config: KubeConfig,
    readonly core: InstanceType<Client["CoreV1Api"]>,
    readonly apps: InstanceType<Client["AppsV1Api"]>,
    private readonly client: Client,
  ) {}

  static async create(name: string): Promise<TestNamespace> {
    const client = await clientNode();
    const config = await loadKubeConfig({ kubeconfig });
    const core = config.makeApiClient(client.CoreV1Api);
    await core.createNamespace({ body: { metadata: { name } } });
    return new TestNamespace(name, config, core, config.makeApiClient(client.AppsV1Api), client);
  }

  async pods(): Promise<V1Pod[]> {
    return (await this.core.listNamespacedPod({ namespace: this.name })).items;
  }

  async pod(name: string): Promise<V1Pod> {
    return this.core.readNamespacedPod({ namespace: this.name, name });
  }

  /** UID and restarts of every container, by pod: what a pod that was left alone keeps. */
  async identities(): Promise<Map<string, string>> {
    return new Map((await this.pods()).map((pod) => [pod.metadata?.name ?? "", identity(pod)]));
  }

  /** Objects of a namespace, without what Kubernetes puts into every one: names with their UIDs. */
  async objects(): Promise<Map<string, string>> {
    const namespace = this.name;
    const lists = await Promise.all([
      this.apps.listNamespacedStatefulSet({ namespace }),
      this.core.listNamespacedService({ namespace }),
      this.core.listNamespacedConfigMap({ namespace }),
      this.core.listNamespacedSecret({ namespace }),
      this.core.listNamespacedPersistentVolumeClaim({ namespace }),
    ]);
    const entries = lists.flatMap((list, index) => list.items.map((item): [string, string] => [`${listed[index]} ${item.metadata?.name}`, item.metadata?.uid ?? ""]));
    return new Map(entries.filter(([key]) => key !== "ConfigMap kube-root-ca.crt").sort());
  }

  /** All that the namespace holds in the open: everything but the Secrets themselves. */
  async openText(): Promise<string> {
    const namespace = this.name;
    const lists = await Promise.all([
      this.core.listNamespacedConfigMap({ namespace }),
      this.core.listNamespacedPod({ namespace }),
      this.core.listNamespacedEvent({ namespace }),
      this.apps.listNamespacedStatefulSet({ namespace }),
      this.apps.listNamespacedControllerRevision({ namespace }),
    ]);
    return JSON.stringify(lists);
  }

  async log(pod: string, container = "robustmq"): Promise<string> {
    return this.core.readNamespacedPodLog({ namespace: this.name, name: pod, container });
  }

  /** Logs of all containers of all pods, init containers too, and of their previous runs. */
  async allLogs(): Promise<string> {
    const texts: string[] = [];
    for (const pod of await this.pods()) {
      for (const status of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
        const request = { namespace: this.name, name: pod.metadata?.name ?? "", container: status.name };
        if (status.restartCount > 0) {
          texts.push(`${request.name} ${status.name}, before its restart:`, await this.core.readNamespacedPodLog({ ...request, previous: true }));
        }
        if (status.state?.waiting === undefined) {
          texts.push(`${request.name} ${status.name}:`, await this.core.readNamespacedPodLog(request));
        }
      }
    }
    return texts.join("\n");
  }

  /** A Secret's values, decoded. */
  async secret(name: string): Promise<Record<string, string>> {
    const { data } = await this.core.readNamespacedSecret({ namespace: this.name, name });
    return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
  }

  async deletePods(...names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.core.deleteNamespacedPod({ namespace: this.name, name })));
  }

  /** Runs a command in a pod's broker container and returns what it writes. */
  async exec(pod: string, ...command: string[]): Promise<string> {
    const out = new PassThrough();
    const chunks: Buffer[] = [];
    out.on("data", (chunk: Buffer) => chunks.push(chunk));
    const status = await new Promise<{ status?: string | undefined; message?: string | undefined }>((resolve, reject) => {
      new this.client.Exec(this.config).exec(this.name, pod, "robustmq", command, out, out, null, false, resolve).catch(reject);
    });
    const text = Buffer.concat(chunks).toString("utf8");
    if (status.status !== "Success") {
      throw new Error(`${command.join(" ")} in ${pod}: ${status.message}\n${text}`);
    }
    return text;
  }

  /** Waits until these pods exist, all are ready, and none of the unwanted UIDs is left. */
  async ready(count: number, gone: ReadonlySet<string> = new Set()): Promise<V1Pod[]> {
    return until(`${count} pods of ${this.name} are ready`, async () => {
      const pods = await this.pods();
      const good = pods.filter((pod) => isReady(pod) && pod.metadata?.deletionTimestamp === undefined && !gone.has(pod.metadata?.uid ?? ""));
      return good.length === count && pods.length === count ? pods : undefined;
    }, 240);
  }

  /** One line per pod, for the report of a failed scenario. */
  async describe(): Promise<string> {
    return (await this.pods())
      .map((pod) => {
        const states = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
        return `  ${pod.metadata?.name} ${pod.status?.phase} ${states.map((state) => `${state.name} restarts=${state.restartCount} ${JSON.stringify(state.state)}`).join(" ")}`;
      })
      .join("\n");
  }

  /** Deletes the namespace; its pods get no time to stop, and nobody waits for it. */
  async remove(): Promise<void> {
    await this.apps.deleteCollectionNamespacedStatefulSet({ namespace: this.name });
    await this.core.deleteCollectionNamespacedPod({ namespace: this.name, gracePeriodSeconds: 0 });
    await this.core.deleteNamespace({ name: this.name });
    await until(`${this.name} is gone`, async () => {
      const left = await this.core.readNamespace({ name: this.name }).catch((error: unknown) => {
        if (statusOf(error) === 404) return undefined;
        throw error;
      });
      return left === undefined;
    });
  }
}

function identity(pod: V1Pod): string {
  const restarts = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map(({ name, restartCount }) => `${name}=${restartCount}`);
  return `${pod.metadata?.uid} restarts ${restarts.join(" ")}`;
}

export function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
}

export function restarts(pod: V1Pod): number {
  return (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

import { clientNode, type KubeConfig, type V1Pod, type V1StatefulSet } from "./clientNode";
import { type Connection, loadKubeConfig } from "./kubeconfig";

/** The few things that gates and hooks do with a Kubernetes cluster. */
export class Kubernetes {
  private constructor(
    readonly config: KubeConfig,
    private readonly core: import("@kubernetes/client-node", { with: { "resolution-mode": "import" } }).CoreV1Api,
    private readonly apps: import("@kubernetes/client-node", { with: { "resolution-mode": "import" } }).AppsV1Api,
  ) {}

  static async connect(connection: Connection): Promise<Kubernetes> {
    const config = await loadKubeConfig(connection);
    const { AppsV1Api, CoreV1Api } = await clientNode();
    return new Kubernetes(config, config.makeApiClient(CoreV1Api), config.makeApiClient(AppsV1Api));
  }

  /** Identifies the Kubernetes cluster: the UID of the namespace that every one has. */
  async clusterUid(): Promise<string> {
    const namespace = await this.core.readNamespace({ name: "kube-system" });
    return namespace.metadata?.uid ?? "";
  }

  async statefulSet(namespace: string, name: string): Promise<V1StatefulSet | undefined> {
    return found(this.apps.readNamespacedStatefulSet({ namespace, name }));
  }

  async pods(namespace: string, labelSelector: string): Promise<V1Pod[]> {
    return (await this.core.listNamespacedPod({ namespace, labelSelector })).items;
  }

  async claimNames(namespace: string, labelSelector: string): Promise<string[]> {
    const list = await this.core.listNamespacedPersistentVolumeClaim({ namespace, labelSelector });
    return list.items.flatMap((claim) => claim.metadata?.name ?? []);
  }

  /** Whether an autoscaler announced that it makes room for a pod. */
  async scaleUpTriggered(namespace: string, pod: string): Promise<boolean> {
    const fieldSelector = `involvedObject.name=${pod},reason=TriggeredScaleUp`;
    return (await this.core.listNamespacedEvent({ namespace, fieldSelector })).items.length > 0;
  }

  /** Deletes exactly this pod: by UID, so that a pod of the same name that came after it stays. */
  async deletePod(namespace: string, name: string, uid: string): Promise<void> {
    await found(this.core.deleteNamespacedPod({ namespace, name, body: { preconditions: { uid } } }));
  }

  /** The last lines of a container, or of its previous run when it has not said anything yet. */
  async lastLines(namespace: string, name: string, container: string, tailLines: number): Promise<string[]> {
    for (const previous of [false, true]) {
      const text = await found(this.core.readNamespacedPodLog({ namespace, name, container, tailLines, previous })).catch((error: unknown) => {
        // 400: the container has not run yet, or not before. Then there are no lines.
        if (statusOf(error) === 400) {
          return undefined;
        }
        throw error;
      });
      if (text !== undefined && text.trim() !== "") {
        return text.trimEnd().split("\n");
      }
    }
    return [];
  }

  /** A Secret's labels and values, decoded. */
  async secret(namespace: string, name: string): Promise<{ labels: Record<string, string>; values: Record<string, string> } | undefined> {
    const secret = await found(this.core.readNamespacedSecret({ namespace, name }));
    if (secret === undefined) {
      return undefined;
    }
    const values = Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]);
    return { labels: secret.metadata?.labels ?? {}, values: Object.fromEntries(values) };
  }

  /** Labels of an object, or undefined when it does not exist. */
  async labels(apiVersion: string, kind: string, namespace: string, name: string): Promise<Record<string, string> | undefined> {
    const { KubernetesObjectApi } = await clientNode();
    const api = KubernetesObjectApi.makeApiClient(this.config);
    const object = await found(api.read({ apiVersion, kind, metadata: { namespace, name } }));
    return object === undefined ? undefined : (object.metadata?.labels ?? {});
  }

  /** Deletes an object and leaves what it owns: the pods of a StatefulSet run on. Returns when it is gone. */
  async deleteOrphaning(apiVersion: string, kind: string, namespace: string, name: string): Promise<void> {
    const { KubernetesObjectApi } = await clientNode();
    const api = KubernetesObjectApi.makeApiClient(this.config);
    const header = { apiVersion, kind, metadata: { namespace, name } };
    await found(api.delete(header, undefined, undefined, undefined, undefined, "Orphan"));
    for (let attempt = 0; (await found(api.read(header))) !== undefined; attempt += 1) {
      if (attempt > 100) {
        throw new Error(`${kind} ${namespace}/${name} was deleted but does not go`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Not found (404, or 409 for a UID that is gone) as undefined; every other failure stays one. */
async function found<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (statusOf(error) === 404 || (statusOf(error) === 409 && /precondition/i.test(String(error)))) {
      return undefined;
    }
    throw error;
  }
}

/** HTTP status of a failed API call, or undefined when no answer came. */
export function statusOf(error: unknown): number | undefined {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  return typeof code === "number" ? code : undefined;
}

/** Whether an API call was refused for good: not authenticated, not allowed, or not understood. */
export function isPermanent(error: unknown): boolean {
  return [400, 401, 403, 405, 422].includes(statusOf(error) ?? 0);
}

/** One line for a failed API call: the server's own message where there is one. */
export function describeFailure(error: unknown): string {
  const body: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "body") : undefined;
  const message = typeof body === "string" ? /"message":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] : undefined;
  if (message !== undefined) {
    return message.replaceAll('\\"', '"');
  }
  return error instanceof Error ? (error.message.split("\n")[0] ?? error.message) : String(error);
}

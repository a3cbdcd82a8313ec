import { clientNode, type KubeConfig, type V1Pod } from "../../provider/transport/clientNode";

/** When something was first seen of a pod, in milliseconds since the epoch. */
export interface PodMoments {
  created: number;
  started?: number;
  ready?: number;
}

/** What a watch saw of a namespace's pods. Kubernetes' own timestamps hold whole seconds only. */
export class PodTimes {
  readonly pods = new Map<string, PodMoments>();
  /** Ends the watch. */
  stop: () => void = () => undefined;
  private wake: () => void = () => undefined;
  private failure: Error | undefined;

  see(pod: V1Pod): void {
    const name = pod.metadata?.name ?? "";
    const now = Date.now();
    const moments = this.pods.get(name) ?? { created: now };
    if (pod.status?.containerStatuses?.[0]?.state?.running !== undefined) {
      moments.started ??= now;
    }
    if (pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true) {
      moments.ready ??= now;
    }
    this.pods.set(name, moments);
    this.wake();
  }

  /** The watch ended; whoever waits is told. After stop() nobody does. */
  fail(error: Error): void {
    this.failure = error;
    this.wake();
  }

  async untilReady(count: number): Promise<void> {
    while ([...this.pods.values()].filter(({ ready }) => ready !== undefined).length < count) {
      if (this.failure !== undefined) {
        throw this.failure;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Moments of the pods whose name holds a text. */
  of(part: string): PodMoments[] {
    return [...this.pods].filter(([name]) => name.includes(part)).map(([, moments]) => moments);
  }
}

export async function watchPods(config: KubeConfig, namespace: string): Promise<PodTimes> {
  const { Watch } = await clientNode();
  const times = new PodTimes();
  const controller = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    // From the API server's cache: with an old etcd a watch from "now" can be refused for an idle namespace.
    { resourceVersion: "0" },
    (phase, object: V1Pod & { message?: string }) => {
      if (phase === "ERROR") {
        times.fail(new Error(`the watch of ${namespace} failed: ${object.message}`));
      } else if (phase !== "DELETED") {
        times.see(object);
      }
    },
    (error: unknown) => times.fail(error instanceof Error ? error : new Error(`the watch of ${namespace} ended`)),
  );
  times.stop = () => controller.abort();
  return times;
}

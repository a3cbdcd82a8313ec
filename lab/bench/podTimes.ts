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
  private wake: () => void = () => undefined;
  private stopped = false;

  /** Ends the watch. */
  stop: () => void = () => {
    this.stopped = true;
  };

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

  async untilReady(count: number): Promise<void> {
    while (!this.stopped && [...this.pods.values()].filter(({ ready }) => ready !== undefined).length < count) {
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
    {},
    (phase, pod: V1Pod) => phase !== "DELETED" && times.see(pod),
    () => times.stop(),
  );
  const end = times.stop;
  times.stop = () => {
    end();
    controller.abort();
  };
  return times;
}

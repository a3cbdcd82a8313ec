/** The Kubernetes client is an ES module; this package is CommonJS and works from Node 20.0 on, so it is imported at run time. */
export type ClientNode = typeof import("@kubernetes/client-node", { with: { "resolution-mode": "import" } });
export type { CoreV1Event, KubeConfig, V1ContainerStatus, V1Pod, V1StatefulSet } from "@kubernetes/client-node" with { "resolution-mode": "import" };

let loaded: Promise<ClientNode> | undefined;

export function clientNode(): Promise<ClientNode> {
  loaded ??= import("@kubernetes/client-node");
  return loaded;
}

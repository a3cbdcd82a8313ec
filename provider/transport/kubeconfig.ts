import { existsSync } from "node:fs";
import { clientNode, type KubeConfig } from "./clientNode";

/** Which Kubernetes cluster is meant. */
export interface Connection {
  /** A kubeconfig's content or path; default: `KUBECONFIG`, then the user's default file. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * Loads the kubeconfig that a connection means.
 * @throws Error when the file, the context or its cluster does not exist. The text never quotes the kubeconfig.
 */
export async function loadKubeConfig(connection: Connection): Promise<KubeConfig> {
  const { KubeConfig } = await clientNode();
  const config = new KubeConfig();
  const { kubeconfig, context } = connection;
  if (kubeconfig === undefined) {
    config.loadFromDefault();
  } else if (/^\s*(apiVersion|kind|clusters|\{)/m.test(kubeconfig)) {
    config.loadFromString(kubeconfig);
  } else if (existsSync(kubeconfig)) {
    config.loadFromFile(kubeconfig);
  } else {
    throw new Error("kubeconfig is neither a kubeconfig's content nor the path of a file that exists");
  }
  if (context !== undefined) {
    const known = config.getContexts().map((entry) => entry.name);
    if (!known.includes(context)) {
      throw new Error(`the kubeconfig has no context ${JSON.stringify(context)}; it has ${known.join(", ") || "none"}`);
    }
    config.setCurrentContext(context);
  }
  if (config.getCurrentCluster() === null) {
    throw new Error("no Kubernetes cluster is configured: set KUBECONFIG, or kubeconfig and context");
  }
  return config;
}

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { CLUSTER_ID_LABEL } from "../plan/labels";
import { Kubernetes } from "../transport/kubernetes";
import type { Connection } from "../transport/kubeconfig";

const manifest = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string(), labels: z.record(z.string(), z.string()) }),
});

/**
 * A hook for the moment before an object is created. The Kubernetes provider refuses to create what exists; that happens
 * when an earlier `up` was killed between creating an object and writing it down, and with the objects that are kept with
 * the claims. An object with this cluster's id is our own: it is removed, without what it owns, so that it can be created
 * again and its pods run on. Any other object stays, and the creation fails.
 *
 * Returns nothing where the engine knows no hooks, which are mocks in unit tests.
 */
export function ownershipHook(cluster: string, connection: pulumi.Output<Connection>): pulumi.ResourceHook | undefined {
  if (!engineHasHooks()) {
    return undefined;
  }
  return new pulumi.ResourceHook(`robustmq-own-${cluster}`, async (args) => {
    await removeOwnLeftover(args.newInputs, await known(connection));
  });
}

/** Removes an object that this cluster made before; refuses to touch anybody else's. */
export async function removeOwnLeftover(inputs: unknown, connection: Connection): Promise<void> {
  const { apiVersion, kind, metadata } = manifest.parse(inputs);
  const kubernetes = await Kubernetes.connect(connection);
  const labels = await kubernetes.labels(apiVersion, kind, metadata.namespace, metadata.name);
  if (labels === undefined) {
    return;
  }
  const id = labels[CLUSTER_ID_LABEL];
  if (id === undefined || id !== metadata.labels[CLUSTER_ID_LABEL]) {
    const whose = id === undefined ? "was not made by this package" : `belongs to the cluster with id ${id}`;
    throw new Error(`${kind} ${metadata.namespace}/${metadata.name} exists and ${whose}; it is left as it is. Choose another name or namespace.`);
  }
  await kubernetes.deleteOrphaning(apiVersion, kind, metadata.namespace, metadata.name);
}

function engineHasHooks(): boolean {
  const monitor: unknown = pulumi.runtime.getMonitor();
  return typeof monitor === "object" && monitor !== null && "registerResourceHook" in monitor;
}

function known(connection: pulumi.Output<Connection>): Promise<Connection> {
  return new Promise((resolve) => connection.apply((value) => resolve(value)));
}

import { objectLabels } from "./labels";
import type { Manifest } from "./manifest";
import { objectName } from "./names";
import type { ClusterKey } from "./nodes";

/**
 * The durable sign that this cluster was bootstrapped. It is written when the placement-center has formed and stays with
 * the claims: from then on a node with an empty disk never founds a cluster, but waits for its peers.
 */
export function buildMarker(cluster: ClusterKey, clusterId: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: objectName(cluster.name, "marker"), namespace: cluster.namespace, labels: objectLabels(cluster.name, clusterId) },
    data: { "cluster-id": clusterId },
  };
}

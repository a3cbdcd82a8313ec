import type { Release } from "../releases/release";
import type { ClusterSpec, PoolName } from "../spec/cluster";
import { objectLabels, selectorLabels } from "./labels";
import type { Manifest } from "./manifest";
import { CLAIM, objectName } from "./names";
import { buildPodTemplate } from "./podTemplate";

/**
 * One pool. Pods start in parallel (the start guard keeps the order, and OrderedReady would deadlock after a full
 * outage) and are replaced only when something decides so (OnDelete). What Kubernetes never lets change - claim
 * templates, selector, service name, pod management - depends on nothing that a user changes later but `storage`.
 */
export function buildStatefulSet(spec: ClusterSpec, release: Release, clusterId: string, pool: PoolName): Manifest {
  const { replicas, storage, storageClass } = spec.pools[pool];
  const name = objectName(spec.name, pool);
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace: spec.namespace, labels: objectLabels(spec.name, clusterId, pool) },
    spec: {
      replicas,
      serviceName: name,
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "OnDelete" },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      selector: { matchLabels: selectorLabels(spec.name, pool) },
      template: buildPodTemplate(spec, release, pool),
      volumeClaimTemplates: [
        {
          metadata: { name: CLAIM, labels: selectorLabels(spec.name, pool) },
          spec: {
            accessModes: ["ReadWriteOnce"],
            ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
            resources: { requests: { storage } },
          },
        },
      ],
    },
  };
}

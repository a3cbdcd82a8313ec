import type { PodView, Snapshot } from "../observe/snapshot";

/** One pod to be deleted, so that its StatefulSet makes it anew from the present template. */
export interface Replacement {
  readonly pod: string;
  /** The pod is deleted only if it still has this UID. */
  readonly uid: string;
  readonly why: string;
}

/**
 * Pods of an older revision that have never been ready: nothing depends on them, and with OnDelete nobody else would
 * replace them after the mistake in the template is mended. Pods that have been ready are never touched here, nor
 * any of a StatefulSet that is not the program's: a kubeconfig may show another cluster that has one of that name.
 */
export function decideReplacements({ statefulSet, pods }: Snapshot, ownUid: string | undefined): Replacement[] {
  const revision = statefulSet?.updateRevision;
  if (revision === undefined || statefulSet?.uid !== ownUid) {
    return [];
  }
  return pods
    .filter((pod) => isOutdated(pod, revision) && !pod.wasReady && !pod.deleting)
    .map((pod) => ({ pod: pod.name, uid: pod.uid, why: "it was made from an older template and has never been ready" }));
}

/** Pods that still run an older revision after having been ready; only a roll replaces those. */
export function outdatedPods(snapshot: Snapshot): string[] {
  const revision = snapshot.statefulSet?.updateRevision;
  return revision === undefined ? [] : snapshot.pods.filter((pod) => isOutdated(pod, revision)).map((pod) => pod.name);
}

function isOutdated(pod: PodView, revision: string): boolean {
  return pod.revision !== undefined && pod.revision !== revision;
}

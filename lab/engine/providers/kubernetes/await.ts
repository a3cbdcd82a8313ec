/** Waiting for Kubernetes objects: a built-in condition per kind, `pulumi.com/skipAwait`, `pulumi.com/timeoutSeconds`. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ValueMap } from "../../values/property";
import { type Log } from "../provider";
import { ApiError, type KubernetesClient } from "./client";
import { CONDITIONS, type Condition } from "./conditions";
import { annotation, kindOf, mapAt, nameOf, namespaceOf } from "./objects";

const DEFAULT_TIMEOUT_SECONDS = 600;
const POLL_MILLISECONDS = 250;

export interface AwaitContext {
  client: KubernetesClient;
  urn: string;
  inputs: ValueMap;
  /** As the last write answered it. */
  live: ValueMap;
  timeoutSeconds: number;
  isUpdate: boolean;
  log: Log;
  signal: AbortSignal;
}

/** The object is there, but not as it should be. */
export class AwaitFailed extends Error {
  constructor(
    message: string,
    readonly live: ValueMap,
    readonly details: string[],
  ) {
    super(message);
  }
}

const describe = ({ live, urn }: AwaitContext): string => `'${nameOf(live)}' (${kindOf(live, urn).kind})`;

export async function awaitReady(context: AwaitContext): Promise<ValueMap> {
  const { apiVersion, kind } = kindOf(context.live, context.urn);
  const condition = CONDITIONS[`${apiVersion}/${kind}`];
  if (condition === undefined || annotation(context.inputs, "pulumi.com/skipAwait") === "true") return context.live;
  return poll(context, condition);
}

function timeoutSeconds({ timeoutSeconds: fromOptions, inputs }: AwaitContext): number {
  if (fromOptions > 0) return fromOptions;
  const fromAnnotation = Number(annotation(inputs, "pulumi.com/timeoutSeconds"));
  return fromAnnotation > 0 ? fromAnnotation : DEFAULT_TIMEOUT_SECONDS;
}

async function currentObject(context: AwaitContext): Promise<ValueMap> {
  const { apiVersion, kind } = kindOf(context.live, context.urn);
  const path = await context.client.objectPath(apiVersion, kind, namespaceOf(context.live), nameOf(context.live));
  return context.client.request("GET", path);
}

async function poll(context: AwaitContext, condition: Condition): Promise<ValueMap> {
  const deadline = Date.now() + timeoutSeconds(context) * 1000;
  const since = Date.now();
  let said = "";
  let live = context.live;
  for (;;) {
    live = await currentObject(context);
    const verdict = await condition({ client: context.client, live, isUpdate: context.isUpdate, elapsed: Date.now() - since });
    if (verdict.done) return live;
    if (verdict.failed) throw new AwaitFailed(verdict.message, live, verdict.details);
    if (verdict.message !== said) {
      said = verdict.message;
      context.log({ severity: "info", urn: context.urn, text: said, ephemeral: true });
    }
    if (context.signal.aborted) throw new AwaitFailed(`Resource operation was cancelled for ${describe(context)}`, live, verdict.details);
    if (Date.now() > deadline) throw new AwaitFailed(`'${nameOf(live)}' timed out waiting to be Ready`, live, [said, ...verdict.details]);
    await pause(context.signal);
  }
}

/** Ends early, without error, when the run is cancelled. */
async function pause(signal: AbortSignal): Promise<void> {
  await sleep(POLL_MILLISECONDS, undefined, { signal }).catch((error: Error) => {
    if (error.name !== "AbortError") throw error;
  });
}

/** Kinds for which the real provider, for old times' sake, lets `skipAwait` skip the waiting for their deletion too. */
const SKIPS_DELETION = new Set([
  "v1/Namespace", "v1/Pod", "v1/ReplicationController", "apps/v1/DaemonSet", "apps/v1/Deployment", "apps/v1/StatefulSet", "batch/v1/Job",
]);

export function skipsDeletionAwait(inputs: ValueMap, apiVersion: string, kind: string): boolean {
  return annotation(inputs, "pulumi.com/skipAwait") === "true" && SKIPS_DELETION.has(`${apiVersion}/${kind}`);
}

/** Until the object is gone; another object of the same name does not count. */
export async function awaitDeletion(context: AwaitContext): Promise<void> {
  const deadline = Date.now() + timeoutSeconds(context) * 1000;
  const uid = mapAt(context.live, "metadata").uid;
  for (;;) {
    const live = await currentObject(context).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
    if (live === undefined || mapAt(live, "metadata").uid !== uid) return;
    if (context.signal.aborted) throw new Error(`Resource operation was cancelled for ${describe(context)}`);
    if (Date.now() > deadline) {
      const finalizers = mapAt(live, "metadata").finalizers;
      const blocked = Array.isArray(finalizers) ? `; finalizers might be preventing deletion (${finalizers.join(", ")})` : "";
      throw new Error(`timed out waiting for ${describe(context)} to be deleted${blocked}`);
    }
    await pause(context.signal);
  }
}

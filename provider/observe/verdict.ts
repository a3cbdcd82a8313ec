/** The answer of a check or gate. A closed one says why: `reason` for machines, `message` for people. */
export type Verdict =
  | { readonly open: true }
  | {
      readonly open: false;
      readonly reason: Reason;
      readonly message: string;
      /** Waiting does not help: the pod cannot start as it is. */
      readonly fatal?: Fatal;
    };

/** Why waiting is useless, and what to do. */
export interface Fatal {
  readonly pod?: string;
  /** How long this must last before it counts, in seconds; some reports are gone at the next moment. Default 0. */
  readonly settleSeconds?: number;
  /** Container whose last lines say more. */
  readonly container?: string;
  readonly advice: string;
}

/** Every reason for which a gate stays closed. */
export type Reason =
  | "StatefulSetMissing"
  | "ForeignStatefulSet"
  | "StatefulSetNotObserved"
  | "PodsMissing"
  | "PodTerminating"
  | "ImageUnavailable"
  | "ContainerCannotStart"
  | "ContainerCrashed"
  | "Unschedulable"
  | "NodeUnreachable"
  | "NoLiveLeader"
  | "NotFormed"
  | "NotCaughtUp"
  | "NotReady"
  | "NotInitialised"
  | "NotRegistered";

export const OPEN: Verdict = { open: true };

export function closed(reason: Reason, message: string, fatal?: Fatal): Verdict {
  return { open: false, reason, message, ...(fatal === undefined ? {} : { fatal }) };
}

/** The first closed verdict of a chain of checks, or open. */
export function firstClosed<T>(checks: readonly ((input: T) => Verdict)[], input: T): Verdict {
  for (const check of checks) {
    const verdict = check(input);
    if (!verdict.open) {
      return verdict;
    }
  }
  return OPEN;
}

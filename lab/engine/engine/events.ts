/** What happens during a run, as the displays get it. */
import { type ResourceState } from "../project/state";
import { type Severity } from "../providers/provider";
import { type DetailedDiff } from "../values/diff";

export type Operation =
  | "same" | "create" | "update" | "delete" | "replace" | "create-replacement" | "delete-replaced"
  | "read" | "read-discard" | "refresh" | "import" | "remove-pending-replace";

export interface Step {
  op: Operation;
  urn: string;
  old?: ResourceState;
  new?: ResourceState;
  /** What the provider said of the change, if it did; the machine-readable preview shows exactly this. */
  diffReasons?: string[];
  replaceReasons?: string[];
  detailedDiff?: DetailedDiff;
  /** The change as people see it: the provider's, else the engine's own comparison of the inputs. */
  shownDiff?: DetailedDiff;
  /** What a refresh found: the operation to show once it is done. */
  resultOp?: "same" | "update" | "delete";
}

export interface Message {
  severity: Severity;
  /** Empty: the stack. */
  urn: string;
  text: string;
  ephemeral?: boolean;
}

export interface EventSink {
  stepStarted(step: Step): void;
  /** `error` is set when the operation failed. */
  stepFinished(step: Step, error?: string): void;
  outputsRegistered(state: ResourceState, previous: ResourceState | undefined): void;
  message(message: Message): void;
}

/** Steps that are counted: the two halves of a replacement are not, their "replace" is. */
export function isLogical(step: Step): boolean {
  return step.op !== "create-replacement" && step.op !== "delete-replaced" && step.op !== "remove-pending-replace";
}

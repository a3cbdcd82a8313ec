/** Words and symbols of the displays, as the real CLI uses them. */
import { type Operation, type Step } from "../engine/events";
import { topLevelKeys, type DetailedDiff } from "../values/diff";
import { isAsset, isResourceReference, isSecret, UNKNOWN, type Value, type ValueMap } from "../values/property";

export const SYMBOLS: Record<Operation, string> = {
  same: "  ", create: "+ ", update: "~ ", delete: "- ", replace: "+-", "create-replacement": "++", "delete-replaced": "--",
  read: "> ", "read-discard": "< ", refresh: "~ ", import: "= ", "remove-pending-replace": "- ",
};

const PLANNED: Record<Operation, string> = {
  same: "", create: "create", update: "update", delete: "delete", replace: "replace", "create-replacement": "create replacement",
  "delete-replaced": "delete original", read: "read", "read-discard": "discard", refresh: "refresh", import: "import", "remove-pending-replace": "",
};

const DOING: Record<Operation, string> = {
  same: "", create: "creating", update: "updating", delete: "deleting", replace: "replacing", "create-replacement": "creating replacement",
  "delete-replaced": "deleting original", read: "reading", "read-discard": "discarding", refresh: "refreshing", import: "importing", "remove-pending-replace": "",
};

const DONE: Record<Operation, string> = {
  same: "", create: "created", update: "updated", delete: "deleted", replace: "replaced", "create-replacement": "created replacement",
  "delete-replaced": "deleted original", read: "read", "read-discard": "discarded", refresh: "refreshed", import: "imported", "remove-pending-replace": "",
};

const retained = (step: Step): string =>
  step.old?.retainOnDelete === true && (step.op === "delete" || step.op === "delete-replaced" || step.op === "replace") ? "[retain]" : "";

export const plannedText = (step: Step): string => PLANNED[step.op] + retained(step);
export const doingText = (step: Step): string => DOING[step.op] + retained(step);
export const doneText = (step: Step): string => DONE[step.op] + retained(step);
export const failedText = (step: Step): string => `**${DOING[step.op] || "operation"} failed**`;

/** `[diff: +added,-removed,~changed]` by top-level property. */
export function diffSummary(step: Step): string {
  const diff = step.shownDiff ?? {};
  const keys = topLevelKeys(diff).filter((key) => !key.startsWith("__"));
  if (keys.length === 0) return "";
  return `[diff: ${keys.sort().map((key) => keySymbol(diff, key) + key).join(",")}]`;
}

function keySymbol(diff: DetailedDiff, key: string): string {
  const whole = diff[key];
  if (whole === undefined) return "~";
  if (whole.kind.startsWith("add")) return "+";
  return whole.kind.startsWith("delete") ? "-" : "~";
}

export function seconds(milliseconds: number): string {
  if (milliseconds < 1000) return `${Number((milliseconds / 1000).toFixed(2))}s`;
  const total = Math.round(milliseconds / 1000);
  return total < 60 ? `${total}s` : `${Math.floor(total / 60)}m${total % 60}s`;
}

/** A value as people read it; secrets stay hidden. */
export function showValue(value: Value | undefined, indent = ""): string {
  if (value === undefined) return "";
  if (isSecret(value)) return "[secret]";
  if (value === UNKNOWN) return "[unknown]";
  if (isResourceReference(value)) return `"${String(value.id ?? value.urn)}"`;
  if (isAsset(value)) return "asset";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((item, index) => `${inner}[${index}]: ${showValue(item, inner)}`).join("\n")}\n${indent}]`;
  }
  const entries = Object.entries(value as ValueMap).filter(([key]) => !key.startsWith("__"));
  if (entries.length === 0) return "{}";
  const width = Math.max(...entries.map(([key]) => key.length));
  return `{\n${entries.map(([key, item]) => `${inner}${key.padEnd(width)}: ${showValue(item, inner)}`).join("\n")}\n${indent}}`;
}

/** `--diff`: every change of a step, property by property. */
import { type Step } from "../engine/events";
import { compareValues, type Change } from "../values/diff";
import { formatPath, parsePath, pathContains } from "../values/paths";
import { UNKNOWN, type ValueMap } from "../values/property";
import { displayType, isDefaultProvider, splitReference } from "../values/urn";
import { showValue, SYMBOLS } from "./format";

const CHANGE_SYMBOLS: Record<Change["kind"], string> = { add: "+", delete: "-", update: "~" };

/** Changes to show: those of the detailed diff, else all between the inputs. */
function changesOf(step: Step): Change[] {
  const all = compareValues(step.old?.inputs ?? {}, step.new?.inputs ?? {}).filter(({ path }) => !String(path[0]).startsWith("__"));
  const paths = Object.keys(step.shownDiff ?? {}).map(parsePath);
  if (paths.length === 0) return all;
  return all.filter(({ path }) => paths.some((one) => pathContains(one, path) || pathContains(path, one)));
}

function changeText(change: Change, replaces: boolean): string {
  const mark = replaces ? `${CHANGE_SYMBOLS[change.kind]}-`.padEnd(2) : CHANGE_SYMBOLS[change.kind];
  const path = formatPath(change.path);
  if (change.kind === "add") return `      ${mark} ${path}: ${showValue(change.new, "        ")}`;
  if (change.kind === "delete") return `      ${mark} ${path}: ${showValue(change.old, "        ")}`;
  return `      ${mark} ${path}: ${showValue(change.old, "        ")} => ${showValue(change.new, "        ")}`;
}

function isReplacing(step: Step, change: Change): boolean {
  const entries = Object.entries(step.shownDiff ?? {});
  return entries.some(([path, { kind }]) => kind.endsWith("-replace") && (pathContains(parsePath(path), change.path) || pathContains(change.path, parsePath(path))));
}

function header(step: Step): string[] {
  const state = step.new ?? step.old;
  const lines = [`  ${SYMBOLS[step.op].trim().padEnd(2)} ${displayType(step.urn)}: (${step.op})`];
  const id = state?.id ?? step.old?.id;
  if (id !== undefined && id !== UNKNOWN) lines.push(`      [id=${id}]`);
  lines.push(`      [urn=${step.urn}]`);
  if (state?.provider !== undefined && !isDefaultProvider(splitReference(state.provider).urn)) lines.push(`      [provider=${state.provider}]`);
  return lines;
}

export function detailLines(step: Step): string[] {
  if (step.op === "same") return [];
  if (step.op === "update" || step.op === "replace" || step.op === "create-replacement" || step.op === "refresh") {
    return [...header(step), ...changesOf(step).map((change) => changeText(change, isReplacing(step, change)))];
  }
  const shown: ValueMap = (step.op === "create" ? step.new?.inputs : undefined) ?? {};
  const entries = Object.entries(shown).filter(([key]) => !key.startsWith("__"));
  return [...header(step), ...entries.map(([key, value]) => `      ${key}: ${showValue(value, "      ")}`)];
}

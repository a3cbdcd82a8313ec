/** Stack outputs with what changed about them. */
import { type Change } from "../values/diff";
import { type ValueMap } from "../values/property";
import { showValue } from "./format";

const SYMBOL: Record<Change["kind"], string> = { add: "+", update: "~", delete: "-" };

export function outputLines(changes: Change[], outputs: ValueMap): string[] {
  const changed = new Map<string, Change>();
  for (const change of changes) changed.set(String(change.path[0]), change);
  const removed = [...changed.keys()].filter((key) => !(key in outputs));
  const names = [...Object.keys(outputs), ...removed].sort();
  const width = Math.max(0, ...names.map((name) => name.length));
  return names.map((name) => {
    const change = changed.get(name);
    const symbol = change === undefined ? " " : change.path.length > 1 ? "~" : SYMBOL[change.kind];
    return `  ${symbol} ${name.padEnd(width)}: ${showValue(outputs[name] ?? change?.old, "    ")}`;
  });
}

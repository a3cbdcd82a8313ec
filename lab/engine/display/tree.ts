/** The resources of a run as a tree. Unchanged ones appear only to hold changed children together. */
import { displayType, urnName } from "../values/urn";
import { seconds } from "./format";

export interface Row {
  urn: string;
  parent: string;
  symbol: string;
  status: string;
  milliseconds: number;
  info: string;
  changed: boolean;
}

export function treeLines(rows: Row[], timings: boolean): string[] {
  const urns = new Set(rows.map((row) => row.urn));
  const children = new Map<string, Row[]>();
  for (const row of rows) {
    const parent = urns.has(row.parent) ? row.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), row]);
  }
  const shown = new Set<string>();
  const mark = (row: Row): boolean => {
    const below = (children.get(row.urn) ?? []).map(mark).includes(true);
    if (row.changed || below) shown.add(row.urn);
    return row.changed || below;
  };
  const roots = children.get("") ?? [];
  if (!roots.map(mark).includes(true)) return [];
  return roots.flatMap((row) => branch(row, children, shown, "", "", timings));
}

function branch(row: Row, children: Map<string, Row[]>, shown: Set<string>, lead: string, indent: string, timings: boolean): string[] {
  if (!shown.has(row.urn)) return [];
  const time = timings && row.changed ? ` (${seconds(row.milliseconds)})` : "";
  const status = row.status === "" ? "" : `  ${row.status}${time}`;
  const line = ` ${row.symbol} ${lead}${displayType(row.urn)}  ${urnName(row.urn)}${status}${row.info === "" ? "" : `  ${row.info}`}`;
  const below = (children.get(row.urn) ?? []).filter((child) => shown.has(child.urn));
  return [
    line.trimEnd(),
    ...below.flatMap((child, index) => {
      const last = index === below.length - 1;
      return branch(child, children, shown, `${indent}${last ? "└─ " : "├─ "}`, `${indent}${last ? "   " : "│  "}`, timings);
    }),
  ];
}

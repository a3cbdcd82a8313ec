/** Structural comparison of property values, and the vocabulary of detailed diffs. */
import { formatPath, parsePath, pathContains, type PathElement } from "./paths";
import { isMap, isSecret, secretContent, UNKNOWN, type Value, type ValueMap } from "./property";

export type DiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";
export interface PropertyDiff {
  kind: DiffKind;
  inputDiff: boolean;
}
export type DetailedDiff = Record<string, PropertyDiff>;

export function isReplaceKind(kind: DiffKind): boolean {
  return kind.endsWith("-replace");
}

export function asReplaceKind(kind: DiffKind): DiffKind {
  return isReplaceKind(kind) ? kind : (`${kind}-replace` as DiffKind);
}

export function valuesEqual(left: Value | undefined, right: Value | undefined): boolean {
  return compareValues(left, right).length === 0;
}

export interface Change {
  path: PathElement[];
  kind: "add" | "delete" | "update";
  old?: Value;
  new?: Value;
}

/** All leaf changes between two values. Internal `__` keys take part: the dynamic provider's code lives in one. */
export function compareValues(old: Value | undefined, news: Value | undefined, path: PathElement[] = []): Change[] {
  if (old === undefined && news === undefined) return [];
  if (old === undefined) return [{ path, kind: "add", new: news as Value }];
  if (news === undefined) return [{ path, kind: "delete", old }];
  if (isSecret(old) || isSecret(news)) return compareSecrets(old, news, path);
  if (Array.isArray(old) && Array.isArray(news)) {
    const length = Math.max(old.length, news.length);
    return Array.from({ length }, (_, index) => compareValues(old[index], news[index], [...path, index])).flat();
  }
  if (isMap(old) && isMap(news)) {
    const keys = new Set([...Object.keys(old), ...Object.keys(news)]);
    return [...keys].flatMap((key) => compareValues(old[key], news[key], [...path, key]));
  }
  const same = old === news && old !== UNKNOWN;
  return same ? [] : [{ path, kind: "update", old, new: news }];
}

/** A secret is one value: the path of a change never goes inside it. */
function compareSecrets(old: Value, news: Value, path: PathElement[]): Change[] {
  const changed = isSecret(old) !== isSecret(news) || compareValues(secretContent(old), secretContent(news)).length > 0;
  return changed ? [{ path, kind: "update", old, new: news }] : [];
}

export function detailedInputDiff(olds: ValueMap, news: ValueMap): DetailedDiff {
  const diff: DetailedDiff = {};
  for (const change of compareValues(olds, news)) {
    diff[formatPath(change.path)] = { kind: change.kind, inputDiff: true };
  }
  return diff;
}

export function topLevelKeys(diff: DetailedDiff): string[] {
  const keys = new Set<string>();
  for (const path of Object.keys(diff)) keys.add(String(parsePath(path)[0] ?? path));
  return [...keys];
}

/** Turns changes under any of the given paths into replacements; returns the top-level keys concerned. */
export function applyReplaceOnChanges(diff: DetailedDiff, patterns: readonly string[]): string[] {
  const parsed = patterns.map(parsePath);
  const keys = new Set<string>();
  for (const [path, entry] of Object.entries(diff)) {
    const elements = parsePath(path);
    if (!parsed.some((pattern) => pathContains(pattern, elements) || pathContains(elements, pattern))) continue;
    entry.kind = asReplaceKind(entry.kind);
    keys.add(String(elements[0]));
  }
  return [...keys];
}

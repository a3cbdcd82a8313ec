/** Property paths as resource options and detailed diffs write them: `spec.containers[0].env["a.b"]`, `*` matching all. */
import { isMap, type Value } from "./property";

export type PathElement = string | number;

export function parsePath(text: string): PathElement[] {
  const path: PathElement[] = [];
  const token = /^(?:\.?([^.[\]"]+)|\[(\d+)\]|\[\*\]|\["((?:[^"\\]|\\.)*)"\])/;
  let rest = text;
  while (rest !== "") {
    const match = token.exec(rest);
    if (match === null) throw new Error(`failed to parse property path "${text}" at "${rest}"`);
    if (match[1] !== undefined) path.push(match[1]);
    else if (match[2] !== undefined) path.push(Number(match[2]));
    else if (match[3] !== undefined) path.push(match[3].replace(/\\(.)/g, "$1"));
    else path.push("*");
    rest = rest.slice(match[0].length);
  }
  return path;
}

export function formatPath(path: readonly PathElement[]): string {
  let text = "";
  for (const element of path) {
    if (typeof element === "number") text += `[${element}]`;
    else if (/[."[\]]/.test(element)) text += `["${element.replace(/"/g, '\\"')}"]`;
    else text += text === "" ? element : `.${element}`;
  }
  return text;
}

/** Whether `pattern` names `path` or something that holds it. */
export function pathContains(pattern: readonly PathElement[], path: readonly PathElement[]): boolean {
  if (pattern.length > path.length) return false;
  return pattern.every((element, index) => element === "*" || String(element) === String(path[index]));
}

export function getAtPath(root: Value | undefined, path: readonly PathElement[]): Value | undefined {
  let node = root;
  for (const element of path) {
    if (Array.isArray(node)) node = node[Number(element)];
    else if (isMap(node)) node = node[String(element)];
    else return undefined;
  }
  return node;
}

/** Returns a copy of `news` in which everything `pattern` matches has the value it has in `olds`. */
export function resetPath(olds: Value | undefined, news: Value | undefined, pattern: readonly PathElement[]): Value | undefined {
  const [first, ...rest] = pattern;
  if (first === undefined) return olds;
  if (Array.isArray(news)) return resetInArray(olds, news, first, rest);
  if (!isMap(news)) return news;
  const result = { ...news };
  const oldMap = isMap(olds) ? olds : {};
  const keys = first === "*" ? new Set([...Object.keys(news), ...Object.keys(oldMap)]) : [String(first)];
  for (const key of keys) {
    if (rest.length > 0 && !(key in result)) continue;
    const value = resetPath(oldMap[key], result[key], rest);
    if (value === undefined) delete result[key];
    else result[key] = value;
  }
  return result;
}

function resetInArray(olds: Value | undefined, news: Value[], first: PathElement, rest: PathElement[]): Value[] {
  const oldItems = Array.isArray(olds) ? olds : [];
  return news.map((item, index) => {
    if (first !== "*" && Number(first) !== index) return item;
    if (index >= oldItems.length) return item;
    return resetPath(oldItems[index], item, rest) ?? null;
  });
}

import { inspect } from "node:util";
import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";

/** One thing that is wrong with the user's input: where, what was given, and what would be right. */
export interface Problem {
  /** Path from the arguments' root, for example `mqttBroker.replicas`. */
  readonly path: string;
  /** What is wrong and what would be right, as the rest of a sentence. */
  readonly message: string;
}

/** Every problem of one input at once. The message is what a user sees. */
export class InvalidSpecError extends Error {
  constructor(
    readonly subject: string,
    readonly problems: readonly Problem[],
  ) {
    super(formatProblems(subject, problems));
    this.name = "InvalidSpecError";
  }
}

/** Path of a problem with the arguments as a whole. */
const ROOT = "arguments";

export function formatProblems(subject: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [`${subject}: ${count}`, ...problems.map((problem) => `  - ${problem.path}: ${problem.message}`)].join("\n");
}

/** Turns zod's issues into problems; `input` supplies the offending values, `known` the keys for a suggestion. */
export function problemsOf(error: z.ZodError, input: unknown, known: readonly string[]): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), message: unknownKey(key, known) }));
    }
    const at = issue.path.length === 0 ? ROOT : pathOf(issue.path);
    const given = valueAt(input, issue.path);
    if (given === undefined) {
      return [{ path: at, message: `is missing: ${issue.message}` }];
    }
    return [{ path: at, message: `${show(given)} is not valid: ${issue.message}` }];
  });
}

/** The longest quotation of a wrong value. */
const LONGEST_QUOTE = 80;

/** A value as the user wrote it, as far as that can be shown. */
function show(value: unknown): string {
  return shorten(typeof value === "string" ? JSON.stringify(value) : inspect(value, { depth: 2, breakLength: Infinity }));
}

function shorten(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

function unknownKey(key: string, known: readonly string[]): string {
  if (known.includes(key)) {
    return "unknown key here";
  }
  const nearest = known.find((candidate) => key !== "" && candidate.startsWith(key)) ?? closest(key, [...known]);
  const resembles = (key !== "" && nearest.startsWith(key)) || distance(key.toLowerCase(), nearest.toLowerCase()) <= key.length / 2;
  return resembles ? `unknown key; did you mean "${nearest}"?` : "unknown key";
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") {
      return `${text}[${part}]`;
    }
    if (typeof part !== "string" || !/^[\w$-]+$/.test(part)) {
      return `${text}[${inspect(part)}]`;
    }
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined),
    input,
  );
}

/** Command-line flags: a subset of the real CLI's, with the same names and meanings. */
import { parseArgs } from "node:util";
import { UserError } from "../user-error";

const OPTIONS = {
  stack: { type: "string", short: "s" },
  cwd: { type: "string", short: "C" },
  config: { type: "string", short: "c", multiple: true },
  "config-file": { type: "string" },
  yes: { type: "boolean", short: "y" },
  "non-interactive": { type: "boolean" },
  "skip-preview": { type: "boolean", short: "f" },
  "preview-only": { type: "boolean" },
  diff: { type: "boolean" },
  json: { type: "boolean", short: "j" },
  refresh: { type: "boolean", short: "r" },
  secret: { type: "boolean" },
  plaintext: { type: "boolean" },
  "show-secrets": { type: "boolean" },
  "suppress-outputs": { type: "boolean" },
  "suppress-progress": { type: "boolean" },
  "continue-on-error": { type: "boolean" },
  "expect-no-changes": { type: "boolean" },
  "clear-pending-creates": { type: "boolean" },
  remove: { type: "boolean" },
  force: { type: "boolean" },
  "preserve-config": { type: "boolean" },
  parallel: { type: "string", short: "p" },
  message: { type: "string", short: "m" },
  color: { type: "string" },
  emoji: { type: "boolean" },
  verbose: { type: "string", short: "v" },
  logtostderr: { type: "boolean" },
  file: { type: "string" },
  "secrets-provider": { type: "string" },
  "no-select": { type: "boolean" },
  create: { type: "boolean" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export interface Arguments {
  words: string[];
  text: (name: keyof typeof OPTIONS) => string | undefined;
  flag: (name: keyof typeof OPTIONS) => boolean;
  config: Record<string, string>;
}

export function parseArguments(argv: string[]): Arguments {
  let parsed;
  try {
    parsed = parseArgs({ args: argv, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UserError(`${(error as Error).message} (the stand-in knows a subset of the real CLI's flags)`);
  }
  const values: Partial<Record<string, string | boolean | string[]>> = parsed.values;
  const text = (name: string): string | undefined => (typeof values[name] === "string" ? values[name] : undefined);
  return {
    words: parsed.positionals,
    text,
    flag: (name) => values[name] === true,
    config: Object.fromEntries(((values.config as string[] | undefined) ?? []).map(splitPair)),
  };
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf("=");
  if (at < 0) throw new UserError(`--config needs KEY=VALUE, not '${pair}'`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

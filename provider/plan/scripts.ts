import { readFileSync } from "node:fs";
import { join } from "node:path";

const files = ["entrypoint.sh", "start-guard.sh", "probe.sh", "cluster-status.sh"] as const;

/** The shell scripts that run in the broker's container, by file name. They use only what the official image has. */
export const scripts: Readonly<Record<string, string>> = Object.fromEntries(
  files.map((file) => [file, readFileSync(join(__dirname, "scripts", file), "utf8")]),
);

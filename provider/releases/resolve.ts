import type { ClusterSpec } from "../spec/cluster";
import { parseSpec } from "../spec/parse";
import { InvalidSpecError, type Problem } from "../spec/problems";
import { quantityValue } from "../spec/quantity";
import { findRelease } from "./find";
import type { Release } from "./release";

/** A checked cluster: what the user asked for, the release that is to run, and what deserves a warning. */
export interface ResolvedCluster {
  readonly spec: ClusterSpec;
  readonly release: Release;
  readonly warnings: readonly Problem[];
}

/** The storage engine's fixed caches: 512 MiB block cache and 128 MiB x 4 memtables x 5 families (facts/robustmq §1.2). */
const STORE_MEMORY = 2 * 2 ** 30;

/**
 * Checks name, arguments and version together.
 * @throws InvalidSpecError with every problem at once.
 */
export function resolveCluster(name: string, input: unknown): ResolvedCluster {
  const parsed = parseSpec(name, input);
  const version = versionOf(input);
  const found = version === undefined ? undefined : findRelease(version);
  const problems = [...(parsed.ok ? [] : parsed.problems), ...(found?.ok === false ? [found.problem] : [])];
  if (!parsed.ok || problems.length > 0 || found?.ok !== true) {
    throw new InvalidSpecError(`RobustMQCluster ${JSON.stringify(name)}`, problems);
  }
  return { spec: parsed.spec, release: found.release, warnings: [...found.warnings, ...memoryWarnings(parsed.spec)] };
}

function versionOf(input: unknown): string | undefined {
  const version: unknown = typeof input === "object" && input !== null ? Reflect.get(input, "version") : undefined;
  return typeof version === "string" ? version : undefined;
}

function memoryWarnings(spec: ClusterSpec): Problem[] {
  return Object.entries(spec.pools).flatMap(([pool, { resources }]) => {
    const limit = resources.limits.memory;
    if (limit === undefined || (quantityValue(limit) ?? 0) >= STORE_MEMORY) {
      return [];
    }
    return [{ path: `${pool}.resources`, message: `a memory limit of ${limit} is below the 2Gi that the broker's storage caches may take; the node can be killed under load` }];
  });
}

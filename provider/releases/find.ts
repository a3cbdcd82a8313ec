import type { Problem } from "../spec/problems";
import type { Release } from "./release";
import { releases } from "./table";

export type FindResult =
  | { readonly ok: true; readonly release: Release; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problem: Problem };

type Triple = readonly [number, number, number];

/** The row for a version: an exact row, a near one with a warning, or a refusal with its reason. */
export function findRelease(version: string): FindResult {
  const exact = releases.find((release) => release.version === version.replace(/^v/, ""));
  if (exact !== undefined) {
    return { ok: true, release: exact, warnings: [] };
  }
  const triple = parseVersion(version);
  if (triple === undefined) {
    return refuse(version, `is not a version; write it as in "${newestRelease().version}"`);
  }
  const [major, minor, patch] = triple;
  if (major === 0 && minor === 4 && patch >= 10) {
    const message = `${version} is not a release that this package was tested with; it is treated as ${newestRelease().version}`;
    return { ok: true, release: { ...newestRelease(), version, imageTag: `v${triple.join(".")}` }, warnings: [{ path: "version", message }] };
  }
  return refuse(version, reasonFor(triple));
}

/** The newest release of the table. */
export function newestRelease(): Release {
  const last = releases.at(-1);
  if (last === undefined) {
    throw new Error("the table of releases is empty");
  }
  return last;
}

function refuse(version: string, reason: string): FindResult {
  const known = releases.map((release) => release.version).join(", ");
  return { ok: false, problem: { path: "version", message: `${JSON.stringify(version)} is not supported: ${reason}. Supported: ${known}` } };
}

function parseVersion(version: string): Triple | undefined {
  const match = /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(version);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

function reasonFor([major, minor, patch]: Triple): string {
  if (major > 0 || minor > 4) {
    return "it is newer than this package, and its configuration is not known; use a newer pulumi-robustmq";
  }
  if (minor === 4 && patch >= 4) {
    return "0.4.4 to 0.4.9 use a configuration dialect of their own, and ignore the keys of 0.4.10 silently";
  }
  if (minor === 4 || (minor === 3 && patch > 0)) {
    return "its configuration dialect differs from its neighbours' and was never tested with this package";
  }
  return "it is older than 0.3.0, the oldest release whose configuration and bootstrap are known here";
}

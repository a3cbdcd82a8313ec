import { checkGate, type Expectation, liveLeaders } from "../observe/gates";
import type { Snapshot } from "../observe/snapshot";
import type { Verdict } from "../observe/verdict";
import type { GateKind } from "../plan/stages";
import type { Clock } from "./clock";
import { decideReplacements, outdatedPods, type Replacement } from "./replace";

/** How the gate reaches the world. */
export interface GatePorts {
  readonly clock: Clock;
  /** Gathers everything at once. A failure is reported and tried again, unless it is a PermanentFailure. */
  readSnapshot(): Promise<Snapshot>;
  replacePod(replacement: Replacement): Promise<void>;
  /** The last lines of a container, without secret values. */
  lastLines(pod: string, container: string): Promise<readonly string[]>;
  /** A line for the user: called when what the gate waits for changes, and now and then while it does not. */
  report(line: string): void;
}

export interface GateRequest {
  readonly kind: GateKind;
  readonly expected: Expectation;
  readonly timeoutSeconds: number;
}

export interface GateResult {
  /** Id of the node that leads the metadata, or undefined where the gate does not look at it. */
  readonly leader: number | undefined;
  /** When the gate opened. */
  readonly openedAt: string;
  readonly waitedSeconds: number;
  /** Pods that run an older template than the present one; a roll replaces them. */
  readonly outdatedPods: readonly string[];
}

/** A gate that did not open. */
export class GateError extends Error {}

/** A failure that waiting does not mend, such as refused credentials. */
export class PermanentFailure extends Error {}

/** How often a gate looks. Short beside a node's own start of some seconds, long beside one look of about 0.2 s. */
const POLL_MS = 400;
/** How often it repeats what it waits for. */
const REMIND_MS = 15_000;
const LOG_LINES = 15;

/**
 * Looks until the gate is open.
 * @throws GateError when a pod cannot start, when the time is over, or when the signal is aborted.
 */
export async function runGate(request: GateRequest, ports: GatePorts, signal?: AbortSignal): Promise<GateResult> {
  const start = ports.clock.now();
  const tell = reporter(request, ports, start);
  const settled = settling(ports.clock);
  let message = "has not looked yet";
  while (signal?.aborted !== true) {
    const look = await lookOnce(request, ports, tell, settled);
    if (look.open) {
      const waitedSeconds = Math.round((ports.clock.now() - start) / 100) / 10;
      tell(`open after ${waitedSeconds} s`);
      return { ...resultOf(look.snapshot), openedAt: new Date(ports.clock.now()).toISOString(), waitedSeconds };
    }
    message = look.message;
    tell(message);
    if (ports.clock.now() - start >= request.timeoutSeconds * 1000) {
      throw new GateError(`${title(request)} did not open within ${request.timeoutSeconds} s: ${message}. The next \`up\` waits again; gates.timeoutSeconds gives more time.`);
    }
    await ports.clock.sleep(POLL_MS, signal);
  }
  throw new GateError(`${title(request)} was cancelled while it waited: ${message}`);
}

type Look = { readonly open: true; readonly snapshot: Snapshot } | { readonly open: false; readonly message: string };

async function lookOnce(request: GateRequest, ports: GatePorts, tell: (line: string) => void, settled: (verdict: Verdict) => boolean): Promise<Look> {
  let snapshot: Snapshot;
  let replaced: readonly string[];
  try {
    snapshot = await ports.readSnapshot();
    replaced = await replaceBroken(snapshot, request, ports, tell);
  } catch (error) {
    if (error instanceof PermanentFailure) {
      throw error;
    }
    return { open: false, message: `cannot look at the cluster or mend it: ${textOf(error)}` };
  }
  if (replaced.length > 0) {
    return { open: false, message: `waits for ${replaced.join(", ")} to be made anew` };
  }
  const verdict = checkGate(request.kind, snapshot, request.expected);
  if (verdict.open) {
    return { open: true, snapshot };
  }
  if (settled(verdict) && verdict.fatal !== undefined) {
    throw new GateError(await explain(request, verdict, ports));
  }
  return { open: false, message: verdict.message };
}

async function replaceBroken(snapshot: Snapshot, request: GateRequest, ports: GatePorts, tell: (line: string) => void): Promise<string[]> {
  const replacements = decideReplacements(snapshot, request.expected.statefulSetUid);
  for (const replacement of replacements) {
    tell(`replaces ${replacement.pod}: ${replacement.why}`);
    await ports.replacePod(replacement);
  }
  return replacements.map(({ pod }) => pod);
}

/** Whether a fatal verdict has lasted as long as it must to count; what comes in between starts it anew. */
function settling(clock: Clock): (verdict: Verdict) => boolean {
  let last: { key: string; since: number } | undefined;
  return (verdict) => {
    if (verdict.open || verdict.fatal === undefined) {
      last = undefined;
      return false;
    }
    const key = `${verdict.reason} ${verdict.fatal.pod ?? ""}`;
    last = last?.key === key ? last : { key, since: clock.now() };
    return clock.now() - last.since >= (verdict.fatal.settleSeconds ?? 0) * 1000;
  };
}

function resultOf(snapshot: Snapshot): Pick<GateResult, "leader" | "outdatedPods"> {
  return { leader: liveLeaders(snapshot.nodes).get("metadata_0")?.id, outdatedPods: outdatedPods(snapshot) };
}

async function explain(request: GateRequest, verdict: Verdict & { open: false }, ports: GatePorts): Promise<string> {
  const { fatal, message, reason } = verdict;
  const lines = fatal?.pod !== undefined && fatal.container !== undefined ? await linesOf(fatal.pod, fatal.container, ports) : [];
  return [
    `${title(request)} cannot open (${reason}): ${message}`,
    ...(lines.length > 0 ? ["last lines of the container:", ...lines.slice(-LOG_LINES).map((line) => `  ${line}`)] : []),
    ...(fatal === undefined ? [] : [fatal.advice]),
  ].join("\n");
}

/** The lines only add to the reason, so a failure to read them must not take its place. */
async function linesOf(pod: string, container: string, ports: GatePorts): Promise<readonly string[]> {
  try {
    return await ports.lastLines(pod, container);
  } catch (error) {
    return [`(they could not be read: ${textOf(error)})`];
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function title(request: GateRequest): string {
  return `gate ${request.kind} of ${request.expected.pool}`;
}

function reporter(request: GateRequest, ports: GatePorts, start: number): (line: string) => void {
  let last = "";
  let at = start;
  return (line) => {
    const now = ports.clock.now();
    if (line === last && now - at < REMIND_MS) {
      return;
    }
    last = line;
    at = now;
    ports.report(`${title(request)}: ${line}`);
  };
}

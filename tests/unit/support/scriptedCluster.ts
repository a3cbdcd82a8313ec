import type { Snapshot } from "../../../provider/observe/snapshot";
import type { Replacement } from "../../../provider/operations/replace";
import type { GatePorts } from "../../../provider/operations/runGate";
import { FakeClock } from "./fakeClock";

/** What a look at the cluster finds at a time, in milliseconds since the test began; an Error is thrown. */
export type Script = (elapsed: number) => Snapshot | Error;

/** Stands for the cluster that a gate looks at: plays a script, and writes down what the gate does and says. */
export class ScriptedCluster implements GatePorts {
  readonly clock = new FakeClock();
  readonly reports: { readonly at: number; readonly line: string }[] = [];
  readonly replaced: Replacement[] = [];
  looks = 0;
  /** What deleting a pod and reading a container's lines end with. */
  replaceFailure: Error | undefined;
  lines: readonly string[] | Error = [];

  constructor(private readonly script: Script) {}

  async readSnapshot(): Promise<Snapshot> {
    this.looks += 1;
    return orThrow(this.script(this.clock.elapsed));
  }

  async replacePod(replacement: Replacement): Promise<void> {
    this.replaced.push(replacement);
    if (this.replaceFailure !== undefined) {
      throw this.replaceFailure;
    }
  }

  async lastLines(): Promise<readonly string[]> {
    return orThrow(this.lines);
  }

  report(line: string): void {
    this.reports.push({ at: this.clock.elapsed, line });
  }

  get said(): string[] {
    return this.reports.map(({ line }) => line);
  }
}

function orThrow<T>(value: T | Error): T {
  if (value instanceof Error) {
    throw value;
  }
  return value;
}

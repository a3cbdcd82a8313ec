import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { until } from "./until";

const scripts = join(__dirname, "../../../provider/plan/scripts");

/** One of the container's scripts, run by dash as in the broker's image. */
export class RunningScript {
  readonly output: string[] = [];
  code: number | undefined;
  private readonly process: ChildProcess;

  constructor(script: string, args: readonly string[], env: Readonly<Record<string, string>>, cwd?: string) {
    // A process group of its own, so that what it started can be ended with it.
    this.process = spawn("dash", [join(scripts, script), ...args], { env: { PATH: process.env["PATH"], ...env }, cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => this.output.push(...text.split("\n").filter((line) => line !== "")));
    }
    this.process.on("exit", (code, signal) => (this.code = code ?? (signal === "SIGKILL" ? 137 : 143)));
  }

  get running(): boolean {
    return this.code === undefined;
  }

  /** The output without the time at the beginning of its lines. */
  get said(): string[] {
    return this.output.map((line) => line.replace(/^\S+Z /, ""));
  }

  async says(pattern: RegExp): Promise<void> {
    await until(`${pattern} in ${JSON.stringify(this.said)}`, () => this.said.some((line) => pattern.test(line)));
  }

  async ends(): Promise<number> {
    await until(`the end of the script that said ${JSON.stringify(this.said)}`, () => !this.running);
    return this.code ?? -1;
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  /** Ends it and everything that it started. */
  kill(): void {
    if (this.process.pid !== undefined) {
      try {
        process.kill(-this.process.pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
          throw error;
        }
      }
    }
  }
}

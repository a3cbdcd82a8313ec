/** Runs the user's Node program the way the real language host does. */
import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as readline from "node:readline";
import { endWithEngine, killGroup } from "../providers/plugin-process";
import { type Log } from "../providers/provider";
import { UserError } from "../user-error";
import { type RunOptions } from "./context";

const GRACE_MILLISECONDS = 3000;

export interface ProgramAddresses {
  monitor: string;
  engine: string;
}

function findRunner(pwd: string): string {
  try {
    return createRequire(path.join(pwd, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    throw new UserError("It looks like the Pulumi SDK has not been installed. Have you run npm install or yarn install?");
  }
}

export class Program {
  private readonly child: ChildProcess;
  /** The exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;

  constructor(options: RunOptions, addresses: ProgramAddresses, log: Log) {
    const { project, stack, organization, preview, parallel } = options;
    const nodeArguments = String(project.runtimeOptions.nodeargs ?? "").split(/\s+/).filter((argument) => argument !== "");
    const runnerArguments = [
      `--monitor=${addresses.monitor}`, `--engine=${addresses.engine}`, `--organization=${organization}`, `--project=${project.name}`,
      `--root-directory=${project.root}`, `--stack=${stack}`, `--pwd=${project.pwd}`, `--parallel=${parallel}`,
      ...(preview ? ["--dry-run"] : []),
    ];
    this.child = spawn(process.execPath, [...nodeArguments, findRunner(project.pwd), ...runnerArguments, project.program], {
      cwd: project.pwd,
      env: programEnvironment(options),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    endWithEngine(this.child);
    this.forward(this.child.stdout as NodeJS.ReadableStream, log);
    this.forward(this.child.stderr as NodeJS.ReadableStream, log);
    this.ended = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => resolve(code ?? String(signal)));
    });
  }

  private forward(stream: NodeJS.ReadableStream, log: Log): void {
    readline.createInterface({ input: stream }).on("line", (text) => log({ severity: "info", urn: "", text }));
  }

  /** Waits a little for the program's own end, then ends it with everything it started. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => killGroup(this.child, "SIGKILL"), GRACE_MILLISECONDS);
    await this.ended;
    clearTimeout(timer);
    killGroup(this.child, "SIGKILL");
  }
}

function programEnvironment({ project, config }: RunOptions): NodeJS.ProcessEnv {
  const { typescript, tsconfig } = project.runtimeOptions;
  return {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(config.values),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config.secretKeys),
    ...(typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: String(tsconfig) }),
  };
}

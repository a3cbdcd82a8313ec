/** Starts a provider's process: its first line of stdout is its port, everything after it is log. */
import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as readline from "node:readline";
import { type Project } from "../project/project";
import { UserError } from "../user-error";
import { type Log } from "./provider";

export interface PluginCommand {
  command: string;
  args: string[];
}

const DYNAMIC_PACKAGE = "pulumi-nodejs";

export function findPlugin(pkg: string, project: Project): PluginCommand {
  if (pkg === DYNAMIC_PACKAGE) return dynamicProviderCommand(project);
  const fromProject = project.pluginPaths[pkg];
  const executable = `pulumi-resource-${pkg}`;
  const dirs = [...(fromProject === undefined ? [] : [fromProject]), ...(process.env.PATH ?? "").split(path.delimiter)];
  for (const dir of dirs) {
    const candidate = fs.existsSync(dir) && fs.statSync(dir).isFile() ? dir : path.join(dir, executable);
    if (fs.existsSync(candidate)) return { command: candidate, args: [] };
  }
  throw new UserError(`no resource plugin '${executable}' found in Pulumi.yaml's plugins or on PATH (the stand-in downloads none)`);
}

/** The dynamic provider is the one of the program's own @pulumi/pulumi. */
function dynamicProviderCommand(project: Project): PluginCommand {
  const programRequire = createRequire(path.join(project.pwd, "package.json"));
  return { command: process.execPath, args: [programRequire.resolve("@pulumi/pulumi/cmd/dynamic-provider")] };
}

export class PluginProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(pkg: string, project: Project, engineAddress: string, log: Log): Promise<PluginProcess> {
    const { command, args } = findPlugin(pkg, project);
    const child = spawn(command, [...args, engineAddress], {
      cwd: project.pwd,
      stdio: ["ignore", "pipe", "pipe"],
      // A Ctrl-C of the terminal must not kill providers: the engine asks them to cancel.
      detached: true,
      env: { ...process.env, PULUMI_ROOT_DIRECTORY: project.root },
    });
    endWithEngine(child);
    const port = await readPort(pkg, child, log);
    forwardLines(child.stderr as NodeJS.ReadableStream, (text) => log({ severity: "info", urn: "", text }));
    return new PluginProcess(child, port);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    killGroup(this.child, "SIGKILL");
    await ended;
  }
}

function readPort(pkg: string, child: ChildProcess, log: Log): Promise<number> {
  return new Promise((resolve, reject) => {
    let started = false;
    forwardLines(child.stdout as NodeJS.ReadableStream, (text) => {
      // What plugins print is for their authors; what dynamic providers print is the user's own.
      if (started) return log({ severity: pkg === DYNAMIC_PACKAGE ? "info" : "debug", urn: "", text });
      started = true;
      const port = Number(text.trim());
      if (Number.isInteger(port) && port > 0) resolve(port);
      else reject(new Error(`plugin '${pkg}' wrote '${text}' to stdout where its port was expected`));
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      if (!started) reject(new Error(`could not read plugin '${pkg}': it ended with code ${String(code)} before it told its port`));
    });
  });
}

function forwardLines(stream: NodeJS.ReadableStream, receive: (line: string) => void): void {
  readline.createInterface({ input: stream }).on("line", receive);
}

const children = new Set<ChildProcess>();

/** Programs and plugins must not outlive the engine, however it ends (short of SIGKILL). */
export function endWithEngine(child: ChildProcess): void {
  if (children.size === 0) process.once("exit", () => children.forEach((one) => killGroup(one, "SIGKILL")));
  children.add(child);
  child.once("exit", () => children.delete(child));
}

export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

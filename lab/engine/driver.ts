/**
 * Runs a Pulumi executable (the stand-in or the real CLI) on a project, in a backend and a Pulumi home of its own.
 * For tests and the demo.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline";

export interface EngineChoice {
  name: string;
  executable: string;
  /** Whether it is the real Pulumi CLI with its plugins. */
  real: boolean;
  /** Why the real CLI cannot be used, if it cannot. */
  missing?: string;
}

export interface RunResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

/** So many milliseconds after the start, the first line for which the function is true, or when the promise resolves. */
export type Moment = number | ((line: string) => boolean) | Promise<unknown>;

export interface RunOptions {
  /** More arguments for the command. */
  args?: string[];
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
  /** SIGKILLs the process and everything it started. */
  killAfter?: Moment;
  /** Like killAfter, but a polite SIGINT to the process alone. */
  interruptAfter?: Moment;
}

export interface PulumiDriverOptions {
  executable: string;
  projectDir: string;
  /** Holds the backend and the Pulumi home; made if missing. */
  stateDir: string;
  stack: string;
  passphrase?: string;
  env?: NodeJS.ProcessEnv;
}

export interface PreviewStep {
  op: string;
  urn: string;
  diffReasons?: string[];
  replaceReasons?: string[];
  detailedDiff?: Record<string, { kind: string; inputDiff: boolean }> | null;
}

export interface PreviewDigest {
  steps: PreviewStep[];
  changeSummary: Record<string, number>;
  diagnostics?: { urn?: string; message: string; severity: string }[];
}

export interface ExportedState {
  version: number;
  deployment: { resources?: Record<string, unknown>[]; pending_operations?: { type: string; resource: { urn: string } }[] };
}

const STAND_IN = path.join(__dirname, "pulumi");
const NEEDED_PLUGINS = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs", "pulumi-resource-kubernetes", "pulumi-resource-random"];

/** The stand-in, and the real CLI where `pulumi` is on PATH: one that lacks plugins says so in `missing`. */
export function engines(): EngineChoice[] {
  const standIn: EngineChoice = { name: "stand-in", executable: STAND_IN, real: false };
  const real = findOnPath("pulumi");
  if (real === undefined || fs.realpathSync(real) === fs.realpathSync(STAND_IN)) return [standIn];
  const version = spawnSync(real, ["version"], { encoding: "utf8", env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" } }).stdout.trim();
  const absent = NEEDED_PLUGINS.filter((plugin) => !isPluginAvailable(plugin));
  const choice: EngineChoice = { name: `Pulumi CLI ${version}`, executable: real, real: true };
  return [standIn, absent.length === 0 ? choice : { ...choice, missing: `plugins not found: ${absent.join(", ")}` }];
}

function findOnPath(name: string): string | undefined {
  const candidates = (process.env.PATH ?? "").split(path.delimiter).map((dir) => path.join(dir, name));
  return candidates.find((candidate) => fs.existsSync(candidate));
}

/** On PATH, or installed in the user's Pulumi home as `resource-NAME-vVERSION`. */
function isPluginAvailable(plugin: string): boolean {
  if (findOnPath(plugin) !== undefined) return true;
  const installed = path.join(process.env.PULUMI_HOME ?? path.join(process.env.HOME ?? "/", ".pulumi"), "plugins");
  const prefix = `${plugin.replace(/^pulumi-/, "")}-v`;
  return fs.existsSync(installed) && fs.readdirSync(installed).some((name) => name.startsWith(prefix));
}

export class PulumiDriver {
  private readonly backendDir: string;
  private readonly home: string;

  constructor(private readonly options: PulumiDriverOptions) {
    this.backendDir = path.join(options.stateDir, "backend");
    this.home = path.join(options.stateDir, "home");
    fs.mkdirSync(this.backendDir, { recursive: true });
    fs.mkdirSync(this.home, { recursive: true });
    this.shareInstalledPlugins();
  }

  /** The real CLI finds installed plugins below its home: the user's are linked into ours. */
  private shareInstalledPlugins(): void {
    const installed = path.join(process.env.PULUMI_HOME ?? path.join(process.env.HOME ?? "/", ".pulumi"), "plugins");
    const ours = path.join(this.home, "plugins");
    if (fs.existsSync(installed) && !fs.existsSync(ours)) fs.symlinkSync(installed, ours);
  }

  private environment(more: NodeJS.ProcessEnv | undefined): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${this.backendDir}`,
      PULUMI_HOME: this.home,
      PULUMI_CONFIG_PASSPHRASE: this.options.passphrase ?? "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
      ...this.options.env,
      ...more,
    };
  }

  /** Runs any command and streams its lines. */
  run(words: string[], { args = [], env, onLine, killAfter, interruptAfter }: RunOptions = {}): Promise<RunResult> {
    const begin = Date.now();
    const child = spawn(this.options.executable, [...words, ...args, "--cwd", this.options.projectDir], {
      env: this.environment(env),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const output = { stdout: "", stderr: "" };
    const triggers = [trigger(killAfter, () => killTree(child)), trigger(interruptAfter, () => child.kill("SIGINT"))];
    for (const name of ["stdout", "stderr"] as const) {
      readline.createInterface({ input: child[name] as NodeJS.ReadableStream }).on("line", (line) => {
        output[name] += `${line}\n`;
        onLine?.(line);
        for (const one of triggers) one.line(line);
      });
    }
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        for (const one of triggers) one.stop();
        resolve({ code, signal, ...output, milliseconds: Date.now() - begin });
      });
    });
  }

  private operation(words: string[], options: RunOptions | undefined, ...flags: string[]): Promise<RunResult> {
    return this.run([...words, "--stack", this.options.stack, "--non-interactive", ...flags], options);
  }

  /** Makes the stack unless it exists. */
  async init(): Promise<void> {
    const result = await this.run(["stack", "select", "--create", this.options.stack, "--non-interactive"]);
    if (result.code !== 0) throw new Error(`stack init failed: ${result.stderr}`);
  }

  up(options?: RunOptions): Promise<RunResult> {
    return this.operation(["up"], options, "--yes", "--skip-preview");
  }

  preview(options?: RunOptions): Promise<RunResult> {
    return this.operation(["preview"], options, "--diff");
  }

  /** Fails when the preview fails. */
  async previewJson(options?: RunOptions): Promise<PreviewDigest> {
    const result = await this.operation(["preview"], options, "--json");
    if (result.code !== 0) throw new Error(`preview failed:\n${result.stdout}\n${result.stderr}`);
    return JSON.parse(result.stdout) as PreviewDigest;
  }

  refresh(options?: RunOptions): Promise<RunResult> {
    return this.operation(["refresh"], options, "--yes", "--skip-preview");
  }

  destroy(options?: RunOptions): Promise<RunResult> {
    return this.operation(["destroy"], options, "--yes", "--skip-preview");
  }

  async setConfig(key: string, value: string, secret = false): Promise<void> {
    const result = await this.run(["config", "set", "--stack", this.options.stack, key, value, ...(secret ? ["--secret"] : [])]);
    if (result.code !== 0) throw new Error(`config set failed: ${result.stderr}`);
  }

  /** Secrets in plain. */
  async outputs(): Promise<Record<string, unknown>> {
    const result = await this.run(["stack", "output", "--json", "--show-secrets", "--stack", this.options.stack]);
    if (result.code !== 0) throw new Error(`stack output failed: ${result.stderr}`);
    return JSON.parse(result.stdout) as Record<string, unknown>;
  }

  async exportState(): Promise<ExportedState> {
    const result = await this.run(["stack", "export", "--stack", this.options.stack]);
    if (result.code !== 0) throw new Error(`stack export failed: ${result.stderr}`);
    return JSON.parse(result.stdout) as ExportedState;
  }
}

interface Trigger {
  line: (line: string) => void;
  stop: () => void;
}

function trigger(when: Moment | undefined, act: () => void): Trigger {
  if (when instanceof Promise) {
    let stopped = false;
    void when.then(() => stopped || act());
    return { line: () => undefined, stop: () => (stopped = true) };
  }
  if (typeof when === "number") {
    const timer = setTimeout(act, when);
    return { line: () => undefined, stop: () => clearTimeout(timer) };
  }
  let acted = false;
  return {
    line: (line) => {
      if (acted || when === undefined || !when(line)) return;
      acted = true;
      act();
    },
    stop: () => undefined,
  };
}

/** Programs and providers have process groups of their own, so the tree is followed by parent ids; a stopped root starts no more. */
export function killTree(child: ChildProcess): void {
  if (child.pid === undefined || !signal(child.pid, "SIGSTOP")) return;
  for (const pid of [...descendants(child.pid), child.pid]) signal(pid, "SIGKILL");
}

/** Returns whether the process was there. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of fs.readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(name);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  for (let queue = [root]; queue.length > 0; ) {
    const next = queue.flatMap((pid) => children.get(pid) ?? []);
    found.push(...next);
    queue = next;
  }
  return found;
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

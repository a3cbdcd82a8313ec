/** One stack with a namespace of its own, and what a scenario does with it. */
import { strict as assert } from "node:assert";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineChoice, type ExportedState, type PreviewDigest, PulumiDriver, type RunOptions, type RunResult } from "../../../lab/engine/driver";
import { connectMqtt, exchange, type MqttTarget } from "../../../lab/demo/traffic";
import { image, keepNamespaces, kubeconfig, tags } from "./environment";
import { TestNamespace } from "./kubernetes";

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly adminUsername: string;
  readonly adminPassword: string;
}

/** Arguments of the component, and its name. What a scenario leaves out comes from `small`. */
export type Args = Readonly<Record<string, unknown>> & { readonly name?: string };

const STACK = "test";
/** A command that hangs is ended before its scenario's time is over, so that its output is seen. */
const LONGEST_RUN_MS = 400_000;
const root = join(__dirname, "../../..");

/** One node of each kind unless a scenario asks for more. */
export function small(tag: string = tags.plain): Args {
  return { name: "c", version: "0.4.11", profile: "dev", image: { repository: image, tag } };
}

/** Not a second of two runs, and short: a pod's names go into DNS. */
const run = Date.now().toString(36).slice(-5);
let count = 0;

export class Bench {
  private readonly runs: { command: string; text: string }[] = [];
  private driver: PulumiDriver;

  private constructor(
    private readonly engine: EngineChoice,
    readonly dir: string,
    readonly ns: TestNamespace,
  ) {
    this.driver = this.makeDriver("state");
  }

  static async create(engine: EngineChoice): Promise<Bench> {
    count += 1;
    const ns = await TestNamespace.create(`scenario-${run}-${count}-${engine.real ? "real" : "standin"}`);
    return Bench.inNamespace(engine, ns);
  }

  /** A second stack in a namespace that another bench made, and removes. */
  static async inNamespace(engine: EngineChoice, ns: TestNamespace): Promise<Bench> {
    const dir = mkdtempSync(join(tmpdir(), "robustmq-scenario-"));
    cpSync(join(__dirname, "../programs/cluster"), join(dir, "program"), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
    const bench = new Bench(engine, dir, ns);
    await bench.driver.init();
    return bench;
  }

  private makeDriver(stateDir: string): PulumiDriver {
    const options = { executable: this.engine.executable, projectDir: join(this.dir, "program"), stateDir: join(this.dir, stateDir), stack: STACK };
    return new PulumiDriver({ ...options, env: { KUBECONFIG: kubeconfig, PULUMI_OPTION_COLOR: "never" } });
  }

  /** Goes on with an empty state, as if the old one were lost. */
  async loseState(): Promise<void> {
    rmSync(join(this.dir, "program", `Pulumi.${STACK}.yaml`), { force: true });
    this.driver = this.makeDriver(`state-${readdirSync(this.dir).length}`);
    await this.driver.init();
  }

  private withArgs(args: Args, options: RunOptions): RunOptions {
    const all = { ...small(), namespace: this.ns.name, ...args };
    return { killAfter: LONGEST_RUN_MS, ...options, args: [...(options.args ?? []), "--config", `args=${JSON.stringify(all)}`] };
  }

  private async record(command: string, result: Promise<RunResult>): Promise<RunResult> {
    const done = await result;
    this.runs.push({ command: `${command} (${(done.milliseconds / 1000).toFixed(0)} s, exit code ${done.code ?? done.signal})`, text: `${done.stdout}\n${done.stderr}` });
    return done;
  }

  /** `up` that must succeed. */
  async up(args: Args, options: RunOptions = {}): Promise<RunResult> {
    const result = await this.tryUp(args, options);
    assert.equal(result.code, 0, `up failed:\n${text(result)}`);
    assert.doesNotMatch(text(result), /^\s+at .*\(.*:\d+:\d+\)$/m, "nobody wants to read stack traces");
    return result;
  }

  async tryUp(args: Args, options: RunOptions = {}): Promise<RunResult> {
    return this.record("up", this.driver.up(this.withArgs(args, options)));
  }

  /** `up` that must fail; returns everything it wrote. */
  async failingUp(args: Args, options: RunOptions = {}): Promise<string> {
    const result = await this.tryUp(args, options);
    assert.notEqual(result.code, 0, `up should have failed:\n${text(result)}`);
    return text(result);
  }

  async preview(args: Args, options: RunOptions = {}): Promise<RunResult> {
    return this.record("preview", this.driver.preview(this.withArgs(args, options)));
  }

  async previewJson(args: Args): Promise<PreviewDigest> {
    return this.driver.previewJson(this.withArgs(args, {}));
  }

  async destroy(): Promise<RunResult> {
    const result = await this.record("destroy", this.driver.destroy());
    assert.equal(result.code, 0, `destroy failed:\n${text(result)}`);
    return result;
  }

  /** After a killed run the real CLI wants its lock removed; the stand-in removes locks of dead processes itself. */
  async unlock(): Promise<void> {
    if (this.engine.real) {
      const result = await this.driver.run(["cancel", "--yes", "--stack", STACK, "--non-interactive"]);
      assert.match(text(result), /cancel|no active|not currently locked|has been/i);
    }
  }

  outputs(): Promise<Record<string, unknown>> {
    return this.driver.outputs();
  }

  async credentials(): Promise<Credentials> {
    return (await this.outputs())["credentials"] as Credentials;
  }

  exportState(): Promise<ExportedState> {
    return this.driver.exportState();
  }

  /** Resources of the stack's state by name, with their outputs. */
  async stateOutputs(): Promise<Map<string, Record<string, unknown>>> {
    const { deployment } = await this.driver.exportState();
    return new Map((deployment.resources ?? []).map((resource) => [String(resource["urn"]).split("::").slice(2).join(" "), (resource["outputs"] ?? {}) as Record<string, unknown>]));
  }

  /** All files of the backend: state, its backups and history; and the stack's configuration. */
  stateText(): string {
    const files = readdirSync(this.dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.parentPath.includes("/plugins"));
    return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");
  }

  /** What all commands of this bench have written. */
  transcript(): string {
    return this.runs.map(({ command, text: written }) => `--- ${command}\n${written}`).join("\n");
  }

  target(pod: string, { username, password }: Pick<Credentials, "username" | "password">): MqttTarget {
    return { config: this.ns.config, namespace: this.ns.name, pod, username, password };
  }

  /** Messages of QoS 1 published through one broker arrive through another, as the user that `credentials` names. */
  async talk(from: string, to: string): Promise<void> {
    const credentials = await this.credentials();
    assert.equal(await exchange(this.target(from, credentials), this.target(to, credentials), 5), 5);
  }

  async retain(pod: string, topic: string, payload: string): Promise<void> {
    const client = await connectMqtt(this.target(pod, await this.credentials()));
    await client.publishAsync(topic, payload, { qos: 1, retain: true });
    await client.endAsync(true);
  }

  /** The retained message of a topic, as a new subscriber gets it. */
  async retained(pod: string, topic: string): Promise<string> {
    const client = await connectMqtt(this.target(pod, await this.credentials()));
    try {
      const message = new Promise<string>((resolve, reject) => {
        setTimeout(() => reject(new Error(`no retained message on ${topic} came through ${pod}`)), 30_000).unref();
        client.once("message", (_topic, payload) => resolve(payload.toString("utf8")));
      });
      await client.subscribeAsync(topic, { qos: 1 });
      return await message;
    } finally {
      await client.endAsync(true);
    }
  }

  /** Writes what happened to a file, for the report of a failed scenario. */
  async explain(title: string): Promise<string> {
    const file = join(tmpdir(), `${this.ns.name}.log`);
    writeFileSync(file, `${title}\n${this.transcript()}\n--- pods\n${await this.ns.describe()}\n--- logs\n${await this.ns.allLogs()}\n`);
    return file;
  }

  async remove(): Promise<void> {
    rmSync(this.dir, { recursive: true, force: true });
    if (!keepNamespaces) {
      await this.ns.remove();
    }
  }

  /** Only this stack's files: the namespace belongs to another bench. */
  removeFiles(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export function text(result: RunResult): string {
  return `${result.stdout}\n${result.stderr}`;
}

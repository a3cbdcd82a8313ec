/** A copy of the test programs in a folder of its own, and a driver for it. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PulumiDriver, type EngineChoice, type RunOptions, type RunResult } from "../../lab/engine/driver";

export const STACK = "test";
export const PROGRAMS = path.join(__dirname, "programs");
export const NODE_MODULES = path.join(__dirname, "..", "..", "node_modules");

/** A fresh stack per engine, made once and copied: its programs and state. */
const templates = new Map<string, Promise<string>>();

function templateFor(engine: EngineChoice): Promise<string> {
  const known = templates.get(engine.name) ?? makeTemplate(engine);
  templates.set(engine.name, known);
  return known;
}

async function makeTemplate(engine: EngineChoice): Promise<string> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "engine-test-template-"));
  fs.cpSync(PROGRAMS, path.join(dir, "programs"), { recursive: true });
  await driverIn(dir, engine, {}).init();
  return dir;
}

function driverIn(dir: string, engine: EngineChoice, env: NodeJS.ProcessEnv): PulumiDriver {
  return new PulumiDriver({
    executable: engine.executable,
    projectDir: path.join(dir, "programs", "scenarios"),
    stateDir: path.join(dir, "state"),
    stack: STACK,
    env,
  });
}

export async function removeTemplates(): Promise<void> {
  for (const template of templates.values()) fs.rmSync(await template, { recursive: true, force: true });
  templates.clear();
}

interface Latest {
  resources?: { urn: string; initErrors?: string[] }[];
  pending_operations?: { type: string; resource: { urn: string } }[];
}

export class Workbench {
  private constructor(
    readonly dir: string,
    readonly driver: PulumiDriver,
    private readonly scenario: string,
  ) {}

  static async create(engine: EngineChoice, scenario: string): Promise<Workbench> {
    const template = await templateFor(engine);
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "engine-test-"));
    for (const part of ["programs", "state"]) fs.cpSync(path.join(template, part), path.join(dir, part), { recursive: true });
    fs.symlinkSync(NODE_MODULES, path.join(dir, "node_modules"));
    fs.writeFileSync(path.join(dir, "log"), "");
    const driver = driverIn(dir, engine, { SCENARIO: scenario, RECORDER_LOG: path.join(dir, "log"), RECORDER_LOST: path.join(dir, "lost") });
    return new Workbench(dir, driver, scenario);
  }

  /** Resolves when the recorder plugin has written this line. */
  async logged(line: string): Promise<void> {
    while (!fs.readFileSync(path.join(this.dir, "log"), "utf8").split("\n").includes(line)) await sleep(20);
  }

  /** What the recorder plugin and hooks wrote since the last call. */
  takeLog(): string[] {
    const file = path.join(this.dir, "log");
    const lines = fs.readFileSync(file, "utf8").split("\n").filter((line) => line !== "");
    fs.writeFileSync(file, "");
    return lines;
  }

  lose(name: string): void {
    fs.appendFileSync(path.join(this.dir, "lost"), `${name}\n`);
  }

  stateText(): string {
    return fs.readFileSync(path.join(this.dir, "state", "backend", ".pulumi", "stacks", "scenarios", `${STACK}.json`), "utf8");
  }

  /** `up` that has to succeed. */
  async up(env: NodeJS.ProcessEnv = {}, options: RunOptions = {}): Promise<RunResult> {
    return assertSuccess(await this.driver.up({ ...options, env }), `up of ${this.scenario}`);
  }

  /** Both engines keep the same file; reading it saves starting them. */
  private latest(): Latest {
    const { checkpoint } = JSON.parse(this.stateText()) as { checkpoint: { latest?: Latest } };
    return checkpoint.latest ?? {};
  }

  urns(): string[] {
    return (this.latest().resources ?? []).map(({ urn }) => urn);
  }

  resource(name: string): { initErrors?: string[] } | undefined {
    return (this.latest().resources ?? []).find(({ urn }) => urn.endsWith(`::${name}`));
  }

  pendingOperations(): string[] {
    return (this.latest().pending_operations ?? []).map(({ type, resource }) => `${type} ${resource.urn.split("::").at(-1)}`);
  }

  remove(): void {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

export function assertSuccess(result: RunResult, what: string): RunResult {
  if (result.code !== 0) throw new Error(`${what} ended with code ${String(result.code)}:\n${result.stdout}\n${result.stderr}`);
  return result;
}

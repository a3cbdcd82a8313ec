/** up, preview, refresh and destroy. */
import * as os from "node:os";
import { JsonDisplay } from "../display/json";
import { ProgressDisplay, type Phase } from "../display/progress";
import { Deployment, type Kind } from "../engine/deployment";
import { type EventSink, type Step } from "../engine/events";
import { type ResolvedConfig } from "../project/stack-config";
import { decodeCheckpoint, encodeCheckpoint } from "../project/state";
import { UserError } from "../user-error";
import { type Arguments } from "./arguments";
import { openStack, type StackContext } from "./stack-context";

const TITLES: Record<Phase, [string, string]> = {
  preview: ["Previewing update", "preview failed"],
  update: ["Updating", "update failed"],
  refresh: ["Refreshing", "refresh failed"],
  destroy: ["Destroying", "destroy failed"],
};

interface RunPlan {
  kind: Kind;
  phase: Phase;
  preview: boolean;
  /** Prepended to the display's events, to watch for changes. */
  events: EventSink;
}

export class OperationCommand {
  private changes = 0;
  private current: Deployment | undefined;
  private interrupts = 0;

  constructor(
    private readonly args: Arguments,
    private readonly write: (line: string) => void,
  ) {}

  async up(): Promise<number> {
    return this.locked(async (context) => {
      if (!this.args.flag("skip-preview") && !(await this.show(context, "update", "preview", true))) return 255;
      this.requireYes();
      return (await this.show(context, "update", "update", false)) ? 0 : 255;
    });
  }

  async preview(): Promise<number> {
    const context = openStack(this.args);
    return this.interruptible(async () => {
      if (this.args.flag("json")) return this.previewJson(context);
      return this.expectation(await this.show(context, "update", "preview", true));
    });
  }

  async refresh(): Promise<number> {
    return this.locked(async (context) => {
      if (this.args.flag("preview-only")) return (await this.show(context, "refresh", "refresh", true)) ? 0 : 255;
      this.requireYes();
      return this.expectation(await this.show(context, "refresh", "refresh", false));
    });
  }

  async destroy(): Promise<number> {
    return this.locked(async (context) => {
      if (this.args.flag("preview-only")) return (await this.show(context, "destroy", "destroy", true)) ? 0 : 255;
      if (!this.args.flag("skip-preview") && !(await this.show(context, "destroy", "destroy", true))) return 255;
      this.requireYes();
      if (!(await this.show(context, "destroy", "destroy", false))) return 255;
      if (this.args.flag("remove")) context.backend.remove(context.project.name, context.stack);
      else this.write("The resources in the stack have been deleted, but the history and configuration associated with the stack are still maintained.");
      return 0;
    });
  }

  private expectation(ok: boolean): number {
    if (!ok) return 255;
    if (!this.args.flag("expect-no-changes") || this.changes === 0) return 0;
    this.write(`error: no changes were expected but changes occurred`);
    return 255;
  }

  private requireYes(): void {
    if (this.args.flag("yes")) return;
    throw new UserError("--yes or --skip-preview must be passed in to proceed when running in non-interactive mode");
  }

  private async locked(work: (context: StackContext) => Promise<number>): Promise<number> {
    const context = openStack(this.args);
    const release = context.backend.lock(context.project.name, context.stack);
    try {
      return await this.interruptible(() => work(context));
    } finally {
      release();
    }
  }

  private async interruptible(work: () => Promise<number>): Promise<number> {
    const interrupt = (): void => this.interrupted();
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", interrupt);
    try {
      return await work();
    } finally {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
    }
  }

  /** The first asks everything to end; the second does not wait. */
  private interrupted(): void {
    this.interrupts++;
    if (this.interrupts > 1) process.exit(130);
    this.write("^C received; cancelling. If you would like to terminate immediately, press ^C again.");
    this.current?.cancel();
  }

  private async show(context: StackContext, kind: Kind, phase: Phase, preview: boolean): Promise<boolean> {
    const [title, failure] = TITLES[phase];
    const name = `${context.project.name}-${context.stack}`;
    const previewTitle = kind === "update" ? "Previewing update" : `Previewing ${kind}`;
    this.write("");
    this.write(`${preview ? previewTitle : title} (${context.stack}):`);
    const display = new ProgressDisplay({
      phase, preview, stackName: name, showDiff: this.args.flag("diff"), suppressOutputs: this.args.flag("suppress-outputs"), write: this.write,
    });
    const ok = await this.run(context, { kind, phase, preview, events: display });
    display.finish(ok ? undefined : preview ? "preview failed" : failure);
    return ok;
  }

  private async previewJson(context: StackContext): Promise<number> {
    const config = await this.resolveConfig(context);
    const hidden = config.secretKeys.map((key) => [key, "[secret]"]);
    const display = new JsonDisplay({ ...config.values, ...(Object.fromEntries(hidden) as Record<string, string>) });
    const ok = await this.run(context, { kind: "update", phase: "preview", preview: true, events: display });
    process.stdout.write(`${display.text()}\n`);
    return this.expectation(ok);
  }

  /** As with the real CLI, `--config` stays in the stack's file. */
  private async resolveConfig({ stackConfig }: StackContext): Promise<ResolvedConfig> {
    for (const [key, value] of Object.entries(this.args.config)) await stackConfig.set(key, value, this.args.flag("secret"));
    return stackConfig.resolve();
  }

  private async run(context: StackContext, { kind, preview, events }: RunPlan): Promise<boolean> {
    const { project, stack, backend, stackConfig } = context;
    const secrets = await stackConfig.secrets();
    const deployment = new Deployment({
      kind,
      project,
      stack,
      organization: "organization",
      config: await this.resolveConfig(context),
      preview,
      parallel: Number(this.args.text("parallel") ?? Math.max(16, 4 * os.cpus().length)),
      continueOnError: this.args.flag("continue-on-error"),
      refreshFirst: this.args.flag("refresh") && kind !== "refresh",
      clearPendingCreates: this.args.flag("clear-pending-creates"),
      base: await decodeCheckpoint(backend.load(project.name, stack), secrets),
      save: (checkpoint) => backend.save(project.name, stack, encodeCheckpoint(checkpoint, secrets)),
      events: this.counting(events),
    });
    this.current = deployment;
    await deployment.run();
    return !deployment.status.failed;
  }

  private counting(events: EventSink): EventSink {
    const isChange = (step: Step): boolean => (step.op === "refresh" ? step.resultOp !== "same" : step.op !== "same" && step.op !== "read");
    return {
      stepStarted: (step) => events.stepStarted(step),
      stepFinished: (step, error) => {
        if (isChange(step)) this.changes++;
        events.stepFinished(step, error);
      },
      outputsRegistered: (state, previous) => events.outputsRegistered(state, previous),
      message: (message) => events.message(message),
    };
  }
}

/** One run from begin to end: up, preview, refresh or destroy. */
import { type Checkpoint } from "../project/state";
import { KubernetesProvider } from "../providers/kubernetes/provider";
import { type RunContext } from "../providers/plugin-construct";
import { PluginProvider } from "../providers/plugin";
import { plainGrpcMessage } from "../providers/grpc-client";
import { type Log, type Provider } from "../providers/provider";
import { RandomProvider } from "../providers/random";
import { Callbacks } from "./callbacks";
import { type Context, type RunOptions } from "./context";
import { deleteAll } from "./deletions";
import { addEngineService } from "./engine-service";
import { type EventSink } from "./events";
import { Executor, StepFailed } from "./executor";
import { Journal } from "./journal";
import { Monitor } from "./monitor";
import { Program } from "./program";
import { ProviderRegistry } from "./provider-registry";
import { refreshAll } from "./refresh";
import { Registrar } from "./registrar";
import { RpcServer } from "./rpc-server";
import { Halted, RunStatus, Semaphore } from "./run-status";

export type Kind = "update" | "refresh" | "destroy";

export interface DeploymentRequest extends RunOptions {
  kind: Kind;
  /** For updates: read everything first. */
  refreshFirst: boolean;
  clearPendingCreates: boolean;
  base: Checkpoint;
  save: (checkpoint: Checkpoint) => void;
  events: EventSink;
}

export class Deployment {
  readonly status: RunStatus;
  private readonly server = new RpcServer();
  private readonly context: Context;
  private readonly executor: Executor;
  private program: Program | undefined;
  private engineAddress = "";

  constructor(private readonly request: DeploymentRequest) {
    const { base, save, events, preview, parallel, continueOnError } = request;
    this.status = new RunStatus(continueOnError);
    const journal = new Journal(base, preview ? () => undefined : save);
    this.context = {
      ...request,
      status: this.status,
      journal,
      callbacks: new Callbacks(preview, (urn, text) => events.message({ severity: "warning", urn, text })),
      semaphore: new Semaphore(parallel),
      providers: new ProviderRegistry(
        (pkg) => this.startProvider(pkg),
        (id) => journal.all().find((state) => state.id === id),
      ),
    };
    this.executor = new Executor(this.context);
  }

  /** What programs and providers log; an error among it makes the run fail, as with the real engine. */
  private readonly log: Log = (message) => {
    this.request.events.message(message);
    if (message.severity === "error") this.status.failed = true;
  };

  private async startProvider(pkg: string): Promise<Provider> {
    if (pkg === "random" && this.request.project.pluginPaths.random === undefined) return new RandomProvider();
    if (pkg === "kubernetes" && this.request.project.pluginPaths.kubernetes === undefined) {
      return new KubernetesProvider(this.request.events.message.bind(this.request.events));
    }
    return PluginProvider.start(pkg, this.request.project, this.runContext(), this.log);
  }

  private runContext(): RunContext {
    const { project, stack, organization, config, preview, parallel } = this.request;
    return { project: project.name, stack, organization, config, dryRun: preview, parallel, engineAddress: this.engineAddress };
  }

  async run(): Promise<void> {
    const registrar = new Registrar(this.context, this.executor);
    const monitor = new Monitor(this.context, registrar, this.executor);
    addEngineService(this.server, this.log);
    monitor.addTo(this.server);
    this.engineAddress = await this.server.listen();
    monitor.address = this.engineAddress;
    this.warnOfInterruptedOperations();
    try {
      await this.runKind(registrar, monitor);
    } catch (error) {
      if (!(error instanceof StepFailed) && !(error instanceof Halted)) throw error;
    } finally {
      await this.executor.idle();
      monitor.finish();
      await this.program?.stop();
      this.context.callbacks.close();
      await this.context.providers.cancel();
      await this.context.providers.close();
      this.server.close();
      this.context.journal.save();
    }
  }

  private async runKind(registrar: Registrar, monitor: Monitor): Promise<void> {
    const { kind, refreshFirst, clearPendingCreates } = this.request;
    const { journal } = this.context;
    if (kind === "refresh" || refreshFirst) await refreshAll(this.context, this.executor);
    if (kind === "refresh" && clearPendingCreates) journal.forgetInterruptedCreates();
    if (kind === "destroy") return deleteAll(this.context, this.executor, journal.leftOver());
    if (kind === "refresh") return;
    await this.runProgram(monitor);
    if (this.status.failed) return;
    await deleteAll(this.context, this.executor, registrar.unclaimed());
  }

  /** Until the program has registered everything it wants, failed, or was stopped. */
  private async runProgram(monitor: Monitor): Promise<void> {
    this.program = new Program(this.request, { monitor: monitor.address, engine: this.engineAddress }, this.log);
    const ended = this.program.ended.then((code) => {
      if (code === 0 || this.status.isHalted) return;
      this.log({ severity: "error", urn: "", text: `an unhandled error occurred: Program exited with non-zero exit code: ${code}` });
    });
    await this.status.whileRunning(() => Promise.race([monitor.programDone, ended]));
  }

  /** First request: ask politely. Operations under way end and are written down; nothing new starts. */
  cancel(): void {
    if (this.status.cancelled) return;
    this.status.cancel();
    this.context.providers.cancel().catch((error: unknown) => {
      this.request.events.message({ severity: "warning", urn: "", text: `cancelling providers: ${plainGrpcMessage(error)}` });
    });
  }

  private warnOfInterruptedOperations(): void {
    const { interrupted } = this.context.journal;
    if (interrupted.length === 0) return;
    const lines = interrupted.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}`);
    this.request.events.message({
      severity: "warning",
      urn: "",
      text:
        `Attempting to deploy or update resources with ${interrupted.length} pending operations from previous deployment.\n` +
        `${lines.join("\n")}\n` +
        "These resources are in an unknown state because the Pulumi CLI was interrupted while waiting for changes to these resources to complete. " +
        "You should confirm whether or not the operations listed completed successfully by checking the state of the appropriate provider. " +
        "`pulumi refresh --clear-pending-creates` forgets pending creations.",
    });
  }
}

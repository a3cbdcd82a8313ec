/** Carries out single operations on resources: provider calls, hooks, journal, events. */
import { type ResourceState } from "../project/state";
import { plainGrpcMessage } from "../providers/grpc-client";
import { InitializationError, type Provider } from "../providers/provider";
import { withSecretKeys, type ValueMap } from "../values/property";
import { type Context } from "./context";
import { type Operation, type Step } from "./events";
import { NO_HOOKS, type HookBinding } from "./goal";
import { type Changes } from "./planner";
import { Halted } from "./run-status";

type DeleteOperation = "delete" | "delete-replaced" | "read-discard";

/** The failure was reported already; callers only have to stop. */
export class StepFailed extends Error {}

const now = (): string => new Date().toISOString();

export class Executor {
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly context: Context) {}

  /** Resolves when no operation is under way, also after the run was stopped. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  /** Says what went wrong, makes it the run's failure, and throws. */
  fail(urn: string, text: string): never {
    this.context.events.message({ severity: "error", urn, text });
    this.context.status.fail();
    throw new StepFailed(text);
  }

  /** For work outside steps (checks, comparisons): its failures are reported like those of steps. */
  async reporting<T>(urn: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StepFailed || error instanceof Halted) throw error;
      return this.fail(urn, plainGrpcMessage(error));
    }
  }

  /** Shows a step's beginning and end, and makes its failure the run's. */
  async step(step: Step, work: () => Promise<void>): Promise<void> {
    const job = this.runStep(step, work);
    this.running.add(job);
    try {
      await job;
    } finally {
      this.running.delete(job);
    }
  }

  private async runStep(step: Step, work: () => Promise<void>): Promise<void> {
    const { events, semaphore, status } = this.context;
    await semaphore.run(async () => {
      status.assertRunning();
      events.stepStarted(step);
      try {
        await work();
      } catch (error) {
        if (error instanceof StepFailed || error instanceof Halted) throw error;
        const text = (this.context.preview ? "Preview failed: " : "") + plainGrpcMessage(error);
        events.stepFinished(step, text);
        this.fail(step.urn, text);
      }
      events.stepFinished(step);
    });
  }

  async create(op: Operation, state: ResourceState, provider: Provider, hooks: HookBinding, changes?: Changes, replaced?: ResourceState): Promise<void> {
    const step: Step = { op, urn: state.urn, new: state, ...(replaced ? { old: replaced } : {}), ...changes };
    await this.step(step, async () => {
      const { callbacks, journal, preview } = this.context;
      await callbacks.runHooks(hooks.beforeCreate, { urn: state.urn, id: "", newInputs: state.inputs });
      state.created = state.modified = now();
      const pending = preview ? undefined : journal.begin("creating", { ...state });
      try {
        const { id, outputs } = await provider.create({
          urn: state.urn, inputs: state.inputs, timeoutSeconds: state.customTimeouts?.create ?? 0, preview,
        });
        if (id !== "") state.id = id;
        this.setOutputs(state, outputs);
      } catch (error) {
        if (pending !== undefined) journal.end(pending);
        this.keepHalfMade(error, state, undefined);
        throw error;
      }
      if (pending !== undefined) journal.end(pending);
      journal.settle(state);
      await callbacks.runHooks(hooks.afterCreate, {
        urn: state.urn, id: state.id ?? "", newInputs: state.inputs, newOutputs: state.outputs,
      });
    });
  }

  async update(state: ResourceState, old: ResourceState, provider: Provider, hooks: HookBinding, changes: Changes, ignoreChanges: string[]): Promise<void> {
    const step: Step = { op: "update", urn: state.urn, old, new: state, ...changes };
    await this.step(step, async () => {
      const { callbacks, journal, preview } = this.context;
      Object.assign(state, { id: old.id, created: old.created, modified: now() });
      const common = { urn: state.urn, id: state.id ?? "", oldInputs: old.inputs, oldOutputs: old.outputs, newInputs: state.inputs };
      await callbacks.runHooks(hooks.beforeUpdate, common);
      const pending = preview ? undefined : journal.begin("updating", { ...state, outputs: old.outputs });
      try {
        const { outputs } = await provider.update({
          urn: state.urn, id: old.id ?? "", oldInputs: old.inputs, oldOutputs: old.outputs, news: state.inputs,
          ignoreChanges, timeoutSeconds: state.customTimeouts?.update ?? 0, preview,
        });
        this.setOutputs(state, outputs);
      } catch (error) {
        if (pending !== undefined) journal.end(pending);
        this.keepHalfMade(error, state, old);
        throw error;
      }
      if (pending !== undefined) journal.end(pending);
      journal.settle(state, old);
      await callbacks.runHooks(hooks.afterUpdate, { ...common, newOutputs: state.outputs });
    });
  }

  private setOutputs(state: ResourceState, outputs: ValueMap): void {
    state.outputs = withSecretKeys(outputs, state.additionalSecretOutputs ?? []);
    delete state.initErrors;
  }

  /** After an initialization failure the object exists: its state is kept. After other failures the old state stands. */
  private keepHalfMade(error: unknown, state: ResourceState, old: ResourceState | undefined): void {
    const { journal } = this.context;
    if (!(error instanceof InitializationError)) return journal.save();
    if (error.id !== "") state.id = error.id;
    this.setOutputs(state, error.outputs);
    if (error.inputs !== undefined) state.inputs = error.inputs;
    state.initErrors = error.reasons;
    journal.settle(state, old);
  }

  async same(state: ResourceState, old: ResourceState, outputs: ValueMap): Promise<void> {
    await this.step({ op: "same", urn: state.urn, old, new: state }, async () => {
      Object.assign(state, { id: old.id, outputs, created: old.created, modified: old.modified });
      this.context.journal.settleQuietly(state, old);
    });
  }

  /** Components have no provider: their operations only change the state. */
  async component(op: "create" | "update", state: ResourceState, old: ResourceState | undefined, hooks: HookBinding, changes?: Changes): Promise<void> {
    const step: Step = { op, urn: state.urn, new: state, ...(old ? { old } : {}), ...changes };
    await this.step(step, async () => {
      const { callbacks, journal } = this.context;
      const args = { urn: state.urn, id: "", newInputs: state.inputs };
      await callbacks.runHooks(op === "create" ? hooks.beforeCreate : hooks.beforeUpdate, args);
      state.outputs = old?.outputs ?? {};
      state.created = old?.created ?? now();
      state.modified = now();
      journal.settle(state, old);
      await callbacks.runHooks(op === "create" ? hooks.afterCreate : hooks.afterUpdate, args);
    });
  }

  /** Deletes what a state stands for; afterwards `settle` says what becomes of the state. What `goesAnyway` with another is not deleted by itself. */
  async delete(op: DeleteOperation, state: ResourceState, changes: Changes, settle: () => void, goesAnyway = false): Promise<void> {
    const step: Step = { op, urn: state.urn, old: state, ...changes };
    await this.step(step, async () => {
      assertUnprotected(state, op);
      if (this.context.preview) return settle();
      const hooks = { ...NO_HOOKS, beforeDelete: state.deleteHooks?.before ?? [], afterDelete: state.deleteHooks?.after ?? [] };
      const args = { urn: state.urn, id: state.id ?? "", oldInputs: state.inputs, oldOutputs: state.outputs };
      await this.context.callbacks.runHooks(hooks.beforeDelete, args);
      if (!goesAnyway) await this.callDelete(state);
      settle();
      await this.context.callbacks.runHooks(hooks.afterDelete, args);
    });
  }

  private async callDelete(state: ResourceState): Promise<void> {
    const { journal, providers } = this.context;
    if (!needsDeletion(state)) return;
    const provider = await providers.get(state.provider as string);
    const pending = journal.begin("deleting", state);
    try {
      await provider.delete({
        urn: state.urn, id: state.id ?? "", inputs: state.inputs, outputs: state.outputs, timeoutSeconds: state.customTimeouts?.delete ?? 0,
      });
    } catch (error) {
      if (error instanceof InitializationError) journal.change(state, { outputs: error.outputs });
      throw error;
    } finally {
      journal.end(pending);
      journal.save();
    }
  }
}

function needsDeletion(state: ResourceState): boolean {
  return state.custom && state.provider !== undefined && state.external !== true && state.retainOnDelete !== true && state.pendingReplacement !== true;
}

export function assertUnprotected(state: ResourceState, op: Operation): void {
  if (state.protect !== true || op === "read-discard") return;
  throw new Error(
    `resource ${JSON.stringify(state.urn)} cannot be deleted\n` +
      "because it is protected. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
  );
}

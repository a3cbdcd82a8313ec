/** Reads every resource and makes the state say what is really there. */
import { type ResourceState } from "../project/state";
import { InitializationError, type ReadResult } from "../providers/provider";
import { detailedInputDiff } from "../values/diff";
import { withSecretKeys } from "../values/property";
import { isProviderType } from "../values/urn";
import { type Context } from "./context";
import { type Step } from "./events";
import { type Executor } from "./executor";

export async function refreshAll(context: Context, executor: Executor): Promise<void> {
  const states = context.journal.leftOver().filter((state) => state.custom && !isProviderType(state.type) && state.delete !== true);
  const results = await Promise.allSettled(states.map((state) => refreshOne(context, executor, state)));
  removeDependenciesOnMissing(context);
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

async function refreshOne(context: Context, executor: Executor, state: ResourceState): Promise<void> {
  const step: Step = { op: "refresh", urn: state.urn, old: state };
  await executor.step(step, async () => {
    if (state.pendingReplacement === true) return;
    const provider = await context.providers.get(state.provider as string);
    const initErrors: string[] = [];
    const result = await keepingInitErrors(initErrors, provider.read({ urn: state.urn, id: state.id ?? "", inputs: state.inputs, outputs: state.outputs }));
    const found = foundState(state, result, initErrors);
    const shownDiff = found === undefined ? {} : detailedInputDiff(state.outputs, found.outputs);
    const changed = Object.keys(shownDiff).length > 0;
    Object.assign(step, { resultOp: found === undefined ? "delete" : changed ? "update" : "same", shownDiff });
    if (found !== undefined) step.new = found;
    context.journal.swap(state, found);
  });
}

/** Objects that are there but not well are read all the same; what is wrong stays noted. */
async function keepingInitErrors(initErrors: string[], reading: Promise<ReadResult>): Promise<ReadResult> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof InitializationError)) throw error;
    initErrors.push(...error.reasons);
    return { id: error.id, outputs: error.outputs, ...(error.inputs === undefined ? {} : { inputs: error.inputs }) };
  }
}

function foundState(state: ResourceState, result: ReadResult, initErrors: string[]): ResourceState | undefined {
  if (result.id === "") return undefined;
  const found: ResourceState = {
    ...state,
    id: result.id,
    inputs: result.inputs ?? state.inputs,
    outputs: withSecretKeys(result.outputs, state.additionalSecretOutputs ?? []),
  };
  if (initErrors.length > 0) found.initErrors = initErrors;
  else delete found.initErrors;
  return found;
}

function removeDependenciesOnMissing(context: Context): void {
  const states = context.journal.leftOver();
  const present = new Set(states.map((state) => state.urn));
  for (const state of states) {
    state.dependencies = state.dependencies.filter((urn) => present.has(urn));
    for (const [key, urns] of Object.entries(state.propertyDependencies ?? {})) {
      (state.propertyDependencies as Record<string, string[]>)[key] = urns.filter((urn) => present.has(urn));
    }
  }
}

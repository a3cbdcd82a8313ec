/** Deletes resources so that nothing goes before what depends on it. */
import { type ResourceState } from "../project/state";
import { type Provider } from "../providers/provider";
import { UNKNOWN } from "../values/property";
import { isProviderType, splitReference } from "../values/urn";
import { type Context } from "./context";
import { type Executor } from "./executor";
import { type Changes } from "./planner";

/** URNs that have to exist as long as `state` does. */
export function requirements(state: ResourceState): Set<string> {
  const urns = new Set(state.dependencies);
  for (const list of Object.values(state.propertyDependencies ?? {})) for (const urn of list) urns.add(urn);
  if (state.parent !== undefined) urns.add(state.parent);
  if (state.provider !== undefined) urns.add(splitReference(state.provider).urn);
  if (state.deletedWith !== undefined) urns.add(state.deletedWith);
  return urns;
}

/** Deletes all of `states`, dependants first, independent ones at the same time. */
export async function deleteAll(context: Context, executor: Executor, states: ResourceState[]): Promise<void> {
  const jobs = new Map<ResourceState, Promise<void>>();
  const doomed = new Set(states.map((state) => state.urn));
  const start = (state: ResourceState): Promise<void> => {
    const known = jobs.get(state);
    if (known !== undefined) return known;
    const dependants = states.filter((other) => other !== state && other.urn !== state.urn && requirements(other).has(state.urn));
    const job = Promise.all(dependants.map(start)).then(() => deleteOne(context, executor, state, doomed));
    jobs.set(state, job);
    return job;
  };
  const results = await Promise.allSettled([...states].reverse().map(start));
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

async function deleteOne(context: Context, executor: Executor, state: ResourceState, doomed: Set<string>): Promise<void> {
  const { journal } = context;
  if (state.pendingReplacement === true) return journal.remove(state);
  const goesAnyway = state.deletedWith !== undefined && doomed.has(state.deletedWith);
  const op = state.external === true ? "read-discard" : state.delete === true ? "delete-replaced" : "delete";
  await executor.delete(op, state, {}, () => journal.remove(state), goesAnyway);
}

/**
 * Deletes a resource whose replacement needs its name, after everything that would have to be replaced with it: dependants
 * for which their provider says so when the values they take from it become unknown.
 */
export async function deleteForReplacement(context: Context, executor: Executor, root: ResourceState, changes: Changes): Promise<void> {
  const { journal } = context;
  const affected = await dependentReplacements(context, root);
  for (const state of [...affected].reverse()) {
    if (state.pendingReplacement === true) continue;
    await executor.delete("delete-replaced", state, state === root ? changes : {}, () => {
      journal.change(state, { pendingReplacement: true });
    });
  }
}

async function dependentReplacements(context: Context, root: ResourceState): Promise<ResourceState[]> {
  const affected = [root];
  const urns = new Set([root.urn]);
  for (const state of context.journal.leftOver()) {
    if (urns.has(state.urn) || !state.custom || state.external === true || state.delete === true) continue;
    if (await mustFollow(context, state, urns)) {
      affected.push(state);
      urns.add(state.urn);
    }
  }
  return affected;
}

async function mustFollow(context: Context, state: ResourceState, replaced: Set<string>): Promise<boolean> {
  if (state.provider !== undefined && replaced.has(splitReference(state.provider).urn)) return true;
  const concerned = Object.entries(state.propertyDependencies ?? {}).filter(([, urns]) => urns.some((urn) => replaced.has(urn)));
  if (concerned.length === 0) return false;
  const news = { ...state.inputs, ...Object.fromEntries(concerned.map(([key]) => [key, UNKNOWN])) };
  const provider: Provider = isProviderType(state.type)
    ? await context.providers.start(state.type)
    : await context.providers.get(state.provider as string);
  const request = { urn: state.urn, id: state.id ?? "", oldInputs: state.inputs, oldOutputs: state.outputs, news, ignoreChanges: [] };
  const diff = isProviderType(state.type) ? await provider.diffConfig(request) : await provider.diff(request);
  return diff.replaces.length > 0;
}

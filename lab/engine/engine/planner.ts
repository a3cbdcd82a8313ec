/** Decides what a registration means for a resource: nothing, create, update or replace. */
import { randomBytes } from "node:crypto";
import { type ResourceState } from "../project/state";
import { type CheckFailure, type DiffResult, type Provider } from "../providers/provider";
import { applyReplaceOnChanges, detailedInputDiff, isReplaceKind, topLevelKeys } from "../values/diff";
import { parsePath, pathContains, resetPath } from "../values/paths";
import { lowerOutputValues, type ValueMap } from "../values/property";
import { isDefaultProvider, packageOf, splitReference } from "../values/urn";
import { type Step } from "./events";
import { type Goal } from "./goal";

export type Changes = Pick<Step, "diffReasons" | "replaceReasons" | "detailedDiff" | "shownDiff">;

export type Plan =
  | { kind: "create" }
  | { kind: "same" }
  | { kind: "update"; changes: Changes }
  | { kind: "replace"; changes: Changes; deleteFirst: boolean };

export class InvalidInputs extends Error {}

/** `ignoreChanges`: the ignored properties keep the values they had. */
export function inputsFor(goal: Goal, old: ResourceState | undefined): ValueMap {
  let inputs = lowerOutputValues(goal.inputs);
  if (old === undefined) return inputs;
  for (const path of goal.ignoreChanges) {
    inputs = resetPath(old.inputs, inputs, parsePath(path)) as ValueMap;
  }
  return inputs;
}

export async function checkInputs(provider: Provider, state: ResourceState, old: ResourceState | undefined, config: boolean): Promise<ValueMap> {
  const request = { urn: state.urn, olds: old?.inputs ?? {}, news: state.inputs, randomSeed: randomBytes(32) };
  const { inputs, failures } = config ? await provider.checkConfig(request) : await provider.check(request);
  if (failures.length > 0) throw new InvalidInputs(failures.map((failure) => failureText(state, failure)).join("\n"));
  return inputs;
}

function failureText(state: ResourceState, { property, reason }: CheckFailure): string {
  const name = state.urn.split("::").at(-1);
  const value = state.inputs[property];
  if (property === "") return `${state.type} resource '${name}' has a problem: ${reason}`;
  return `${state.type} resource '${name}': property ${property} value {${JSON.stringify(value)}} has a problem: ${reason}`;
}

/** What the provider answered, completed by the engine's own comparison where the provider leaves it to the engine. */
function completeDiff(result: DiffResult, old: ResourceState, inputs: ValueMap): { changed: boolean; changes: Changes } {
  const own = detailedInputDiff(old.inputs, inputs);
  const undecided = result.changes === undefined;
  const changed = result.changes ?? Object.keys(own).length > 0;
  const detailedDiff = result.detailedDiff ?? (undecided ? own : undefined);
  const diffReasons = result.diffs.length > 0 ? result.diffs : undecided ? topLevelKeys(own) : [];
  const changes: Changes = {
    ...(diffReasons.length > 0 ? { diffReasons } : {}),
    ...(result.replaces.length > 0 ? { replaceReasons: result.replaces } : {}),
    ...(detailedDiff === undefined ? {} : { detailedDiff }),
    shownDiff: changed ? (detailedDiff ?? own) : {},
  };
  return { changed: changed || result.replaces.length > 0, changes };
}

/** `replaceOnChanges` sees only what the provider says has changed. */
function withReplaceOnChanges(changes: Changes, patterns: string[]): Changes {
  const fromDetails = applyReplaceOnChanges(changes.detailedDiff ?? {}, patterns);
  const parsed = patterns.map(parsePath);
  const fromReasons = (changes.diffReasons ?? []).filter((key) => parsed.some((pattern) => pathContains(pattern, parsePath(key))));
  const reasons = new Set([...(changes.replaceReasons ?? []), ...fromDetails, ...fromReasons]);
  return reasons.size === 0 ? changes : { ...changes, replaceReasons: [...reasons] };
}

function replacesSomething({ replaceReasons, detailedDiff }: Changes): boolean {
  return (replaceReasons ?? []).length > 0 || Object.values(detailedDiff ?? {}).some(({ kind }) => isReplaceKind(kind));
}

export async function diffResource(provider: Provider, old: ResourceState, inputs: ValueMap, goal: Goal, config: boolean): Promise<Plan> {
  const request = {
    urn: old.urn, id: old.id ?? "", oldInputs: old.inputs, oldOutputs: old.outputs, news: inputs, ignoreChanges: goal.ignoreChanges,
  };
  const result = config ? await provider.diffConfig({ ...request, oldOutputs: old.inputs }) : await provider.diff(request);
  const { changed, changes: found } = completeDiff(result, old, inputs);
  const failedToInitialize = (old.initErrors ?? []).length > 0;
  if (!changed && !failedToInitialize) return { kind: "same" };
  const changes = withReplaceOnChanges(found, goal.replaceOnChanges);
  if (!replacesSomething(changes)) return { kind: "update", changes };
  return { kind: "replace", changes, deleteFirst: goal.deleteBeforeReplace ?? result.deleteBeforeReplace };
}

/** Whether another provider means another place, so that the resource has to be made anew there. */
export async function providerReplaces(
  old: ResourceState, reference: string, inputsOf: (reference: string) => ValueMap | undefined, start: (type: string) => Promise<Provider>,
): Promise<boolean> {
  if (old.provider === undefined || old.provider === reference) return false;
  const before = splitReference(old.provider);
  const after = splitReference(reference);
  if (isDefaultProvider(before.urn) && isDefaultProvider(after.urn)) return false;
  if (before.urn === after.urn) return true;
  const oldInputs = inputsOf(old.provider);
  const newInputs = inputsOf(reference);
  if (oldInputs === undefined || newInputs === undefined) return true;
  const provider = await start(`pulumi:providers:${packageOf(old.type)}`);
  const diff = await provider.diffConfig({ urn: after.urn, id: after.id, oldInputs, oldOutputs: oldInputs, news: newInputs, ignoreChanges: [] });
  return diff.replaces.length > 0;
}

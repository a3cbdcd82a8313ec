/** What a program asks for when it registers a resource. */
import { type Callback } from "@pulumi/pulumi/proto/callback_pb";
import { type Alias } from "@pulumi/pulumi/proto/alias_pb";
import { type RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { type CustomTimeouts } from "../project/state";
import { fromStruct, outputDependencies, type ValueMap } from "../values/property";

export interface HookBinding {
  beforeCreate: string[];
  afterCreate: string[];
  beforeUpdate: string[];
  afterUpdate: string[];
  beforeDelete: string[];
  afterDelete: string[];
}

export interface AliasSpec {
  urn?: string;
  name: string;
  type: string;
  stack: string;
  project: string;
  parent?: string;
  noParent: boolean;
}

export interface Goal {
  type: string;
  name: string;
  custom: boolean;
  remote: boolean;
  parent: string;
  /** As sent: may hold output values. */
  inputs: ValueMap;
  protect: boolean | undefined;
  retainOnDelete: boolean | undefined;
  deletedWith: string;
  replaceWith: string[];
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  provider: string;
  providers: Record<string, string>;
  version: string;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  aliases: AliasSpec[];
  customTimeouts: CustomTimeouts;
  deleteBeforeReplace: boolean | undefined;
  importId: string;
  hooks: HookBinding;
  transforms: Callback[];
}

export const NO_HOOKS: HookBinding = { beforeCreate: [], afterCreate: [], beforeUpdate: [], afterUpdate: [], beforeDelete: [], afterDelete: [] };

export function goalFromRequest(request: RegisterResourceRequest): Goal {
  const inputs = fromStruct(request.getObject());
  const propertyDependencies: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((entry, key) => {
    propertyDependencies[key] = entry.getUrnsList();
  });
  const providers: Record<string, string> = {};
  request.getProvidersMap().forEach((reference, pkg) => {
    providers[pkg] = reference;
  });
  for (const [key, value] of Object.entries(inputs)) propertyDependencies[key] ??= outputDependencies(value);
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    remote: request.getRemote(),
    parent: request.getParent(),
    inputs,
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deletedWith: request.getDeletedwith(),
    replaceWith: request.getReplaceWithList(),
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    provider: request.getProvider(),
    providers,
    version: request.getVersion(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: [...request.getAliasurnsList().map(aliasFromUrn), ...request.getAliasesList().map(aliasFromMessage)],
    customTimeouts: customTimeoutsOf(request.getCustomtimeouts()),
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    importId: request.getImportid(),
    hooks: hookBindingOf(request.getHooks()),
    transforms: request.getTransformsList(),
  };
}

function aliasFromUrn(urn: string): AliasSpec {
  return { urn, name: "", type: "", stack: "", project: "", noParent: false };
}

export function aliasFromMessage(alias: Alias): AliasSpec {
  const spec = alias.getSpec();
  if (spec === undefined) return aliasFromUrn(alias.getUrn());
  const result: AliasSpec = {
    name: spec.getName(), type: spec.getType(), stack: spec.getStack(), project: spec.getProject(), noParent: spec.getNoparent(),
  };
  if (spec.getParenturn() !== "") result.parent = spec.getParenturn();
  return result;
}

export function hookBindingOf(hooks: RegisterResourceRequest.ResourceHooksBinding | undefined): HookBinding {
  if (hooks === undefined) return NO_HOOKS;
  return {
    beforeCreate: hooks.getBeforeCreateList(),
    afterCreate: hooks.getAfterCreateList(),
    beforeUpdate: hooks.getBeforeUpdateList(),
    afterUpdate: hooks.getAfterUpdateList(),
    beforeDelete: hooks.getBeforeDeleteList(),
    afterDelete: hooks.getAfterDeleteList(),
  };
}

export function customTimeoutsOf(timeouts: RegisterResourceRequest.CustomTimeouts | undefined): CustomTimeouts {
  const result: CustomTimeouts = {};
  if (timeouts === undefined) return result;
  if (timeouts.getCreate() !== "") result.create = parseDuration(timeouts.getCreate());
  if (timeouts.getUpdate() !== "") result.update = parseDuration(timeouts.getUpdate());
  if (timeouts.getDelete() !== "") result.delete = parseDuration(timeouts.getDelete());
  return result;
}

const UNIT_SECONDS: Record<string, number> = { ns: 1e-9, us: 1e-6, "µs": 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Go durations ("1h30m", "90s") in seconds. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) throw new Error(`unable to parse customTimeout value "${text}"`);
  return parts.reduce((sum, part) => sum + Number(part[1]) * (UNIT_SECONDS[part[2] as string] as number), 0);
}

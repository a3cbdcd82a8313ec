/** Transforms: functions of the program that may change a resource's properties and options before it is registered. */
import { type Callback } from "@pulumi/pulumi/proto/callback_pb";
import { RegisterResourceRequest, TransformRequest, TransformResourceOptions, TransformResponse } from "@pulumi/pulumi/proto/resource_pb";
import { fromStruct, toStruct } from "../values/property";
import { type Callbacks } from "./callbacks";
import { aliasFromMessage, customTimeoutsOf, hookBindingOf, type Goal } from "./goal";

/** A resource's own transforms run first, then the stack's. */
export async function applyTransforms(callbacks: Callbacks, stackTransforms: Callback[], goal: Goal): Promise<Goal> {
  let result = goal;
  for (const callback of [...goal.transforms, ...stackTransforms]) {
    const request = new TransformRequest();
    request.setType(result.type);
    request.setName(result.name);
    request.setCustom(result.custom);
    request.setParent(result.parent);
    request.setProperties(toStruct(result.inputs));
    request.setOptions(optionsOf(result));
    const answer = TransformResponse.deserializeBinary(await callbacks.invoke(callback, request.serializeBinary()));
    result = merge(result, answer);
  }
  return result;
}

function optionsOf(goal: Goal): TransformResourceOptions {
  const options = new TransformResourceOptions();
  options.setDependsOnList(goal.dependencies);
  if (goal.protect !== undefined) options.setProtect(goal.protect);
  if (goal.retainOnDelete !== undefined) options.setRetainOnDelete(goal.retainOnDelete);
  if (goal.deleteBeforeReplace !== undefined) options.setDeleteBeforeReplace(goal.deleteBeforeReplace);
  options.setIgnoreChangesList(goal.ignoreChanges);
  options.setReplaceOnChangesList(goal.replaceOnChanges);
  options.setAdditionalSecretOutputsList(goal.additionalSecretOutputs);
  options.setVersion(goal.version);
  options.setProvider(goal.provider);
  options.setDeletedWith(goal.deletedWith);
  options.setCustomTimeouts(timeoutMessage(goal));
  for (const [pkg, reference] of Object.entries(goal.providers)) options.getProvidersMap().set(pkg, reference);
  return options;
}

function timeoutMessage(goal: Goal): RegisterResourceRequest.CustomTimeouts {
  const { create, update, delete: remove } = goal.customTimeouts;
  const message = new RegisterResourceRequest.CustomTimeouts();
  if (create !== undefined) message.setCreate(`${create}s`);
  if (update !== undefined) message.setUpdate(`${update}s`);
  if (remove !== undefined) message.setDelete(`${remove}s`);
  return message;
}

function merge(goal: Goal, answer: TransformResponse): Goal {
  const result: Goal = { ...goal, inputs: fromStruct(answer.getProperties()) };
  const options = answer.getOptions();
  if (options === undefined) return result;
  if (options.hasProtect()) result.protect = options.getProtect();
  if (options.hasRetainOnDelete()) result.retainOnDelete = options.getRetainOnDelete();
  if (options.hasDeleteBeforeReplace()) result.deleteBeforeReplace = options.getDeleteBeforeReplace();
  const aliases = options.getAliasesList().map(aliasFromMessage);
  const hooks = options.getHooks();
  return {
    ...result,
    dependencies: options.getDependsOnList(),
    ignoreChanges: options.getIgnoreChangesList(),
    replaceOnChanges: options.getReplaceOnChangesList(),
    additionalSecretOutputs: options.getAdditionalSecretOutputsList(),
    version: options.getVersion(),
    provider: options.getProvider(),
    deletedWith: options.getDeletedWith(),
    customTimeouts: customTimeoutsOf(options.getCustomTimeouts()),
    aliases: aliases.length > 0 ? aliases : goal.aliases,
    hooks: hooks === undefined ? goal.hooks : hookBindingOf(hooks),
  };
}

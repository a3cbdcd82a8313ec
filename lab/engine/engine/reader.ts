/** Resources the program only reads (`Type.get`): their state is kept, but they are not managed. */
import { type ReadResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { type ResourceState } from "../project/state";
import { fromStruct, lowerOutputValues, UNKNOWN, withSecretKeys } from "../values/property";
import { type Context } from "./context";
import { type Executor } from "./executor";
import { NO_HOOKS, type Goal } from "./goal";
import { type Registrar } from "./registrar";

export async function readResource(context: Context, executor: Executor, registrar: Registrar, request: ReadResourceRequest): Promise<ResourceState> {
  const goal: Goal = registrar.inherit(goalOf(request));
  const urn = registrar.claimUrn(goal);
  const old = registrar.claimOld(urn, goal);
  const reference = await executor.reporting(urn, () => registrar.providerReference(goal));
  const state: ResourceState = {
    urn, custom: true, external: true, type: goal.type, id: request.getId(), inputs: lowerOutputValues(goal.inputs), outputs: {},
    dependencies: goal.dependencies, provider: reference,
    ...(goal.parent === "" ? {} : { parent: goal.parent }),
    ...(goal.additionalSecretOutputs.length === 0 ? {} : { additionalSecretOutputs: goal.additionalSecretOutputs }),
  };
  await executor.step({ op: "read", urn, new: state, ...(old === undefined ? {} : { old }) }, async () => {
    if (state.id === UNKNOWN) return;
    const provider = await context.providers.get(reference);
    const result = await provider.read({ urn, id: request.getId(), inputs: {}, outputs: state.inputs });
    if (result.id === "") throw new Error(`resource '${request.getId()}' does not exist`);
    state.outputs = withSecretKeys(result.outputs, goal.additionalSecretOutputs);
    if (result.inputs !== undefined) state.inputs = result.inputs;
    if (old?.external === true) context.journal.settleQuietly(state, old);
    else context.journal.settle(state, old);
  });
  return state;
}

function goalOf(request: ReadResourceRequest): Goal {
  return {
    type: request.getType(), name: request.getName(), custom: true, remote: false, parent: request.getParent(),
    inputs: fromStruct(request.getProperties()), protect: undefined, retainOnDelete: undefined, deletedWith: "", replaceWith: [],
    dependencies: request.getDependenciesList(), propertyDependencies: {}, provider: request.getProvider(), providers: {},
    version: request.getVersion(), ignoreChanges: [], replaceOnChanges: [],
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(), aliases: [], customTimeouts: {}, deleteBeforeReplace: undefined,
    importId: "", hooks: NO_HOOKS, transforms: [],
  };
}

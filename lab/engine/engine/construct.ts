/** Remote components: a provider process constructs them, registering their children with this run's monitor. */
import * as rpc from "@pulumi/pulumi/proto/resource_pb";
import { toStruct } from "../values/property";
import { packageOf } from "../values/urn";
import { type Context } from "./context";
import { type Goal } from "./goal";
import { type Registrar } from "./registrar";

export async function construct(context: Context, registrar: Registrar, requested: Goal, monitorAddress: string): Promise<rpc.RegisterResourceResponse> {
  const goal = registrar.inherit(requested);
  const reference = await registrar.providerReference({ provider: goal.provider || (goal.providers[packageOf(goal.type)] ?? ""), type: goal.type, version: goal.version });
  const provider = await context.providers.get(reference);
  const result = await provider.construct({
    type: goal.type,
    name: goal.name,
    parent: goal.parent,
    inputs: goal.inputs,
    inputDependencies: goal.propertyDependencies,
    providers: { ...goal.providers, [packageOf(goal.type)]: reference },
    dependencies: goal.dependencies,
    aliases: goal.aliases,
    protect: goal.protect,
    retainOnDelete: goal.retainOnDelete,
    monitorAddress,
  });
  const response = new rpc.RegisterResourceResponse();
  response.setUrn(result.urn);
  response.setObject(toStruct(result.outputs));
  for (const [key, urns] of Object.entries(result.outputDependencies)) {
    const dependencies = new rpc.RegisterResourceResponse.PropertyDependencies();
    dependencies.setUrnsList(urns);
    response.getPropertydependenciesMap().set(key, dependencies);
  }
  response.setResult(rpc.Result.SUCCESS);
  return response;
}

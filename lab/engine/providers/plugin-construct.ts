/** Messages for component resources that a plugin constructs. */
import { Alias } from "@pulumi/pulumi/proto/alias_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { type AliasSpec } from "../engine/goal";
import { type ResolvedConfig } from "../project/stack-config";
import { fromStruct, toStruct } from "../values/property";
import { type ConstructRequest, type ConstructResult } from "./provider";

/** What plugins may know about the run they take part in. */
export interface RunContext {
  project: string;
  stack: string;
  organization: string;
  config: ResolvedConfig;
  dryRun: boolean;
  parallel: number;
  engineAddress: string;
}

export function constructRequest(from: ConstructRequest, context: RunContext): rpc.ConstructRequest {
  const request = new rpc.ConstructRequest();
  request.setProject(context.project);
  request.setStack(context.stack);
  request.setOrganization(context.organization);
  for (const [key, value] of Object.entries(context.config.values)) request.getConfigMap().set(key, value);
  request.setConfigsecretkeysList(context.config.secretKeys);
  request.setDryrun(context.dryRun);
  request.setParallel(context.parallel);
  request.setMonitorendpoint(from.monitorAddress);
  request.setType(from.type);
  request.setName(from.name);
  request.setParent(from.parent);
  request.setInputs(toStruct(from.inputs));
  for (const [key, urns] of Object.entries(from.inputDependencies)) {
    const dependencies = new rpc.ConstructRequest.PropertyDependencies();
    dependencies.setUrnsList(urns);
    request.getInputdependenciesMap().set(key, dependencies);
  }
  for (const [pkg, reference] of Object.entries(from.providers)) request.getProvidersMap().set(pkg, reference);
  request.setDependenciesList(from.dependencies);
  request.setAliasesList(from.aliases.map(aliasMessage));
  if (from.protect !== undefined) request.setProtect(from.protect);
  if (from.retainOnDelete !== undefined) request.setRetainondelete(from.retainOnDelete);
  request.setAcceptsOutputValues(true);
  return request;
}

function aliasMessage(from: AliasSpec): Alias {
  const alias = new Alias();
  if (from.urn !== undefined) {
    alias.setUrn(from.urn);
    return alias;
  }
  const spec = new Alias.Spec();
  spec.setName(from.name);
  spec.setType(from.type);
  spec.setStack(from.stack);
  spec.setProject(from.project);
  if (from.noParent) spec.setNoparent(true);
  else if (from.parent !== undefined) spec.setParenturn(from.parent);
  alias.setSpec(spec);
  return alias;
}

export function constructResult(response: rpc.ConstructResponse): ConstructResult {
  const outputDependencies: Record<string, string[]> = {};
  response.getStatedependenciesMap().forEach((dependencies, key) => {
    outputDependencies[key] = dependencies.getUrnsList();
  });
  return { urn: response.getUrn(), outputs: fromStruct(response.getState()), outputDependencies };
}

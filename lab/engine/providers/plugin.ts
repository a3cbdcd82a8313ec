/** A provider in a process of its own, spoken to over the ResourceProvider protocol. */
import * as grpc from "@grpc/grpc-js";
import { Empty } from "../protobuf";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { type Project } from "../project/project";
import {
  annotateSecrets, containsUnknowns, fromStruct, lowerOutputValues, lowerResourceReferences, stripSecrets, toStruct, type ValueMap,
} from "../values/property";
import { urnName, urnType } from "../values/urn";
import { CHANNEL_OPTIONS, isGrpcError, unary } from "./grpc-client";
import { detailedDiffOf, initializationError } from "./plugin-responses";
import { PluginProcess } from "./plugin-process";
import { type RunContext, constructRequest, constructResult } from "./plugin-construct";
import {
  type CheckRequest, type CheckResult, type ConstructRequest, type ConstructResult, type CreateRequest, type CreateResult, type DeleteRequest,
  type DiffRequest, type DiffResult, type InvokeResult, type Log, type Provider, type ReadRequest, type ReadResult, type UpdateRequest,
} from "./provider";

export class PluginProvider implements Provider {
  private acceptsSecrets = false;
  private acceptsResources = false;
  private supportsPreview = false;
  private configured = false;

  private constructor(
    private readonly pkg: string,
    private readonly process: PluginProcess,
    private readonly client: ResourceProviderClient,
    private readonly context: RunContext,
  ) {}

  static async start(pkg: string, project: Project, context: RunContext, log: Log): Promise<PluginProvider> {
    const child = await PluginProcess.start(pkg, project, context.engineAddress, log);
    const client = new ResourceProviderClient(`127.0.0.1:${child.port}`, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
    const provider = new PluginProvider(pkg, child, client, context);
    await provider.handshake(project);
    return provider;
  }

  private async handshake(project: Project): Promise<void> {
    const request = new rpc.ProviderHandshakeRequest();
    request.setEngineAddress(this.context.engineAddress);
    request.setRootDirectory(project.root);
    request.setProgramDirectory(project.pwd);
    await ignoreUnimplemented(unary(this.client, this.client.handshake, request));
  }

  private send(values: ValueMap): ReturnType<typeof toStruct> {
    let result = lowerOutputValues(values);
    if (!this.acceptsResources) result = lowerResourceReferences(result);
    return toStruct(this.acceptsSecrets ? result : stripSecrets(result));
  }

  private receive(values: ValueMap, inputs: ValueMap): ValueMap {
    return this.acceptsSecrets ? values : annotateSecrets(values, inputs);
  }

  async checkConfig(request: CheckRequest): Promise<CheckResult> {
    const response = await ignoreUnimplemented(unary(this.client, this.client.checkConfig, checkMessage(request, toStruct)));
    return response === undefined ? { inputs: request.news, failures: [] } : checkResult(response, request.news);
  }

  async diffConfig(request: DiffRequest): Promise<DiffResult> {
    const response = await ignoreUnimplemented(unary(this.client, this.client.diffConfig, diffMessage(request, toStruct)));
    return response === undefined ? { replaces: [], diffs: [], deleteBeforeReplace: false } : diffResult(response);
  }

  async configure(inputs: ValueMap): Promise<void> {
    if (containsUnknowns(inputs)) return;
    const request = new rpc.ConfigureRequest();
    request.setArgs(toStruct(inputs));
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    request.setSendsOldInputs(true);
    request.setSendsOldInputsToDelete(true);
    for (const [key, value] of Object.entries(stripSecrets(inputs))) {
      request.getVariablesMap().set(`${this.pkg}:config:${key}`, typeof value === "string" ? value : JSON.stringify(value));
    }
    const response = await unary(this.client, this.client.configure, request);
    this.acceptsSecrets = response.getAcceptsecrets();
    this.acceptsResources = response.getAcceptresources();
    this.supportsPreview = response.getSupportspreview();
    this.configured = true;
  }

  async check(request: CheckRequest): Promise<CheckResult> {
    if (!this.configured) return { inputs: request.news, failures: [] };
    const response = await unary(this.client, this.client.check, checkMessage(request, (values) => this.send(values)));
    const result = checkResult(response, request.news);
    return { ...result, inputs: this.receive(result.inputs, lowerOutputValues(request.news)) };
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    if (!this.configured) return { replaces: [], diffs: [], deleteBeforeReplace: false };
    return diffResult(await unary(this.client, this.client.diff, diffMessage(request, (values) => this.send(values))));
  }

  async create({ urn, inputs, timeoutSeconds, preview }: CreateRequest): Promise<CreateResult> {
    if (preview && !this.configured) return { id: "", outputs: {} };
    if (preview && !this.supportsPreview) return { id: "", outputs: inputs };
    const request = new rpc.CreateRequest();
    request.setUrn(urn);
    request.setName(urnName(urn));
    request.setType(urnType(urn));
    request.setProperties(this.send(inputs));
    request.setTimeout(timeoutSeconds);
    request.setPreview(preview);
    const response = await withInitializationErrors(unary(this.client, this.client.create, request), (values) => this.receive(values, inputs));
    if (response.getId() === "" && !preview) throw new Error(`plugin for package '${this.pkg}' returned empty resource.ID from create '${urn}'`);
    return { id: response.getId(), outputs: this.receive(fromStruct(response.getProperties()), inputs) };
  }

  async update(from: UpdateRequest): Promise<{ outputs: ValueMap }> {
    if (from.preview && !this.configured) return { outputs: {} };
    if (from.preview && !this.supportsPreview) return { outputs: from.news };
    const request = new rpc.UpdateRequest();
    request.setId(from.id);
    request.setUrn(from.urn);
    request.setName(urnName(from.urn));
    request.setType(urnType(from.urn));
    request.setOlds(this.send(from.oldOutputs));
    request.setOldInputs(this.send(from.oldInputs));
    request.setNews(this.send(from.news));
    request.setTimeout(from.timeoutSeconds);
    request.setIgnorechangesList(from.ignoreChanges);
    request.setPreview(from.preview);
    const response = await withInitializationErrors(unary(this.client, this.client.update, request), (values) => this.receive(values, from.news));
    return { outputs: this.receive(fromStruct(response.getProperties()), from.news) };
  }

  async delete({ urn, id, inputs, outputs, timeoutSeconds }: DeleteRequest): Promise<void> {
    const request = new rpc.DeleteRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setName(urnName(urn));
    request.setType(urnType(urn));
    request.setProperties(this.send(outputs));
    request.setOldInputs(this.send(inputs));
    request.setTimeout(timeoutSeconds);
    await unary(this.client, this.client.delete, request);
  }

  async read({ urn, id, inputs, outputs }: ReadRequest): Promise<ReadResult> {
    const request = new rpc.ReadRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setName(urnName(urn));
    request.setType(urnType(urn));
    request.setProperties(this.send(outputs));
    request.setInputs(this.send(inputs));
    const response = await withInitializationErrors(unary(this.client, this.client.read, request), (values) => this.receive(values, outputs));
    const newInputs = response.getInputs();
    return {
      id: response.getId(),
      outputs: this.receive(fromStruct(response.getProperties()), outputs),
      ...(newInputs === undefined ? {} : { inputs: this.receive(fromStruct(newInputs), inputs) }),
    };
  }

  async invoke(token: string, args: ValueMap): Promise<InvokeResult> {
    const request = new rpc.InvokeRequest();
    request.setTok(token);
    request.setArgs(this.send(args));
    const response = await unary(this.client, this.client.invoke, request);
    return { result: fromStruct(response.getReturn()), failures: failuresOf(response) };
  }

  async construct(request: ConstructRequest): Promise<ConstructResult> {
    return constructResult(await unary(this.client, this.client.construct, constructRequest(request, this.context)));
  }

  async cancel(): Promise<void> {
    await ignoreUnimplemented(unary(this.client, this.client.cancel, new Empty()));
  }

  async close(): Promise<void> {
    this.client.close();
    await this.process.stop();
  }
}

async function ignoreUnimplemented<Response>(call: Promise<Response>): Promise<Response | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isGrpcError(error) && error.code === grpc.status.UNIMPLEMENTED) return undefined;
    throw error;
  }
}

async function withInitializationErrors<Response>(call: Promise<Response>, receive: (values: ValueMap) => ValueMap): Promise<Response> {
  try {
    return await call;
  } catch (error) {
    throw initializationError(error, receive) ?? error;
  }
}

type Sender = (values: ValueMap) => ReturnType<typeof toStruct>;

function checkMessage(from: CheckRequest, send: Sender): rpc.CheckRequest {
  const request = new rpc.CheckRequest();
  request.setUrn(from.urn);
  request.setName(urnName(from.urn));
  request.setType(urnType(from.urn));
  request.setOlds(send(from.olds));
  request.setNews(send(from.news));
  request.setRandomseed(from.randomSeed);
  return request;
}

function checkResult(response: rpc.CheckResponse, news: ValueMap): CheckResult {
  const inputs = response.getInputs();
  return { inputs: inputs === undefined ? news : fromStruct(inputs), failures: failuresOf(response) };
}

function failuresOf(response: { getFailuresList(): rpc.CheckFailure[] }): { property: string; reason: string }[] {
  return response.getFailuresList().map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}

function diffMessage(from: DiffRequest, send: Sender): rpc.DiffRequest {
  const request = new rpc.DiffRequest();
  request.setId(from.id);
  request.setUrn(from.urn);
  request.setName(urnName(from.urn));
  request.setType(urnType(from.urn));
  request.setOlds(send(from.oldOutputs));
  request.setOldInputs(send(from.oldInputs));
  request.setNews(send(from.news));
  request.setIgnorechangesList(from.ignoreChanges);
  return request;
}

function diffResult(response: rpc.DiffResponse): DiffResult {
  const changes = response.getChanges();
  const detailedDiff = detailedDiffOf(response);
  return {
    ...(changes === rpc.DiffResponse.DiffChanges.DIFF_UNKNOWN ? {} : { changes: changes === rpc.DiffResponse.DiffChanges.DIFF_SOME }),
    replaces: response.getReplacesList(),
    diffs: response.getDiffsList(),
    deleteBeforeReplace: response.getDeletebeforereplace(),
    ...(detailedDiff === undefined ? {} : { detailedDiff }),
  };
}

/** The ResourceMonitor service: how the program tells the engine what it wants. */
import { Empty } from "../protobuf";
import { type Callback } from "@pulumi/pulumi/proto/callback_pb";
import { InvokeResponse, CheckFailure } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/resource_pb";
import { type ResourceState } from "../project/state";
import { fromStruct, lowerOutputValues, toStruct, UNKNOWN, type ValueMap } from "../values/property";
import { packageOf } from "../values/urn";
import { construct } from "./construct";
import { type Context } from "./context";
import { StepFailed, type Executor } from "./executor";
import { goalFromRequest, type Goal } from "./goal";
import { readResource } from "./reader";
import { type Registrar } from "./registrar";
import { handle, type RpcServer } from "./rpc-server";
import { applyTransforms } from "./transforms";

const FEATURES = new Set([
  "secrets", "resourceReferences", "outputValues", "deletedWith", "replaceWith", "aliasSpecs", "transforms", "resourceHooks",
]);

export class Monitor {
  private readonly stackTransforms: Callback[] = [];
  private readonly failedUrns = new Set<string>();
  /** Answers the program's last call, which waits for the end of the run. */
  private release: () => void = () => undefined;
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));
  private signal: () => void = () => undefined;
  /** Resolves when the program has registered everything. */
  readonly programDone = new Promise<void>((resolve) => (this.signal = resolve));
  address = "";

  constructor(
    private readonly context: Context,
    private readonly registrar: Registrar,
    private readonly executor: Executor,
  ) {}

  /** Lets the program end. */
  finish(): void {
    this.release();
  }

  addTo(server: RpcServer): void {
    const { status, callbacks } = this.context;
    server.add(ResourceMonitorService, {
      supportsFeature: handle(async (request: rpc.SupportsFeatureRequest) => {
        const response = new rpc.SupportsFeatureResponse();
        response.setHassupport(FEATURES.has(request.getId()));
        return response;
      }),
      registerResource: handle((request: rpc.RegisterResourceRequest) => status.whileRunning(() => this.registerResource(request))),
      registerResourceOutputs: handle((request: rpc.RegisterResourceOutputsRequest) => status.whileRunning(() => this.registerOutputs(request))),
      readResource: handle((request: rpc.ReadResourceRequest) => status.whileRunning(() => this.readResource(request))),
      invoke: handle((request: rpc.ResourceInvokeRequest) => status.whileRunning(() => this.invoke(request))),
      registerStackTransform: handle(async (callback: Callback) => {
        this.stackTransforms.push(callback);
        return new Empty();
      }),
      registerResourceHook: handle(async (request: rpc.RegisterResourceHookRequest) => {
        callbacks.registerHook(request);
        return new Empty();
      }),
      signalAndWaitForShutdown: handle(async () => {
        this.signal();
        await this.released;
        return new Empty();
      }),
    });
  }

  private async registerResource(request: rpc.RegisterResourceRequest): Promise<rpc.RegisterResourceResponse> {
    const goal = await applyTransforms(this.context.callbacks, this.stackTransforms, goalFromRequest(request));
    if (goal.dependencies.some((urn) => this.failedUrns.has(urn))) return resultResponse(rpc.Result.SKIP);
    try {
      if (goal.remote) return await construct(this.context, this.registrar, goal, this.address);
      return response(await this.registrar.register(goal), this.context.preview);
    } catch (error) {
      if (!(error instanceof StepFailed) || this.context.status.isHalted) throw error;
      this.rememberFailure(goal);
      return resultResponse(rpc.Result.FAIL);
    }
  }

  private rememberFailure(goal: Goal): void {
    this.failedUrns.add(this.registrar.urnOf(goal));
  }

  private async registerOutputs(request: rpc.RegisterResourceOutputsRequest): Promise<Empty> {
    const state = this.registrar.state(request.getUrn());
    if (state === undefined) throw new Error(`missing resource '${request.getUrn()}' for its outputs`);
    const previous: ResourceState = { ...state };
    const outputs = lowerOutputValues(fromStruct(request.getOutputs()));
    if (JSON.stringify(outputs) !== JSON.stringify(state.outputs)) this.context.journal.change(state, { outputs });
    this.context.events.outputsRegistered(state, previous);
    return new Empty();
  }

  private async readResource(request: rpc.ReadResourceRequest): Promise<rpc.ReadResourceResponse> {
    const state = await readResource(this.context, this.executor, this.registrar, request);
    const result = new rpc.ReadResourceResponse();
    result.setUrn(state.urn);
    result.setProperties(toStruct(state.outputs));
    return result;
  }

  private async invoke(request: rpc.ResourceInvokeRequest): Promise<InvokeResponse> {
    const token = request.getTok();
    const args = lowerOutputValues(fromStruct(request.getArgs()));
    const result = new InvokeResponse();
    if (token === "pulumi:pulumi:getResource") {
      result.setReturn(toStruct(this.getResource(String(args.urn))));
      return result;
    }
    const reference = await this.registrar.providerReference({ provider: request.getProvider(), type: `${packageOf(token)}::`, version: request.getVersion() });
    const provider = await this.context.providers.get(reference);
    const answer = await provider.invoke(token, args);
    result.setReturn(toStruct(answer.result));
    result.setFailuresList(answer.failures.map(({ property, reason }) => {
      const failure = new CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }));
    return result;
  }

  private getResource(urn: string): ValueMap {
    const state = this.registrar.state(urn) ?? this.context.journal.current(urn);
    if (state === undefined) throw new Error(`unknown resource ${urn}`);
    return { urn, id: state.id ?? "", state: state.outputs };
  }
}

function response(state: ResourceState, preview: boolean): rpc.RegisterResourceResponse {
  const result = new rpc.RegisterResourceResponse();
  result.setUrn(state.urn);
  // An id that is not known yet is left out; the SDK makes it unknown in previews.
  if (state.id !== undefined && state.id !== UNKNOWN) result.setId(state.id);
  else if (state.id === UNKNOWN && !preview) throw new Error(`${state.urn} has no id`);
  result.setObject(toStruct(state.outputs));
  result.setResult(rpc.Result.SUCCESS);
  return result;
}

function resultResponse(kind: rpc.Result): rpc.RegisterResourceResponse {
  const result = new rpc.RegisterResourceResponse();
  result.setResult(kind);
  return result;
}

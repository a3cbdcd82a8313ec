/** Functions of the program that the engine calls back: resource hooks and transforms. */
import * as grpc from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import { type Callback, CallbackInvokeRequest } from "@pulumi/pulumi/proto/callback_pb";
import { type RegisterResourceHookRequest, ResourceHookRequest, ResourceHookResponse } from "@pulumi/pulumi/proto/resource_pb";
import { CHANNEL_OPTIONS, unary } from "../providers/grpc-client";
import { toStruct, type ValueMap } from "../values/property";
import { urnName, urnType } from "../values/urn";

export interface HookArguments {
  urn: string;
  id: string;
  newInputs?: ValueMap;
  oldInputs?: ValueMap;
  newOutputs?: ValueMap;
  oldOutputs?: ValueMap;
}

interface Hook {
  callback: Callback;
  onDryRun: boolean;
  ignoreErrors: boolean;
}

export class Callbacks {
  private readonly clients = new Map<string, CallbacksClient>();
  private readonly hooks = new Map<string, Hook>();

  constructor(
    private readonly preview: boolean,
    private readonly warn: (urn: string, text: string) => void,
  ) {}

  registerHook(request: RegisterResourceHookRequest): void {
    const name = request.getName();
    const callback = request.getCallback();
    if (this.hooks.has(name)) throw new Error(`resource hook already registered for name "${name}"`);
    if (callback === undefined) throw new Error(`resource hook "${name}" has no callback`);
    this.hooks.set(name, { callback, onDryRun: request.getOnDryRun(), ignoreErrors: request.getIgnoreErrors() });
  }

  async invoke(callback: Callback, payload: Uint8Array): Promise<Uint8Array> {
    const request = new CallbackInvokeRequest();
    request.setToken(callback.getToken());
    request.setRequest(payload);
    const client = this.clientFor(callback.getTarget());
    return (await unary(client, client.invoke, request)).getResponse_asU8();
  }

  private clientFor(target: string): CallbacksClient {
    const known = this.clients.get(target);
    if (known !== undefined) return known;
    const client = new CallbacksClient(target, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
    this.clients.set(target, client);
    return client;
  }

  /** Runs hooks in order; the first error ends it. Hooks run in previews only when they say so. */
  async runHooks(names: readonly string[], args: HookArguments): Promise<void> {
    for (const name of names) {
      const hook = this.hooks.get(name);
      if (hook === undefined) throw new Error(`resource hook "${name}" was not registered`);
      if (this.preview && !hook.onDryRun) continue;
      const error = await this.runHook(hook, args);
      if (error === "") continue;
      const text = `resource hook "${name}" failed: ${error}`;
      if (!hook.ignoreErrors) throw new Error(text);
      this.warn(args.urn, text);
    }
  }

  knows(names: readonly string[]): boolean {
    return names.every((name) => this.hooks.has(name));
  }

  private async runHook(hook: Hook, args: HookArguments): Promise<string> {
    const request = new ResourceHookRequest();
    request.setUrn(args.urn);
    request.setId(args.id);
    request.setName(urnName(args.urn));
    request.setType(urnType(args.urn));
    if (args.newInputs !== undefined) request.setNewInputs(toStruct(args.newInputs));
    if (args.oldInputs !== undefined) request.setOldInputs(toStruct(args.oldInputs));
    if (args.newOutputs !== undefined) request.setNewOutputs(toStruct(args.newOutputs));
    if (args.oldOutputs !== undefined) request.setOldOutputs(toStruct(args.oldOutputs));
    const response = await this.invoke(hook.callback, request.serializeBinary());
    return ResourceHookResponse.deserializeBinary(response).getError();
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }
}

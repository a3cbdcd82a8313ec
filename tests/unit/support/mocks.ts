import * as pulumi from "@pulumi/pulumi";
import type { RobustMQClusterArgs } from "../../../provider";

export type Registered = pulumi.runtime.MockResourceArgs;

/** A value that is not known before the resource exists. */
const unknown = undefined;

/** Records what a program registers, and answers as the providers would: ids, UIDs and generated values. */
export class RecordingMocks implements pulumi.runtime.Mocks {
  readonly resources: Registered[] = [];

  constructor(private readonly preview: boolean) {}

  newResource(args: Registered): { id: string | undefined; state: Record<string, unknown> } {
    this.resources.push(args);
    const created = this.preview ? unknown : `${args.name}-id`;
    return { id: isRead(args) ? args.id : created, state: { ...args.inputs, ...this.computed(args) } };
  }

  call(args: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    return args.inputs;
  }

  private computed(args: Registered): Record<string, unknown> {
    if (this.preview && !isRead(args)) {
      return {};
    }
    const { type, name, inputs } = args;
    switch (type) {
      case "random:index/randomPassword:RandomPassword":
        return { result: `secret-of-${name}` };
      case "random:index/randomId:RandomId":
        return { hex: "0123456789abcdef" };
      case "pulumi-nodejs:dynamic/robustmq:Preflight":
        return pulumi.runtime.isRpcSecret(inputs["generated"]) ? pulumi.runtime.unwrapRpcSecret(inputs["generated"]) : inputs["generated"];
      case "pulumi-nodejs:dynamic/robustmq:TlsPair":
        return { certificate: "CERTIFICATE", privateKey: "secret-private-key" };
      case "pulumi-nodejs:dynamic/robustmq:Gate":
        return { leader: "demo-placement-center-0", openedAt: "2026-01-01T00:00:00Z", outdatedPods: [] };
      default:
        return { metadata: { ...inputs["metadata"], uid: `uid-of-${name}` } };
    }
  }
}

/** Whether the resource is only read, and so known in a preview too. */
function isRead({ id }: Registered): boolean {
  return id !== undefined && id !== "";
}

/** One registration: what the mocks got, and the request to the engine with everything else. */
export interface Request {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly parent: string;
  readonly dependsOn: readonly string[];
  readonly retainOnDelete: boolean;
  readonly additionalSecretOutputs: readonly string[];
  /** The inputs as they go to the engine: secrets and unknown values are marked there. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What a program sends to the engine, and what the component's outputs become. */
export interface Run {
  readonly requests: readonly Request[];
  /** Outputs by name; undefined where a value is not known. */
  readonly outputs: Readonly<Record<string, { readonly value: unknown; readonly known: boolean; readonly secret: boolean }>>;
}

/** Runs a program that makes one cluster, against mocks. */
export async function runProgram(program: () => RobustMQClusterArgs, { name = "demo", preview = false } = {}): Promise<Run> {
  const mocks = new RecordingMocks(preview);
  await pulumi.runtime.setMocks(mocks, "project", "stack", preview);
  const requests = recordRequests();
  const { RobustMQCluster } = require("../../../provider") as typeof import("../../../provider");
  const cluster = new RobustMQCluster(name, program());
  const outputs: Record<string, { value: unknown; known: boolean; secret: boolean }> = {};
  for (const key of ["endpoints", "credentials", "leader", "nodes", "version", "namespace"] as const) {
    outputs[key] = await settled(cluster[key]);
  }
  await pulumi.runtime.disconnect();
  return { requests, outputs };
}

async function settled(output: pulumi.Output<unknown>): Promise<{ value: unknown; known: boolean; secret: boolean }> {
  const [known, secret] = [await internals(output).isKnown, await pulumi.isSecret(output)];
  return { value: known ? await internals(output).promise() : undefined, known, secret };
}

/** The SDK keeps these out of its types; a test has no other way to see whether a value is known. */
function internals(output: pulumi.Output<unknown>): { isKnown: Promise<boolean>; promise(): Promise<unknown> } {
  return output as unknown as { isKnown: Promise<boolean>; promise(): Promise<unknown> };
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getRetainondelete(): boolean;
  getAdditionalsecretoutputsList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

interface Monitor {
  registerResource(request: RegisterRequest, callback: (error: unknown, response?: { getUrn(): string }) => void): unknown;
}

/** Listens to the mock monitor: the mocks themselves are not told of dependencies and options. */
function recordRequests(): Request[] {
  const requests: Request[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, response) => {
      requests.push({
        type: request.getType(),
        name: request.getName(),
        urn: response?.getUrn() ?? "",
        parent: request.getParent(),
        dependsOn: request.getDependenciesList(),
        retainOnDelete: request.getRetainondelete(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        inputs: request.getObject()?.toJavaScript() ?? {},
      });
      callback(error, response);
    });
  return requests;
}

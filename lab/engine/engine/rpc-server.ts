/** Small gRPC servers on loopback whose handlers are promises. */
import * as grpc from "@grpc/grpc-js";
import { CHANNEL_OPTIONS } from "../providers/grpc-client";
import { errorMessage } from "../user-error";
import { Halted } from "./run-status";

export type Handler<Request, Response> = (request: Request) => Promise<Response>;

/** Halted runs answer "unavailable": SDKs take it as the sign to end without complaint. */
function statusOf(error: unknown): grpc.ServerErrorResponse {
  const code = error instanceof Halted ? grpc.status.UNAVAILABLE : grpc.status.UNKNOWN;
  return Object.assign(new Error(errorMessage(error)), { code, details: errorMessage(error) });
}

export function handle<Request, Response>(handler: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    handler(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback(statusOf(error)),
    );
  };
}

export class RpcServer {
  private readonly server = new grpc.Server(CHANNEL_OPTIONS);

  add(service: grpc.ServiceDefinition, implementation: grpc.UntypedServiceImplementation): void {
    this.server.addService(service, implementation);
  }

  /** Returns the address. */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(`127.0.0.1:${port}`);
        else reject(error);
      });
    });
  }

  close(): void {
    this.server.forceShutdown();
  }
}

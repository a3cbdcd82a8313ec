/** gRPC calls as promises. */
import * as grpc from "@grpc/grpc-js";

export const CHANNEL_OPTIONS = { "grpc.max_receive_message_length": 400 * 1024 * 1024 };

type Callback<Response> = (error: grpc.ServiceError | null, response: Response) => void;

/** The overloads that generated clients give each method. */
interface UnaryMethod<Request, Response> {
  (request: Request, callback: Callback<Response>): grpc.ClientUnaryCall;
  (request: Request, metadata: grpc.Metadata, callback: Callback<Response>): grpc.ClientUnaryCall;
  (request: Request, metadata: grpc.Metadata, options: Partial<grpc.CallOptions>, callback: Callback<Response>): grpc.ClientUnaryCall;
}

export function unary<Request, Response>(client: object, method: UnaryMethod<Request, Response>, request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    const bound = method.bind(client) as UnaryMethod<Request, Response>;
    bound(request, (error, response) => (error === null ? resolve(response) : reject(error)));
  });
}

export function isGrpcError(error: unknown): error is grpc.ServiceError {
  return error instanceof Error && typeof (error as Partial<grpc.ServiceError>).code === "number";
}

/** gRPC errors carry their number and code in the message; people want only the text. */
export function plainGrpcMessage(error: unknown): string {
  if (isGrpcError(error)) return error.details !== "" ? error.details : error.message;
  return error instanceof Error ? error.message : String(error);
}

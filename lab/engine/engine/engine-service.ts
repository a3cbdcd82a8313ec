/** The Engine service: log lines of programs and providers, and which resource is the stack. */
import { Empty } from "../protobuf";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/engine_pb";
import { type Log, type Severity } from "../providers/provider";
import { handle, type RpcServer } from "./rpc-server";

const SEVERITIES: Record<rpc.LogSeverity, Severity> = {
  [rpc.LogSeverity.DEBUG]: "debug",
  [rpc.LogSeverity.INFO]: "info",
  [rpc.LogSeverity.WARNING]: "warning",
  [rpc.LogSeverity.ERROR]: "error",
};

export function addEngineService(server: RpcServer, log: Log): void {
  let rootUrn = "";
  server.add(EngineService, {
    log: handle(async (request: rpc.LogRequest) => {
      const severity = SEVERITIES[request.getSeverity()];
      log({ severity, urn: request.getUrn(), text: request.getMessage(), ephemeral: request.getEphemeral() });
      return new Empty();
    }),
    getRootResource: handle(async () => {
      const response = new rpc.GetRootResourceResponse();
      response.setUrn(rootUrn);
      return response;
    }),
    setRootResource: handle(async (request: rpc.SetRootResourceRequest) => {
      rootUrn = request.getUrn();
      return new rpc.SetRootResourceResponse();
    }),
    startDebugging: handle(async () => new Empty()),
    requirePulumiVersion: handle(async () => new rpc.RequirePulumiVersionResponse()),
  });
}

import { z } from "zod";
import { parseClusterStatus, type RaftView } from "./raft";

/** One HTTP exchange with a pod. How it gets there is the transport's business. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: Buffer;
}

export type HttpCall = (request: HttpRequest) => Promise<HttpResponse>;

const CLUSTER_STATUS = "/meta.service.common.MetaServiceService/ClusterStatus";

/** The node's own view of its raft groups, by gRPC-Web on its gRPC port (facts/robustmq §3.5, §4). */
export async function readClusterStatus(call: HttpCall, port: number): Promise<RaftView> {
  const response = await call({
    method: "POST",
    port,
    path: CLUSTER_STATUS,
    headers: { "content-type": "application/grpc-web+proto" },
    body: new Uint8Array(5),
  });
  if (response.status !== 200) {
    throw new Error(`ClusterStatus answered with HTTP ${response.status}`);
  }
  return parseClusterStatus(firstString(response.body));
}

/** The message `{ string content = 1 }` in the first frame: flags, length, tag, varint length, text. */
function firstString(body: Buffer): string {
  const frameEnd = 5 + (body.length >= 5 ? body.readUInt32BE(1) : 0);
  if (body.length < frameEnd || body[0] !== 0 || body[5] !== 0x0a) {
    throw new Error(`ClusterStatus answered without content: ${body.toString("latin1").replace(/[^\x20-\x7e]+/g, " ").trim().slice(0, 200)}`);
  }
  let offset = 6;
  while ((body[offset] ?? 0) >= 0x80) {
    offset += 1;
  }
  return body.toString("utf8", offset + 1, frameEnd);
}

const nodeList = z.object({ broker_node_list: z.array(z.object({ node_id: z.int() })) });

/** Ids of the registered nodes in the answering node's own list (facts/robustmq §3.3). */
export async function readRegisteredNodes(call: HttpCall, port: number): Promise<number[]> {
  return (await readAdmin(call, port, "/api/info", nodeList)).broker_node_list.map((node) => node.node_id);
}

const page = z.object({ total_count: z.int() });

/** How many MQTT users the answering node knows of (facts/robustmq §3.8). */
export async function countUsers(call: HttpCall, port: number): Promise<number> {
  return (await readAdmin(call, port, "/api/cluster/user/list", page)).total_count;
}

/** The data of an answer of the admin API; from loopback no token is asked for. */
async function readAdmin<T>(call: HttpCall, port: number, path: string, data: z.ZodType<T>): Promise<T> {
  const response = await call({ method: "GET", port, path });
  if (response.status !== 200) {
    throw new Error(`${path} answered with HTTP ${response.status}`);
  }
  const answer = z.object({ code: z.int(), error: z.string().nullish(), data: z.union([data, z.string()]) }).parse(JSON.parse(response.body.toString("utf8")));
  if (answer.code !== 0 || typeof answer.data === "string") {
    throw new Error(`${path} answered with code ${answer.code}: ${answer.error ?? "no reason given"}`);
  }
  return answer.data;
}

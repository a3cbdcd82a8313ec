import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { grpcWebAnswer } from "./recordings";

const STATUS = "/meta.service.common.MetaServiceService/ClusterStatus";
const SHARDS = "/meta.service.journal.EngineService/ListShard";

/** Stands for a placement-center node's gRPC port: answers what the test says, and counts what it was asked. Proves nothing about the real one's timing. */
export class FakePeer {
  /** Content of ClusterStatus; undefined: the answer is HTTP 503. */
  status: string | undefined;
  /** Names of the shards that exist. */
  shards: readonly string[] = [];
  asked = 0;
  readonly mistakes: string[] = [];
  private server: Server | undefined;
  private port = 0;

  async listen(): Promise<this> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.asked += 1;
        this.check(request.method, request.headers["content-type"], Buffer.concat(chunks));
        const content = request.url === STATUS ? this.status : request.url === SHARDS ? this.shards.join(" ") : undefined;
        response.writeHead(content === undefined ? 503 : 200, { "content-type": "application/grpc-web+proto" });
        response.end(content === undefined ? "" : grpcWebAnswer(content));
      });
    });
    await new Promise<void>((resolve) => this.server?.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  /** The real broker refuses anything but an empty gRPC-Web frame. */
  private check(method: string | undefined, type: string | undefined, body: Buffer): void {
    if (method !== "POST" || type !== "application/grpc-web+proto" || !body.equals(Buffer.alloc(5))) {
      this.mistakes.push(`${method} ${type} ${body.toString("hex")}`);
    }
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get portNumber(): number {
    return this.port;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server === undefined ? resolve(undefined) : this.server.close(resolve)));
  }
}

import { request } from "node:http";
import { Duplex, PassThrough, Writable } from "node:stream";
import type { HttpCall, HttpRequest, HttpResponse } from "../observe/brokerClient";
import { clientNode, type KubeConfig } from "./clientNode";

/** A healthy node answers in well under a second (facts/pulumi §8: 62-97 ms). */
const CALL_TIMEOUT_MS = 5000;

/**
 * HTTP to a pod through the API server. It needs no route to the pod network, and arrives at the broker from loopback,
 * where its admin API asks for no token (facts/robustmq §3.1).
 */
export function httpThroughPortForward(config: KubeConfig, namespace: string, pod: string): HttpCall {
  return async (call) => {
    const opening = openStream(config, namespace, pod, call.port);
    try {
      const { stream } = await within(CALL_TIMEOUT_MS, `port-forward to ${pod}`, opening);
      return await within(CALL_TIMEOUT_MS, `${call.path} of ${pod}`, exchange(stream, call));
    } finally {
      // Also one that opens after all.
      opening.then(({ close }) => close()).catch(() => undefined);
    }
  };
}

/** An API server can leave a WebSocket half open for good; a look at the cluster must end. */
async function within<T>(milliseconds: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not answer within ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A connection to a port of a pod. */
export async function openStream(config: KubeConfig, namespace: string, pod: string, port: number) {
  const { PortForward } = await clientNode();
  const toPod = new PassThrough();
  const fromPod = new PassThrough();
  const stream = Duplex.from({ writable: toPod, readable: fromPod });
  // The connection can be refused before its user listens; an error that nobody hears ends the process. It stays in
  // `stream.errored`.
  stream.on("error", () => undefined);
  // The error channel begins with an empty message; a text in it ends the connection ("connection refused").
  const errors = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (chunk.length > 0) {
        stream.destroy(new Error(reasonOf(chunk.toString("utf8").trim(), port)));
      }
      done();
    },
  });
  const socket = await new PortForward(config, true).portForward(namespace, pod, [port], fromPod, errors, toPod).catch((error: unknown) => {
    throw new Error(`port-forward to ${pod} failed: ${describe(error)}`);
  });
  const live = typeof socket === "function" ? socket() : socket;
  live?.addEventListener("close", () => stream.destroy(new Error(`the connection to ${pod} was closed`)));
  return {
    stream,
    close: () => {
      stream.destroy();
      live?.close();
    },
  };
}

/** The usual reason in a few words: the kubelet's own say it with sandbox ids and network namespaces. */
function reasonOf(text: string, port: number): string {
  return /connection refused/.test(text) ? `nothing listens on port ${port} yet` : text;
}

function exchange(stream: Duplex, call: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    if (stream.destroyed) {
      reject(stream.errored ?? new Error("the connection was closed"));
      return;
    }
    const outgoing = request(
      {
        method: call.method,
        path: call.path,
        host: "localhost",
        port: call.port,
        headers: { ...call.headers, connection: "close", ...(call.body === undefined ? {} : { "content-length": call.body.length }) },
        createConnection: () => stream,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
      },
    );
    outgoing.on("error", reject);
    stream.on("error", reject);
    outgoing.end(call.body);
  });
}

/** The WebSocket client reports failures as events, whose text is one level down. */
export function describe(error: unknown): string {
  if (error instanceof Error) {
    return error.message;
  }
  const message: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "message") : undefined;
  return typeof message === "string" ? message : String(error);
}

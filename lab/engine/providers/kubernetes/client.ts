/** The Kubernetes API as plain JSON over HTTP; @kubernetes/client-node only reads kubeconfigs and knows their ways to sign in. */
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as os from "node:os";
import { type Value, type ValueMap } from "../../values/property";

export interface KubernetesConfig {
  kubeconfig: string | undefined;
  context: string | undefined;
  cluster: string | undefined;
}

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

export interface RequestOptions {
  query?: Record<string, string>;
  body?: Value;
  contentType?: string;
}

interface ResourceMapping {
  plural: string;
  namespaced: boolean;
}

const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
const CONNECT_TIMEOUT_MILLISECONDS = 5_000;

export class KubernetesClient {
  private readonly mappings = new Map<string, Promise<Map<string, ResourceMapping>>>();

  private constructor(
    readonly server: string,
    readonly namespace: string,
    private readonly options: https.RequestOptions,
  ) {}

  static async load(config: KubernetesConfig): Promise<KubernetesClient> {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const kubeConfig = new KubeConfig();
    const content = kubeconfigContent(config.kubeconfig);
    if (content === undefined) kubeConfig.loadFromDefault();
    else kubeConfig.loadFromString(content);
    if (config.context !== undefined) {
      if (kubeConfig.getContextObject(config.context) === null) throw new Error(`context "${config.context}" does not exist`);
      kubeConfig.setCurrentContext(config.context);
    }
    const cluster = config.cluster === undefined ? kubeConfig.getCurrentCluster() : kubeConfig.getCluster(config.cluster);
    if (cluster === null) throw new Error("no cluster is chosen in the kubeconfig");
    const options: https.RequestOptions = {};
    await kubeConfig.applyToHTTPSOptions(options);
    const agent = cluster.server.startsWith("http:") ? new http.Agent({ keepAlive: true }) : new https.Agent({ keepAlive: true });
    const namespace = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace ?? "";
    return new KubernetesClient(cluster.server.replace(/\/$/, ""), namespace, { ...options, agent });
  }

  /** Fails within seconds when the server does not answer. */
  async assertReachable(): Promise<void> {
    await this.request("GET", "/version", {}, CONNECT_TIMEOUT_MILLISECONDS);
  }

  request(method: string, path: string, { query, body, contentType }: RequestOptions = {}, timeout = REQUEST_TIMEOUT_MILLISECONDS): Promise<ValueMap> {
    const search = query === undefined ? "" : `?${new URLSearchParams(query).toString()}`;
    const url = new URL(`${this.server}${path}${search}`);
    const transport = url.protocol === "http:" ? http : https;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...this.options.headers,
      accept: "application/json",
      ...(payload === undefined ? {} : { "content-type": contentType ?? "application/json", "content-length": String(Buffer.byteLength(payload)) }),
    };
    return new Promise((resolve, reject) => {
      const request = transport.request(url, { ...this.options, method, headers, timeout }, (response) => {
        collect(response).then((text) => resolve(parseAnswer(response.statusCode ?? 0, text))).catch(reject);
      });
      request.on("timeout", () => request.destroy(new Error(`${url.host} did not answer within ${timeout / 1000} s`)));
      request.on("error", reject);
      request.end(payload);
    });
  }

  /** The collection an object of this kind lives in. A missing kind may be a CRD that comes later, so misses are not kept. */
  async mapping(apiVersion: string, kind: string): Promise<ResourceMapping> {
    const known = this.mappings.get(apiVersion) ?? this.discover(apiVersion);
    this.mappings.set(apiVersion, known);
    try {
      const found = (await known).get(kind);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
    this.mappings.delete(apiVersion);
    throw new ApiError(404, "NoMatch", `no matches for kind "${kind}" in version "${apiVersion}"`);
  }

  private async discover(apiVersion: string): Promise<Map<string, ResourceMapping>> {
    const list = (await this.request("GET", groupPath(apiVersion))) as unknown as { resources?: { name: string; kind: string; namespaced: boolean }[] };
    const own = (list.resources ?? []).filter(({ name }) => !name.includes("/"));
    return new Map(own.map(({ kind, name, namespaced }) => [kind, { plural: name, namespaced }]));
  }

  async collectionPath(apiVersion: string, kind: string, namespace: string): Promise<string> {
    const { plural, namespaced } = await this.mapping(apiVersion, kind);
    const scope = namespaced ? `/namespaces/${encodeURIComponent(namespace === "" ? "default" : namespace)}` : "";
    return `${groupPath(apiVersion)}${scope}/${plural}`;
  }

  async objectPath(apiVersion: string, kind: string, namespace: string, name: string): Promise<string> {
    return `${await this.collectionPath(apiVersion, kind, namespace)}/${encodeURIComponent(name)}`;
  }

  close(): void {
    (this.options.agent as http.Agent).destroy();
  }
}

const groupPath = (apiVersion: string): string => (apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`);

/** A provider's `kubeconfig` is a file's content or its path. */
export function kubeconfigContent(value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (value.includes("\n") || value.trim().startsWith("{")) return value;
  const file = value.replace(/^~(?=\/)/, os.homedir());
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : value;
}

async function collect(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parseAnswer(code: number, text: string): ValueMap {
  if (code >= 200 && code < 300) return JSON.parse(text) as ValueMap;
  let status: { reason?: string; message?: string } = {};
  if (text.startsWith("{")) status = JSON.parse(text) as typeof status;
  throw new ApiError(code, status.reason ?? "", status.message ?? `the server answered ${code}: ${text.slice(0, 300)}`);
}

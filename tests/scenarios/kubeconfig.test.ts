/** Kubernetes clusters that cannot be reached or are not the ones that are meant. */
import { strict as assert } from "node:assert";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "./support/bench";
import { measured, scenario } from "./support/scenario";

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "other", cluster: { server, "insecure-skip-tls-verify": true } }],
    // Without any credentials the Kubernetes provider would ask for a user name, and wait.
    users: [{ name: "nobody", user: { token: "none" } }],
    contexts: [{ name: "other", context: { cluster: "other", user: "nobody" } }],
    "current-context": "other",
  });
}

/** An API server, as far as the preflight looks: a cluster with another UID. It counts what else it is asked. */
class OtherCluster {
  readonly writes: string[] = [];
  private readonly server: Server = createServer((request, response) => {
    if (request.method !== "GET") this.writes.push(`${request.method} ${request.url}`);
    const known = request.url === "/api/v1/namespaces/kube-system";
    response.writeHead(known ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(known ? { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid: "another-cluster" } } : { kind: "Status", code: 404 }));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return kubeconfigFor(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}`);
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** A port on which nobody listens: one that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

scenario("a Kubernetes that is not reachable, or not the one that is meant, is a clear error", (bench) => {
  const other = new OtherCluster();
  after(() => other.stop());

  it("says in a preview that the cluster is unreachable, and does not hang", async () => {
    const file = join(bench().dir, "closed.kubeconfig");
    writeFileSync(file, kubeconfigFor(`https://127.0.0.1:${await closedPort()}`));
    const result = await bench().preview({}, { env: { KUBECONFIG: file } });
    measured(`the preview ended after ${(result.milliseconds / 1000).toFixed(0)} s`);
    assert.notEqual(result.code, 0);
    assert.match(text(result), /unreachable|connection refused|ECONNREFUSED/);
    assert.ok(result.milliseconds < 60_000);
  });

  it("refuses a kubeconfig of another cluster before anything is created", async () => {
    const said = await bench().failingUp({ kubeconfig: await other.start() });
    assert.match(said, /the gates' kubeconfig and the program's Kubernetes provider mean two different clusters/);
    assert.match(said, /Nothing was created/);
    assert.deepEqual([...(await bench().ns.objects()).keys()], []);
    assert.deepEqual(other.writes, []);
  });

  it("refuses a context that does not exist, and names those that do", async () => {
    const said = await bench().failingUp({ kubeconfig: kubeconfigFor("http://127.0.0.1:1"), context: "missing" });
    assert.match(said, /the kubeconfig has no context "missing"; it has other/);
    assert.deepEqual([...(await bench().ns.objects()).keys()], []);
  });
});

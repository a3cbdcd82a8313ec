/** Input that must be refused. What is said about each stands in golden/bad-inputs.txt. */
export interface BadInput {
  readonly title: string;
  readonly name?: string;
  readonly input: unknown;
}

function circular(): object {
  const loop: Record<string, unknown> = { version: "0.4.11" };
  loop["placementCenter"] = loop;
  return loop;
}

const ok = { version: "0.4.11" };
const pool = (mqttBroker: unknown) => ({ ...ok, mqttBroker });
const resources = (given: unknown) => pool({ resources: given });
const image = (given: unknown) => ({ ...ok, image: given });
const gates = (given: unknown) => ({ ...ok, gates: given });

export const badInputs: readonly BadInput[] = [
  { title: "nothing at all", input: undefined },
  { title: "null", input: null },
  { title: "a text", input: "0.4.11" },
  { title: "a list", input: [] },
  { title: "no version", input: {} },
  { title: "a number as version", input: { version: 0.4 } },
  { title: "an unknown version", input: { version: "9.9.9" } },
  { title: "a version that is a word", input: { version: "latest" } },
  { title: "a version with spaces", input: { version: " 0.4.11" } },
  { title: "a version with leading zeros", input: { version: "0.4.011" } },
  { title: "name with capitals", name: "Demo", input: ok },
  { title: "name that begins with a digit", name: "1demo", input: ok },
  { title: "name that ends with a hyphen", name: "demo-", input: ok },
  { title: "empty name", name: "", input: ok },
  { title: "name of 36 characters", name: "x".repeat(36), input: ok },
  { title: "long name with a dot", name: `${"x".repeat(36)}.y`, input: ok },
  { title: "no broker", input: pool({ replicas: 0 }) },
  { title: "negative replicas", input: pool({ replicas: -3 }) },
  { title: "half a broker", input: pool({ replicas: 2.5 }) },
  { title: "too many brokers", input: pool({ replicas: 4001 }) },
  { title: "replicas as text", input: pool({ replicas: "3" }) },
  { title: "replicas not a number", input: pool({ replicas: NaN }) },
  { title: "infinite replicas", input: pool({ replicas: Infinity }) },
  { title: "replicas as a big integer", input: pool({ replicas: 3n }) },
  { title: "null replicas", input: pool({ replicas: null }) },
  { title: "two placement-centers", input: { ...ok, placementCenter: { replicas: 2 } } },
  { title: "seven placement-centers", input: { ...ok, placementCenter: { replicas: 7 } } },
  { title: "no placement-center", input: { ...ok, placementCenter: { replicas: 0 } } },
  { title: "a pool that is a number", input: pool(5) },
  { title: "a pool that is a function", input: pool(() => 5) },
  { title: "a pool that is a list", input: pool([3]) },
  { title: "misspelt pool", input: { ...ok, placementCentre: {} } },
  { title: "misspelt key in a pool", input: pool({ replica: 3 }) },
  { title: "key of no resemblance", input: { ...ok, zzzzzzzzzzzzzzzzzzzz: 1 } },
  { title: "bad storage quantity", input: pool({ storage: "10 GB" }) },
  { title: "no storage", input: pool({ storage: "0" }) },
  { title: "negative storage", input: pool({ storage: "-1Gi" }) },
  { title: "storage as a number", input: pool({ storage: 10 }) },
  { title: "storage beyond what Kubernetes can count", input: pool({ storage: "1e999" }) },
  { title: "bad storage class", input: pool({ storageClass: "Fast SSD" }) },
  { title: "storage class too long", input: pool({ storageClass: "x".repeat(254) }) },
  { title: "bad memory", input: resources({ memory: "lots" }) },
  { title: "misspelt resource", input: resources({ memmory: "1Gi" }) },
  { title: "short and long form together", input: resources({ memory: "1Gi", limits: { memory: "2Gi" } }) },
  { title: "request above limit", input: resources({ requests: { memory: "2Gi", cpu: "2" }, limits: { memory: "1Gi", cpu: "500m" } }) },
  { title: "two forms, a bad quantity and an unknown key at once", input: resources({ memory: "1Gi", limits: { memory: "much" }, gpu: 1 }) },
  { title: "unknown amount", input: resources({ limits: { disk: "1Gi" } }) },
  { title: "namespace with capitals", input: { ...ok, namespace: "Prod" } },
  { title: "namespace too long", input: { ...ok, namespace: "n".repeat(64) } },
  { title: "empty namespace", input: { ...ok, namespace: "" } },
  { title: "image as text", input: { ...ok, image: "ghcr.io/robustmq/robustmq:v0.4.11" } },
  { title: "repository with tag", input: image({ repository: "ghcr.io/robustmq/robustmq:v0.4.11" }) },
  { title: "repository with a tag that looks like a port", input: image({ repository: "robustmq:2026" }) },
  { title: "repository with capitals in its path", input: image({ repository: "ghcr.io/RobustMQ/robustmq" }) },
  { title: "repository that ends with a slash", input: image({ repository: "ghcr.io/" }) },
  { title: "bad tag", input: image({ tag: "-v1" }) },
  { title: "short digest", input: image({ digest: "sha256:abc" }) },
  { title: "pull policy in small letters", input: image({ pullPolicy: "always" }) },
  { title: "pull secret that is not a list", input: { ...ok, imagePullSecrets: "registry" } },
  { title: "second pull secret with a bad name", input: { ...ok, imagePullSecrets: ["registry", "My Secret"] } },
  { title: "unknown profile", input: { ...ok, profile: "production" } },
  { title: "no time for the gates", input: gates({ timeoutSeconds: 0 }) },
  { title: "unknown way for the gates", input: gates({ via: "job" }) },
  { title: "empty context", input: { ...ok, context: "" } },
  { title: "an argument that contains itself", input: circular() },
  {
    title: "everything at once",
    name: "Demo",
    input: {
      version: "1.0.0",
      placementCenter: { replicas: 2, storage: "ten" },
      mqttBroker: { replicas: 0, resources: { cpu: "0" } },
      journalServer: { storageclass: "fast" },
      namespace: "x_y",
      imagePullSecrets: [""],
      gates: { timeout: 5 },
    },
  },
];

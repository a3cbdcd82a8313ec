import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Manifest } from "../../provider/plan/manifest";
import { claimName, objectName, podName, suffixes, type Suffix } from "../../provider/plan/names";
import { clusterNodes } from "../../provider/plan/nodes";
import { resolveCluster } from "../../provider/releases/resolve";
import { poolNames } from "../../provider/spec/cluster";
import { parseSpec } from "../../provider/spec/parse";
import { InvalidSpecError } from "../../provider/spec/problems";
import { quantityValue } from "../../provider/spec/quantity";
import { anyInput, clusterArgs, clusterName } from "./support/arbitraries";
import { at, contextOf, credentials, manifestsOf, missionExample, plain, tls } from "./support/fixtures";

const allSuffixes = Object.keys(suffixes) as Suffix[];

function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  return manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name) ?? assert.fail(`no ${kind} ${name}`);
}

const podTemplates = (manifests: readonly Manifest[]) => manifests.filter(({ kind }) => kind === "StatefulSet").map((manifest) => at(manifest, "spec", "template"));

/** Everything but the number of replicas of one StatefulSet, byte for byte. */
function butReplicas(manifests: readonly Manifest[], statefulSet: string): string {
  return JSON.stringify(manifests, (key, value: unknown) => (key === "spec" && typeof value === "object" && value !== null && "serviceName" in value && value.serviceName === statefulSet ? { ...value, replicas: "any" } : value), 1);
}

describe("names and ids", () => {
  it("objects, pods and claims of two clusters in one namespace never share a name", () => {
    fc.assert(
      fc.property(clusterName, clusterName, fc.nat(3999), fc.nat(3999), (a, b, i, j) => {
        fc.pre(a !== b);
        const names = (cluster: string, ordinal: number) => [
          ...allSuffixes.map((suffix) => objectName(cluster, suffix)),
          ...poolNames.map((pool) => podName(cluster, pool, ordinal)),
          ...poolNames.map((pool) => claimName(cluster, pool, ordinal)),
        ];
        const shared = names(a, i).filter((name) => names(b, j).includes(name) && !name.startsWith("data-"));
        assert.deepEqual(shared, []);
        const claims = (cluster: string, ordinal: number) => poolNames.map((pool) => claimName(cluster, pool, ordinal));
        assert.deepEqual(claims(a, i).filter((name) => claims(b, j).includes(name)), []);
      }),
      { numRuns: 300 },
    );
  });

  it("no suffix ends with a hyphen and another one, which is what keeps names apart", () => {
    for (const one of Object.values(suffixes)) {
      for (const other of Object.values(suffixes)) {
        assert.ok(!one.endsWith(`-${other}`), `${one} ends with -${other}`);
      }
    }
  });

  it("ids and hosts are unique over all pools and sizes", () => {
    for (const placementCenter of [1, 3, 5]) {
      const { spec } = contextOf("demo", { version: "0.4.11", placementCenter: { replicas: placementCenter }, mqttBroker: { replicas: 4000 }, journalServer: { replicas: 4000 } });
      const nodes = clusterNodes(spec);
      for (const key of ["id", "pod", "host"] as const) {
        assert.equal(new Set(nodes.map((node) => node[key])).size, placementCenter + 8000, key);
      }
    }
  });

  it("names, labels and host names fit Kubernetes at the longest name", () => {
    const longest = `l${"o".repeat(33)}g`;
    const args = { version: "0.4.11", namespace: "n".repeat(63), mqttBroker: { replicas: 4000 }, journalServer: { replicas: 4000 } };
    for (const manifest of manifestsOf(longest, args)) {
      assert.match(manifest.metadata.name, manifest.kind === "Service" ? /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/ : /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/);
      // A StatefulSet's pods carry the label controller-revision-hash = <name>-<10 characters>.
      assert.ok(manifest.kind !== "StatefulSet" || manifest.metadata.name.length + 11 <= 63);
      const labels = { ...manifest.metadata.labels, ...(manifest.kind === "StatefulSet" ? (at(manifest, "spec", "template", "metadata", "labels") as Record<string, string>) : {}) };
      for (const [key, value] of Object.entries(labels)) {
        assert.match(value, /^[a-zA-Z0-9]([-\w.]{0,61}[a-zA-Z0-9])?$/, key);
        assert.ok((key.split("/").at(-1) ?? "").length <= 63);
      }
    }
    for (const { pod, host } of clusterNodes(contextOf(longest, args).spec)) {
      assert.ok(pod.length <= 63, pod);
      assert.ok(`${host}.cluster.local`.length <= 253, host);
    }
  });
});

describe("plans of any arguments", () => {
  it("every object has namespace, labels and an owner, and selects only by labels that its pods have", () => {
    fc.assert(
      fc.property(clusterName, clusterArgs, (name, args) => {
        const manifests = manifestsOf(name, args);
        const identities = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
        assert.equal(new Set(identities).size, identities.length);
        for (const { kind, metadata, ...rest } of manifests) {
          assert.equal(metadata.namespace, args.namespace ?? "default");
          assert.equal(metadata.labels["app.kubernetes.io/instance"], name);
          assert.equal(metadata.labels["app.kubernetes.io/managed-by"], "pulumi-robustmq");
          assert.equal(metadata.labels["robustmq.io/cluster-id"], "0123456789abcdef");
          if (kind === "Service" || kind === "StatefulSet") {
            const selector = (kind === "Service" ? at(rest, "spec", "selector") : at(rest, "spec", "selector", "matchLabels")) as Record<string, string>;
            const pods = podTemplates(manifests).map((template) => at(template, "metadata", "labels") as Record<string, string>);
            const selected = pods.filter((labels) => Object.entries(selector).every(([key, value]) => labels[key] === value));
            assert.equal(selected.length, 1, `${kind} ${metadata.name} selects the pods of ${selected.length} pools`);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it("no secret value is in anything but a Secret", () => {
    const secrets = [credentials["admin-password"], credentials["jwt-secret"], credentials["default-password"], tls.privateKey];
    const forms = secrets.flatMap((value) => [value, Buffer.from(value).toString("base64"), encodeURIComponent(value)]);
    fc.assert(
      fc.property(clusterName, clusterArgs, (name, args) => {
        const manifests = manifestsOf(name, args);
        const open = JSON.stringify(manifests.filter(({ kind }) => kind !== "Secret"));
        assert.deepEqual(forms.filter((form) => open.includes(form)), []);
        assert.ok(forms.some((form) => JSON.stringify(manifests).includes(form)), "the search finds what is there");
      }),
      { numRuns: 20 },
    );
  });

  it("requests never exceed limits", () => {
    fc.assert(
      fc.property(clusterArgs, (args) => {
        for (const { resources } of Object.values(contextOf("demo", args).spec.pools)) {
          for (const kind of ["memory", "cpu"] as const) {
            const [request, limit] = [resources.requests[kind], resources.limits[kind]].map((text) => quantityValue(text ?? ""));
            assert.ok(request !== undefined && (limit === undefined || request <= limit), JSON.stringify(resources));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("what is mounted, referred to and probed exists", () => {
    fc.assert(
      fc.property(clusterName, clusterArgs, (name, args) => {
        const manifests = plain(manifestsOf(name, args));
        for (const template of podTemplates(manifests)) {
          const { volumes, containers, initContainers = [] } = (template as { spec: { volumes: { name: string; configMap?: { name: string; items?: { key: string }[]; optional?: boolean }; secret?: { secretName: string } }[]; containers: Container[]; initContainers?: Container[] } }).spec;
          for (const { configMap, secret } of volumes) {
            const object = configMap === undefined ? secret && find(manifests, "Secret", secret.secretName) : find(manifests, "ConfigMap", configMap.name);
            for (const { key } of configMap?.items ?? []) {
              assert.equal(typeof at(object, "data", key), "string", key);
            }
          }
          for (const container of [...containers, ...initContainers]) {
            const known = ["data", ...volumes.map((volume) => volume.name)];
            assert.deepEqual(container.volumeMounts.filter((mount) => !known.includes(mount.name)), []);
            for (const { valueFrom } of container.env) {
              const reference = valueFrom?.secretKeyRef;
              assert.ok(reference === undefined || typeof at(find(manifests, "Secret", reference.name), "data", reference.key) === "string");
            }
            const port = container.readinessProbe?.tcpSocket?.port;
            assert.ok(port === undefined || container.ports?.some((entry) => entry.name === port), port);
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});

interface Container {
  readonly volumeMounts: readonly { readonly name: string }[];
  readonly env: readonly { readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } } }[];
  readonly ports?: readonly { readonly name: string }[];
  readonly readinessProbe?: { readonly tcpSocket?: { readonly port: string } };
}

describe("changes of size", () => {
  for (const pool of ["mqttBroker", "journalServer"] as const) {
    it(`of ${pool} change nothing but the number of its replicas`, () => {
      fc.assert(
        fc.property(clusterArgs, fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 1, max: 4000 }), (args, from, to) => {
          const sized = (replicas: number) => manifestsOf("demo", { ...args, [pool]: { ...args[pool], replicas } });
          const name = objectName("demo", pool);
          assert.equal(butReplicas(sized(from), name), butReplicas(sized(to), name));
          assert.equal(at(find(sized(to), "StatefulSet", name), "spec", "replicas"), to);
        }),
        { numRuns: 20 },
      );
    });
  }

  it("of the placement-center from 3 to 5 change no pod template where nodes can join", () => {
    fc.assert(
      fc.property(clusterArgs, (args) => {
        fc.pre(args.version !== "0.3.0");
        const templates = (replicas: number) => JSON.stringify(podTemplates(manifestsOf("demo", { ...args, placementCenter: { ...args.placementCenter, replicas } })));
        assert.equal(templates(3), templates(5));
      }),
      { numRuns: 20 },
    );
  });

  it("of 0.3.0's placement-center do change them: there every node must list exactly the nodes that run", () => {
    const templates = (replicas: number) => JSON.stringify(podTemplates(manifestsOf("demo", { ...missionExample, placementCenter: { replicas } })));
    assert.notEqual(templates(3), templates(5));
  });
});

describe("any input at all", () => {
  it("is taken, or refused with problems that all have a path and a message", () => {
    fc.assert(
      fc.property(fc.string(), anyInput, (name, input) => {
        try {
          resolveCluster(name, input);
        } catch (error) {
          assert.ok(error instanceof InvalidSpecError, String(error));
          assert.ok(error.problems.length > 0);
          assert.ok(error.problems.every(({ path, message }) => path !== "" && message !== ""), error.message);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("valid arguments are taken", () => {
    fc.assert(
      fc.property(clusterName, clusterArgs, (name, args) => {
        const result = parseSpec(name, args);
        assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.problems));
      }),
      { numRuns: 100 },
    );
  });
});

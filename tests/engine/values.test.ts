/** The pure parts of the engine stand-in. */
import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { parseDuration } from "../../lab/engine/engine/goal";
import { diffObjects } from "../../lab/engine/providers/kubernetes/diff";
import { quantitiesEqual } from "../../lab/engine/providers/kubernetes/quantity";
import { randomText } from "../../lab/engine/providers/random-text";
import { applyReplaceOnChanges, detailedInputDiff, valuesEqual } from "../../lab/engine/values/diff";
import { formatPath, getAtPath, parsePath, pathContains, resetPath } from "../../lab/engine/values/paths";
import { annotateSecrets, containsSecrets, lowerOutputValues, makeSecret, stripSecrets, UNKNOWN, type ValueMap } from "../../lab/engine/values/property";
import { displayType, makeUrn, parseUrn, STACK_TYPE } from "../../lab/engine/values/urn";

describe("engine: property paths", () => {
  const texts = ["spec.replicas", "spec.containers[0].env[2].name", 'metadata.annotations["pulumi.com/skipAwait"]', '["a\\"b"].c'];
  for (const text of texts) it(`reads and writes ${text}`, () => assert.equal(formatPath(parsePath(text)), text));

  it("refuses what is no path", () => assert.throws(() => parsePath("a[b]"), /failed to parse/));

  it("contains what lies below it, a star any element", () => {
    assert.ok(pathContains(parsePath("spec.containers[*].env"), parsePath("spec.containers[1].env[0].name")));
    assert.ok(!pathContains(parsePath("spec.replicas"), parsePath("spec")));
  });

  it("resets ignored properties to what they were", () => {
    const olds: ValueMap = { a: { b: 1, c: 1 }, list: [{ x: 1 }] };
    const news: ValueMap = { a: { b: 2, c: 2, d: 2 }, list: [{ x: 2 }, { x: 3 }] };
    assert.deepEqual(resetPath(olds, news, parsePath("a.b")), { a: { b: 1, c: 2, d: 2 }, list: [{ x: 2 }, { x: 3 }] });
    assert.deepEqual(resetPath(olds, news, parsePath("a.d")), { a: { b: 2, c: 2 }, list: [{ x: 2 }, { x: 3 }] });
    assert.deepEqual(resetPath(olds, news, parsePath("list[*].x")), { a: { b: 2, c: 2, d: 2 }, list: [{ x: 1 }, { x: 3 }] });
  });
});

describe("engine: comparing values", () => {
  it("names the leaves that changed", () => {
    const olds: ValueMap = { same: 1, list: [1, 2], gone: { a: 1 }, map: { x: "1", y: "2" } };
    const news: ValueMap = { same: 1, list: [1, 3, 4], map: { x: "1", y: UNKNOWN }, fresh: true };
    const kinds = Object.fromEntries(Object.entries(detailedInputDiff(olds, news)).map(([path, { kind }]) => [path, kind]));
    assert.deepEqual(kinds, { "list[1]": "update", "list[2]": "add", gone: "delete", "map.y": "update", fresh: "add" });
  });

  it("never shows a path inside a secret", () => {
    const diff = detailedInputDiff({ s: makeSecret({ a: 1 }) }, { s: makeSecret({ a: 2 }) });
    assert.deepEqual(Object.keys(diff), ["s"]);
    assert.ok(valuesEqual(makeSecret({ a: 1 }), makeSecret({ a: 1 })));
  });

  it("finds no change between equal values, whatever they are", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => valuesEqual(value as ValueMap, structuredClone(value) as ValueMap)));
  });

  it("makes changes below replaceOnChanges replacements", () => {
    const diff = detailedInputDiff({ a: { b: 1 }, c: 1 }, { a: { b: 2 }, c: 2 });
    assert.deepEqual(applyReplaceOnChanges(diff, ["a"]), ["a"]);
    assert.equal(diff["a.b"]?.kind, "update-replace");
    assert.equal(diff.c?.kind, "update");
  });
});

describe("engine: secrets and outputs", () => {
  const output = (fields: ValueMap): ValueMap => ({ "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...fields });

  it("lowers output values to unknown, secret or plain", () => {
    const lowered = lowerOutputValues({ a: output({}), b: output({ value: 1, secret: true }), c: output({ value: "x" }) });
    assert.deepEqual(lowered, { a: UNKNOWN, b: makeSecret(1), c: "x" });
  });

  it("gives outputs the secretness of the inputs of the same name", () => {
    const outputs = annotateSecrets({ a: { b: "p", c: "q" }, list: ["x"] }, { a: { b: makeSecret("p") }, list: [makeSecret("x")] });
    assert.deepEqual(outputs, { a: { b: makeSecret("p"), c: "q" }, list: makeSecret(["x"]) });
    assert.ok(containsSecrets(outputs) && !containsSecrets(stripSecrets(outputs)));
  });
});

describe("engine: names", () => {
  it("leaves the stack's type out of its children's", () => {
    assert.equal(makeUrn("s", "p", STACK_TYPE, "a:b:C", "n"), "urn:pulumi:s::p::a:b:C::n");
    assert.equal(makeUrn("s", "p", "a:b:C", "d:e:F", "n"), "urn:pulumi:s::p::a:b:C$d:e:F::n");
    assert.equal(parseUrn("urn:pulumi:s::p::a:b:C$d:e:F::n::m").name, "n::m");
  });

  it("shows types as the CLI does", () => {
    assert.equal(displayType("urn:pulumi:s::p::random:index/randomId:RandomId::n"), "random:index:RandomId");
    assert.equal(displayType("urn:pulumi:s::p::kubernetes:core/v1:Pod::n"), "kubernetes:core/v1:Pod");
  });

  it("reads Go durations", () => {
    assert.equal(parseDuration("1h30m5s"), 5405);
    assert.throws(() => parseDuration("5 minutes"), /unable to parse/);
  });
});

describe("engine: random text", () => {
  it("keeps length and minimums", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 40 }), (length) => {
        const text = randomText({ length, minLower: 2, minUpper: 2, minNumeric: 2, minSpecial: 2 });
        const count = (pattern: RegExp): number => [...text.matchAll(pattern)].length;
        return text.length === length && [/[a-z]/g, /[A-Z]/g, /[0-9]/g, /[^a-zA-Z0-9]/g].every((pattern) => count(pattern) >= 2);
      }),
    );
  });

  it("uses only the classes that are on", () => assert.match(randomText({ length: 50, special: false, upper: false }), /^[a-z0-9]{50}$/));
});

describe("engine: Kubernetes comparisons", () => {
  const mutable = { configMaps: false, secrets: false };
  const diff = (kind: string, olds: ValueMap, news: ValueMap, ignoreChanges: string[] = []): ReturnType<typeof diffObjects> => {
    const apiVersion = kind === "StatefulSet" ? "apps/v1" : "v1";
    const object = (parts: ValueMap): ValueMap => ({ apiVersion, kind, metadata: { name: "n" }, ...parts });
    const request = { urn: `urn:pulumi:s::p::kubernetes:core/v1:${kind}::n`, id: "default/n", oldInputs: object(olds), oldOutputs: object(olds), news: object(news), ignoreChanges };
    return diffObjects(request, true, mutable);
  };

  it("knows equal quantities", () => {
    assert.ok(quantitiesEqual("1000m", 1) && quantitiesEqual("1Gi", "1024Mi") && !quantitiesEqual("1G", "1Gi") && !quantitiesEqual("a", "a"));
    const resources = (cpu: string): ValueMap => ({ spec: { template: { spec: { containers: [{ resources: { limits: { cpu } } }] } } } });
    assert.equal(diff("StatefulSet", resources("1000m"), resources("1")).changes, false);
    assert.equal(diff("ConfigMap", { data: { a: "1000m" } }, { data: { a: "1" } }).changes, true, "text is text");
  });

  const cases: [string, string, ValueMap, ValueMap, string[]][] = [
    ["the data of a ConfigMap", "ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, ["data.a"]],
    ["the replicas of a StatefulSet", "StatefulSet", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, []],
    ["its service name", "StatefulSet", { spec: { serviceName: "a" } }, { spec: { serviceName: "b" } }, ["spec.serviceName"]],
    ["a claim template", "StatefulSet", { spec: {} }, { spec: { volumeClaimTemplates: [{}] } }, ["spec.volumeClaimTemplates"]],
    ["a whole spec with a cluster IP", "Service", {}, { spec: { clusterIP: "None" } }, ["spec"]],
    ["a port of a Service", "Service", { spec: { ports: [{ port: 1 }] } }, { spec: { ports: [{ port: 2 }] } }, []],
    ["the namespace", "Service", { metadata: { name: "n", namespace: "a" } }, { metadata: { name: "n", namespace: "b" } }, ["metadata.namespace"]],
    ["naming the default namespace", "Service", {}, { metadata: { name: "n", namespace: "default" } }, []],
  ];
  for (const [what, kind, olds, news, replaces] of cases) {
    it(`${what}: ${replaces.length > 0 ? "replace" : "no replacement"}`, () => assert.deepEqual(diff(kind, olds, news).replaces, replaces));
  }

  it("takes stringData for what the server makes of it", () => {
    const olds = { data: makeSecret({ password: Buffer.from("p").toString("base64") }) };
    assert.equal(diff("Secret", olds, { stringData: { password: makeSecret("p") } }).changes, false);
    assert.equal(diff("Secret", olds, { stringData: { password: makeSecret("q") } }).changes, true);
  });

  it("leaves ignored paths out", () => {
    assert.equal(diff("StatefulSet", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, ["spec.replicas"]).changes, false);
    assert.equal(getAtPath({ spec: { replicas: 2 } }, parsePath("spec.replicas")), 2);
  });

  it("deletes first only when the name stays", () => {
    assert.equal(diff("ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }).deleteBeforeReplace, true);
    assert.equal(diff("ConfigMap", { data: { a: "1" } }, { metadata: { name: "m" }, data: { a: "2" } }).deleteBeforeReplace, false);
  });
});

/** Questions about Kubernetes objects given as property values without secrets. */
import { createHash } from "node:crypto";
import { annotateSecrets, isMap, makeSecret, UNKNOWN, type Value, type ValueMap } from "../../values/property";
import { urnType } from "../../values/urn";

export const AUTONAMED = "pulumi.com/autonamed";

export function mapAt(object: ValueMap | undefined, ...path: string[]): ValueMap {
  let node: Value | undefined = object;
  for (const key of path) node = isMap(node) ? node[key] : undefined;
  return isMap(node) ? node : {};
}

export function textAt(object: ValueMap | undefined, ...path: string[]): string {
  const value = mapAt(object, ...path.slice(0, -1))[path.at(-1) as string];
  return typeof value === "string" ? value : "";
}

export function numberAt(object: ValueMap | undefined, ...path: string[]): number {
  const value = mapAt(object, ...path.slice(0, -1))[path.at(-1) as string];
  return typeof value === "number" ? value : 0;
}

export const nameOf = (object: ValueMap): string => textAt(object, "metadata", "name");
export const namespaceOf = (object: ValueMap): string => textAt(object, "metadata", "namespace");
export const annotation = (object: ValueMap, key: string): string => textAt(object, "metadata", "annotations", key);

export function withMetadata(object: ValueMap, changes: ValueMap): ValueMap {
  return { ...object, metadata: { ...mapAt(object, "metadata"), ...changes } };
}

export function withAnnotation(object: ValueMap, key: string, value: string): ValueMap {
  return withMetadata(object, { annotations: { ...mapAt(object, "metadata", "annotations"), [key]: value } });
}

/** API version and kind from the object, or from its type token (`kubernetes:apps/v1:StatefulSet`) when there is none yet. */
export function kindOf(object: ValueMap, urn: string): { apiVersion: string; kind: string } {
  const [, version = "", kind = ""] = urnType(urn).split(":");
  return {
    apiVersion: textAt(object, "apiVersion") || version.replace(/^core\//, ""),
    kind: textAt(object, "kind") || kind,
  };
}

/** Ids are `namespace/name`, or the name alone where there is no namespace. */
export function objectId(object: ValueMap): string {
  const namespace = namespaceOf(object);
  return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

export function parseId(id: string): { namespace: string; name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

export function autoname(urnNameText: string, seed: Buffer): string {
  return `${urnNameText}-${createHash("sha256").update(seed).digest("hex").slice(0, 8)}`;
}

export const isSecretKind = (object: ValueMap): boolean => object.apiVersion === "v1" && object.kind === "Secret";

/** What the API server makes of a Secret's `stringData`. */
export function normalizeSecret(object: ValueMap): ValueMap {
  const stringData = mapAt(object, "stringData");
  if (!isSecretKind(object) || Object.keys(stringData).length === 0) return object;
  if (Object.values(stringData).includes(UNKNOWN)) return object;
  const encoded = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(String(value)).toString("base64")]);
  const { stringData: _moved, ...rest } = object;
  return { ...rest, data: { ...mapAt(object, "data"), ...(Object.fromEntries(encoded) as ValueMap) } };
}

/** Copies secretness from what the program gave to what comes back; the data of Secrets is always secret. */
export function markSecrets(object: ValueMap, inputs: ValueMap): ValueMap {
  if (object.kind !== "Secret") return annotateSecrets(object, inputs);
  const result = { ...object };
  if (result.data !== undefined) result.data = makeSecret(result.data);
  if (result.stringData !== undefined) result.stringData = makeSecret(result.stringData);
  return result;
}

/** `live` cut down to what `shape` has. */
export function pruneTo(live: Value | undefined, shape: Value): Value | undefined {
  if (isMap(shape) && isMap(live)) {
    const result: ValueMap = {};
    for (const [key, item] of Object.entries(shape)) {
      const pruned = pruneTo(live[key], item);
      if (pruned !== undefined) result[key] = pruned;
    }
    return result;
  }
  if (Array.isArray(shape) && Array.isArray(live)) {
    return live.map((item, index) => (index < shape.length ? (pruneTo(item, shape[index] as Value) ?? null) : item));
  }
  return live;
}

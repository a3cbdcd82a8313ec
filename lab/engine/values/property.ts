/**
 * Property values in the form the Pulumi protocol gives them on the wire: plain JSON in which secrets, outputs, resource
 * references and assets are objects carrying a signature, and unknown is one reserved string.
 */
import { Struct } from "../protobuf";

export type Value = null | boolean | number | string | Value[] | ValueMap;
export interface ValueMap {
  [key: string]: Value;
}

export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e";
const ASSET_SIGNATURE = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7";

export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasSignature(value: Value | undefined, signature: string): value is ValueMap {
  return isMap(value) && value[SIGNATURE] === signature;
}

export const isSecret = (value: Value | undefined): value is ValueMap => hasSignature(value, SECRET_SIGNATURE);
export const isOutputValue = (value: Value | undefined): value is ValueMap => hasSignature(value, OUTPUT_SIGNATURE);
export const isResourceReference = (value: Value | undefined): value is ValueMap => hasSignature(value, RESOURCE_SIGNATURE);
export const isAsset = (value: Value | undefined): value is ValueMap =>
  hasSignature(value, ASSET_SIGNATURE) || hasSignature(value, ARCHIVE_SIGNATURE);

export function makeSecret(value: Value): ValueMap {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET_SIGNATURE, value };
}

/** The value inside one secret wrapper; other values as they are. */
export function secretContent(value: Value): Value {
  return isSecret(value) ? (value.value ?? null) : value;
}

/** Rebuilds a value bottom-up; `visit` gets each node after its children were rebuilt. */
export function mapValue(value: Value, visit: (node: Value) => Value): Value {
  if (Array.isArray(value)) return visit(value.map((item) => mapValue(item, visit)));
  if (isMap(value)) {
    const result: ValueMap = {};
    for (const [key, item] of Object.entries(value)) result[key] = mapValue(item, visit);
    return visit(result);
  }
  return visit(value);
}

function someValue(value: Value | undefined, test: (node: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((item) => someValue(item, test));
  if (isMap(value)) return Object.values(value).some((item) => someValue(item, test));
  return false;
}

export const containsUnknowns = (value: Value | undefined): boolean => someValue(value, (node) => node === UNKNOWN);
export const containsSecrets = (value: Value | undefined): boolean => someValue(value, isSecret);

export function stripSecrets<T extends Value>(value: T): T {
  return mapValue(value, secretContent) as T;
}

/** Output values become what older receivers understand: unknown, a secret, or the plain value. */
export function lowerOutputValues<T extends Value>(value: T): T {
  return mapValue(value, (node) => {
    if (!isOutputValue(node)) return node;
    if (node.value === undefined) return UNKNOWN;
    return node.secret === true ? makeSecret(node.value) : node.value;
  }) as T;
}

/** Resource references become the id (custom resources) or URN (components), for providers that do not know them. */
export function lowerResourceReferences<T extends Value>(value: T): T {
  return mapValue(value, (node) => {
    if (!isResourceReference(node)) return node;
    if (node.id === undefined) return node.urn ?? null;
    return node.id === "" ? UNKNOWN : node.id;
  }) as T;
}

/** URNs that output values anywhere inside depend on. */
export function outputDependencies(value: Value): string[] {
  const urns = new Set<string>();
  someValue(value, (node) => {
    if (isOutputValue(node) && Array.isArray(node.dependencies)) {
      for (const urn of node.dependencies) urns.add(String(urn));
    }
    return false;
  });
  return [...urns];
}

/** Marks the named top-level properties as secret. */
export function withSecretKeys(values: ValueMap, keys: readonly string[]): ValueMap {
  const result = { ...values };
  for (const key of keys) {
    const value = result[key];
    if (value !== undefined && value !== null) result[key] = makeSecret(value);
  }
  return result;
}

/** Where the inputs hold a secret under a key, the output of that key is secret too (for providers that know no secrets). */
export function annotateSecrets(outputs: ValueMap, inputs: ValueMap): ValueMap {
  const result = { ...outputs };
  for (const [key, input] of Object.entries(inputs)) {
    const output = result[key];
    if (output === undefined || isSecret(output)) continue;
    if (isMap(output) && isMap(input) && !isSecret(input)) result[key] = annotateSecrets(output, input);
    else if (containsSecrets(input)) result[key] = makeSecret(output);
  }
  return result;
}

export function fromStruct(struct: Struct | undefined): ValueMap {
  return struct === undefined ? {} : (struct.toJavaScript() as ValueMap);
}

export function toStruct(values: ValueMap): Struct {
  return Struct.fromJavaScript(values as Parameters<typeof Struct.fromJavaScript>[0]);
}

/** The checkpoint of a stack: what exists, as the real engine's file backend writes it (version 3). */
import { isMap, mapValue, SECRET_SIGNATURE, SIGNATURE, type Value, type ValueMap } from "../values/property";
import { SecretsManager } from "./secrets";

export interface CustomTimeouts {
  create?: number;
  update?: number;
  delete?: number;
}

export interface ResourceState {
  urn: string;
  custom: boolean;
  type: string;
  id?: string;
  inputs: ValueMap;
  outputs: ValueMap;
  parent?: string;
  /** Replaced and waiting for its deletion. */
  delete?: boolean;
  /** Deleted for a replacement that was not created yet. */
  pendingReplacement?: boolean;
  /** Read, not managed. */
  external?: boolean;
  protect?: boolean;
  retainOnDelete?: boolean;
  dependencies: string[];
  propertyDependencies?: Record<string, string[]>;
  provider?: string;
  initErrors?: string[];
  additionalSecretOutputs?: string[];
  aliases?: string[];
  customTimeouts?: CustomTimeouts;
  deletedWith?: string;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  deleteHooks?: { before: string[]; after: string[] };
  created?: string;
  modified?: string;
}

export interface PendingOperation {
  resource: ResourceState;
  type: "creating" | "updating" | "deleting" | "reading";
}

export interface Checkpoint {
  resources: ResourceState[];
  pendingOperations: PendingOperation[];
}

export interface DeploymentFile {
  manifest: { time: string; magic: string; version: string };
  secrets_providers?: { type: string; state: { salt: string } };
  resources?: ResourceState[];
  pending_operations?: PendingOperation[];
}

function encryptValue(value: Value, secrets: SecretsManager): Value {
  if (isMap(value) && value[SIGNATURE] === SECRET_SIGNATURE) {
    return { [SIGNATURE]: SECRET_SIGNATURE, ciphertext: secrets.encrypt(JSON.stringify(value.value ?? null)) };
  }
  if (Array.isArray(value)) return value.map((item) => encryptValue(item, secrets));
  if (isMap(value)) return mapEntries(value, (item) => encryptValue(item, secrets));
  return value;
}

function decryptValue(value: Value, secrets: SecretsManager): Value {
  return mapValue(value, (node) => {
    if (!isMap(node) || node[SIGNATURE] !== SECRET_SIGNATURE || typeof node.ciphertext !== "string") return node;
    return { [SIGNATURE]: SECRET_SIGNATURE, value: JSON.parse(secrets.decrypt(node.ciphertext)) as Value };
  });
}

function mapEntries(map: ValueMap, convert: (value: Value) => Value): ValueMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, convert(value)]));
}

function convertState(state: ResourceState, convert: (value: Value) => Value): ResourceState {
  return { ...state, inputs: mapEntries(state.inputs ?? {}, convert), outputs: mapEntries(state.outputs ?? {}, convert) };
}

function convertCheckpoint(checkpoint: Checkpoint, convert: (value: Value) => Value): Checkpoint {
  return {
    resources: checkpoint.resources.map((state) => convertState(state, convert)),
    pendingOperations: checkpoint.pendingOperations.map((pending) => ({ ...pending, resource: convertState(pending.resource, convert) })),
  };
}

export function encodeCheckpoint(checkpoint: Checkpoint, secrets: SecretsManager): DeploymentFile {
  const encrypted = convertCheckpoint(checkpoint, (value) => encryptValue(value, secrets));
  return {
    manifest: { time: new Date().toISOString(), magic: "", version: "stand-in" },
    secrets_providers: { type: "passphrase", state: { salt: secrets.salt } },
    resources: encrypted.resources,
    ...(encrypted.pendingOperations.length > 0 ? { pending_operations: encrypted.pendingOperations } : {}),
  };
}

/** Opens a state file with the salt it was written with, which need not be that of the present stack configuration. */
export async function decodeCheckpoint(file: DeploymentFile | undefined, current: SecretsManager): Promise<Checkpoint> {
  const salt = file?.secrets_providers?.state.salt ?? current.salt;
  const secrets = salt === current.salt ? current : await SecretsManager.open(salt);
  const stored = (file?.resources ?? []).map((state) => ({ ...state, dependencies: state.dependencies ?? [] }));
  const checkpoint: Checkpoint = { resources: stored, pendingOperations: file?.pending_operations ?? [] };
  return convertCheckpoint(checkpoint, (value) => decryptValue(value, secrets));
}

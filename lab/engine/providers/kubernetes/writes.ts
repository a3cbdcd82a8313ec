/** Writes to the API server: client-side create, server-side apply, delete. */
import { setTimeout as sleep } from "node:timers/promises";
import { getAtPath, parsePath } from "../../values/paths";
import { isMap, type Value, type ValueMap } from "../../values/property";
import { ApiError, type KubernetesClient } from "./client";
import { mapAt, nameOf, namespaceOf } from "./objects";

const CREATE_MANAGER = "pulumi-kubernetes";
const CREATE_ATTEMPTS = 5;

const ALREADY_EXISTS_ADVICE = `

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use \`pulumi import\`.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create.`;

const asText = (value: Value | undefined): string => String(value ?? "");

/** Namespaces and CRDs that others make may come a moment later: "not found" is tried again, everything else is final. */
export async function createManifest(client: KubernetesClient, urn: string, object: ValueMap, signal: AbortSignal): Promise<ValueMap> {
  for (let attempt = 1; ; attempt++) {
    try {
      const path = await client.collectionPath(asText(object.apiVersion), asText(object.kind), namespaceOf(object));
      return await client.request("POST", path, { body: object, query: { fieldManager: CREATE_MANAGER } });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404 && attempt < CREATE_ATTEMPTS) {
        await sleep(2 ** (attempt - 1) * 1000, undefined, { signal });
        continue;
      }
      const advice = error.reason === "AlreadyExists" ? ALREADY_EXISTS_ADVICE : "";
      throw new Error(`resource ${JSON.stringify(urn)} was not successfully created by the Kubernetes API server: ${error.message}${advice}`);
    }
  }
}

export interface ApplyRequest {
  object: ValueMap;
  oldName: string;
  manager: string;
  ignoreChanges: string[];
  preview: boolean;
  force: boolean;
}

export async function applyManifest(client: KubernetesClient, request: ApplyRequest): Promise<ValueMap> {
  const { object, manager, preview } = request;
  const path = await client.objectPath(asText(object.apiVersion), asText(object.kind), namespaceOf(object), request.oldName || nameOf(object));
  const live = await client.request("GET", path);
  const createdByUs = managersOf(live).some((entry) => entry.manager === CREATE_MANAGER && entry.operation === "Update");
  if (createdByUs && !preview) await takeOverCreation(client, path, live, manager);
  const force = request.force || (preview && createdByUs) || managersOf(live).length === 0 || annotationIsTrue(object, "pulumi.com/patchForce");
  const query = { fieldManager: manager, force: String(force), ...(preview ? { dryRun: "All" } : {}) };
  const body = withIgnoredFromLive(object, live, request.ignoreChanges);
  try {
    return await client.request("PATCH", path, { body, query, contentType: "application/apply-patch+yaml" });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    throw new Error(`server-side apply field conflict detected: ${error.message}`);
  }
}

interface ManagedFields extends ValueMap {
  manager: string;
  operation: string;
}

function managersOf(live: ValueMap): ManagedFields[] {
  const list = mapAt(live, "metadata").managedFields;
  return Array.isArray(list) ? (list as ManagedFields[]) : [];
}

/** Fields we set at creation become fields of our server-side apply, so that leaving one out later removes it. */
async function takeOverCreation(client: KubernetesClient, path: string, live: ValueMap, manager: string): Promise<void> {
  const applied = managersOf(live).some((entry) => entry.manager === manager && entry.operation === "Apply");
  const managedFields = managersOf(live).flatMap((entry) => {
    if (entry.manager !== CREATE_MANAGER || entry.operation !== "Update" || entry.subresource !== undefined) return [entry];
    return applied ? [] : [{ ...entry, manager, operation: "Apply" }];
  });
  const patch = [
    { op: "replace", path: "/metadata/managedFields", value: managedFields },
    { op: "replace", path: "/metadata/resourceVersion", value: mapAt(live, "metadata").resourceVersion ?? null },
  ];
  await client.request("PATCH", path, { body: patch, contentType: "application/json-patch+json" });
}

function annotationIsTrue(object: ValueMap, key: string): boolean {
  return mapAt(object, "metadata", "annotations")[key] === "true";
}

/** Ignored fields keep what the cluster has, whoever set it. */
function withIgnoredFromLive(object: ValueMap, live: ValueMap, ignoreChanges: string[]): ValueMap {
  let result: Value = object;
  for (const text of ignoreChanges) {
    const path = parsePath(text);
    if (path.includes("*")) continue;
    result = withValueAt(result, path.map(String), getAtPath(live, path));
  }
  return result as ValueMap;
}

function withValueAt(node: Value, path: string[], value: Value | undefined): Value {
  const [first, ...rest] = path;
  if (first === undefined || value === undefined) return value ?? node;
  if (Array.isArray(node)) return node.map((item, index) => (String(index) === first ? withValueAt(item, rest, value) : item));
  if (!isMap(node)) return node;
  return { ...node, [first]: withValueAt(node[first] ?? {}, rest, value) };
}

export interface DeletionRequest {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  propagation: string;
}

const PROPAGATION: Record<string, string> = { orphan: "Orphan", background: "Background" };

/** Returns whether there was something to delete. */
export async function deleteObject(client: KubernetesClient, request: DeletionRequest): Promise<boolean> {
  const propagationPolicy = PROPAGATION[request.propagation.toLowerCase()] ?? "Foreground";
  try {
    const path = await client.objectPath(request.apiVersion, request.kind, request.namespace, request.name);
    await client.request("DELETE", path, { body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy } });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

/** What changed in a Kubernetes object, and whether it can be changed in place. */
import { compareValues, asReplaceKind, isReplaceKind, type Change, type DetailedDiff } from "../../values/diff";
import { formatPath, getAtPath, parsePath, pathContains, type PathElement } from "../../values/paths";
import { containsUnknowns, stripSecrets, type ValueMap } from "../../values/property";
import { type DiffRequest, type DiffResult } from "../provider";
import { forceNewPaths, type Mutability } from "./force-new";
import { annotation, AUTONAMED, kindOf, nameOf, namespaceOf, normalizeSecret } from "./objects";
import { quantitiesEqual } from "./quantity";

const READ_ONLY = ["creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "uid"];
const QUANTITY_PARENTS = new Set(["requests", "limits", "capacity", "hard", "sizeLimit"]);

function comparable(inputs: ValueMap): ValueMap {
  const plain = stripSecrets(inputs);
  const normalized = containsUnknowns(plain) ? plain : normalizeSecret(plain);
  if (normalized.metadata === undefined || typeof normalized.metadata !== "object") return normalized;
  const metadata = Object.fromEntries(Object.entries(normalized.metadata as ValueMap).filter(([key]) => !READ_ONLY.includes(key)));
  return { ...normalized, metadata };
}

/** An object without namespace lives in the default one: naming it is no change. */
function withCanonicalNamespace(object: ValueMap, namespaced: boolean): ValueMap {
  const { namespace, ...metadata } = (object.metadata ?? {}) as ValueMap;
  if (!namespaced) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, namespace: namespace === undefined || namespace === "" ? "default" : namespace } };
}

function isSameQuantity({ path, old, new: news }: Change): boolean {
  if (!path.some((element) => QUANTITY_PARENTS.has(String(element)))) return false;
  return (typeof old === "string" || typeof old === "number") && (typeof news === "string" || typeof news === "number") && quantitiesEqual(old, news);
}

/** A change concerns a path when it lies under it, or when it adds or removes something that holds it. */
function concerns(change: Change, pattern: readonly PathElement[]): boolean {
  if (pathContains(pattern, change.path)) return true;
  const above = pattern.slice(0, change.path.length);
  if (!pathContains(above, change.path)) return false;
  const rest = pattern.slice(change.path.length);
  return [change.old, change.new].some((value) => getAtPath(value, rest) !== undefined);
}

export function diffObjects(request: DiffRequest, namespaced: boolean, mutable: Mutability): DiffResult {
  const { apiVersion, kind } = kindOf(request.news, request.urn);
  const olds = withCanonicalNamespace(comparable(request.oldInputs), namespaced);
  const news = withCanonicalNamespace(comparable(request.news), namespaced);
  const patterns = forceNewPaths(apiVersion, kind, news.immutable === true, mutable).map(parsePath);
  const ignored = request.ignoreChanges.map(parsePath);
  const detailedDiff: DetailedDiff = {};
  for (const change of compareValues(olds, news)) {
    if (isSameQuantity(change) || ignored.some((pattern) => pathContains(pattern, change.path))) continue;
    const replaces = patterns.some((pattern) => concerns(change, pattern));
    detailedDiff[formatPath(change.path)] = { kind: replaces ? asReplaceKind(change.kind) : change.kind, inputDiff: false };
  }
  const replaces = Object.keys(detailedDiff).filter((path) => isReplaceKind((detailedDiff[path] as { kind: "add" }).kind));
  return {
    changes: Object.keys(detailedDiff).length > 0,
    replaces,
    diffs: [],
    deleteBeforeReplace: replaces.length > 0 && needsOldGone(request, olds, news),
    detailedDiff,
  };
}

/** Two objects of one name cannot be there at once; generated names differ. */
function needsOldGone(request: DiffRequest, olds: ValueMap, news: ValueMap): boolean {
  const name = nameOf(news);
  if (name === "" || annotation(news, AUTONAMED) === "true") return false;
  const liveName = nameOf(stripSecrets(request.oldOutputs)) || nameOf(olds);
  return name === liveName && namespaceOf(news) === namespaceOf(olds);
}

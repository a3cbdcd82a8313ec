import { type ClusterSpec, clusterSchema, completeSpec } from "./cluster";
import { checkName } from "./name";
import { type Problem, problemsOf } from "./problems";

export type ParseResult = { readonly ok: true; readonly spec: ClusterSpec } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Every key that occurs anywhere in the arguments, for "did you mean". */
const knownKeys = [
  ...Object.keys(clusterSchema.shape),
  "replicas", "storage", "storageClass", "resources", "memory", "cpu", "requests", "limits",
  "repository", "tag", "digest", "pullPolicy", "timeoutSeconds", "via",
];

/** The whole input checked at once: the completed spec, or every problem with its path. */
export function parseSpec(name: string, input: unknown): ParseResult {
  const nameProblems = checkName(name);
  const result = clusterSchema.safeParse(input);
  if (!result.success) {
    return { ok: false, problems: [...nameProblems, ...problemsOf(result.error, input, knownKeys)] };
  }
  return nameProblems.length > 0 ? { ok: false, problems: nameProblems } : { ok: true, spec: completeSpec(name, result.data) };
}

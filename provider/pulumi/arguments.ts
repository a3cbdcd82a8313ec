import * as pulumi from "@pulumi/pulumi";
import { type ResolvedCluster, resolveCluster } from "../releases/resolve";
import type { RobustMQClusterArgs } from "../spec/cluster";
import { InvalidSpecError } from "../spec/problems";

/** Arguments without those that only say how to reach the Kubernetes cluster. */
type SpecArgs = Omit<RobustMQClusterArgs, "kubeconfig" | "context">;

/**
 * Checks the arguments: at once as far as their values are known, and the rest when it is. A value that is not known yet
 * is left out of the first check.
 * @throws pulumi.RunError with every problem, before anything is registered.
 */
export function resolveArguments(name: string, args: SpecArgs): pulumi.Output<ResolvedCluster> {
  const unknown: string[] = [];
  const plain = withoutUnknown(args, "", unknown);
  if (unknown.length === 0) {
    return pulumi.output(checked(name, plain));
  }
  checkKnownPart(name, plain, unknown);
  return pulumi.output(args).apply((values) => checked(name, values));
}

function checked(name: string, input: unknown): ResolvedCluster {
  try {
    return resolveCluster(name, input);
  } catch (error) {
    throw error instanceof InvalidSpecError ? new pulumi.RunError(error.message) : error;
  }
}

function checkKnownPart(name: string, plain: unknown, unknown: readonly string[]): void {
  try {
    resolveCluster(name, plain);
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) {
      throw error;
    }
    const certain = error.problems.filter(({ path }) => !unknown.some((prefix) => path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`)));
    if (certain.length > 0) {
      throw new pulumi.RunError(new InvalidSpecError(error.subject, certain).message);
    }
  }
}

/** A copy without Outputs and promises, whose paths are collected. */
function withoutUnknown(value: unknown, path: string, unknown: string[]): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) {
    unknown.push(path);
    return undefined;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => withoutUnknown(item, `${path}[${index}]`, unknown));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, withoutUnknown(item, path === "" ? key : `${path}.${key}`, unknown)]),
    );
  }
  return value;
}

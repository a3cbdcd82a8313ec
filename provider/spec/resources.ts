import type { Input } from "@pulumi/pulumi";
import { z } from "zod";
import { quantity } from "./common";
import { mebibytes, millicores, quantityValue } from "./quantity";

/** An amount of memory and processor time. */
export interface ResourceAmountsArgs {
  /** Memory, as a Kubernetes quantity, for example `"2Gi"`. */
  memory?: Input<string>;
  /** Processor cores, as a Kubernetes quantity, for example `"1000m"`. */
  cpu?: Input<string>;
}

/**
 * Compute resources of one node's container. Either the short form `{ memory, cpu }`, which sets limits and derives
 * modest requests from them (a quarter of the memory, a tenth of the processor time), or Kubernetes' own
 * `{ requests, limits }`. The two forms exclude each other.
 */
export interface ResourcesArgs {
  /** Short form: memory limit, for example `"2Gi"`. */
  memory?: Input<string>;
  /** Short form: processor limit, for example `"1000m"`. */
  cpu?: Input<string>;
  /** What the scheduler reserves. */
  requests?: Input<ResourceAmountsArgs>;
  /** What the container may use at most. */
  limits?: Input<ResourceAmountsArgs>;
}

const amounts = z.strictObject({ memory: quantity.optional(), cpu: quantity.optional() });

export const resourcesSchema = z
  .strictObject({ memory: quantity.optional(), cpu: quantity.optional(), requests: amounts.optional(), limits: amounts.optional() })
  .superRefine((value, context) => {
    const short = value.memory !== undefined || value.cpu !== undefined;
    if (short && (value.requests !== undefined || value.limits !== undefined)) {
      context.addIssue({ code: "custom", message: "use either { memory, cpu } or { requests, limits }, not both" });
    }
    for (const kind of ["memory", "cpu"] as const) {
      const request = quantityValue(value.requests?.[kind] ?? "");
      const limit = quantityValue(value.limits?.[kind] ?? "");
      if (request !== undefined && limit !== undefined && request > limit) {
        context.addIssue({ code: "custom", path: ["requests", kind], message: `must not exceed limits.${kind} (${value.limits?.[kind]})` });
      }
    }
  });

export interface Amounts {
  readonly memory?: string | undefined;
  readonly cpu?: string | undefined;
}

/** What goes into the container. */
export interface Resources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Short form into long form; `defaults` are the requests where nothing was asked for. */
export function completeResources(given: z.output<typeof resourcesSchema> | undefined, defaults: Required<Amounts>): Resources {
  if (given === undefined) {
    return { requests: defaults, limits: {} };
  }
  const limits = { memory: given.memory ?? given.limits?.memory, cpu: given.cpu ?? given.limits?.cpu };
  const share = { memory: shareOf(limits.memory, 4, mebibytes), cpu: shareOf(limits.cpu, 10, millicores) };
  return {
    requests: {
      memory: given.requests?.memory ?? share.memory ?? defaults.memory,
      cpu: given.requests?.cpu ?? share.cpu ?? defaults.cpu,
    },
    limits,
  };
}

function shareOf(limit: string | undefined, divisor: number, format: (value: number) => string): string | undefined {
  const value = limit === undefined ? undefined : quantityValue(limit);
  return value === undefined ? undefined : format(value / divisor);
}

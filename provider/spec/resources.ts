import type { Input } from "@pulumi/pulumi";
import type { z } from "zod";
import { group, quantity } from "./common";
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

const amounts = group({ memory: quantity.optional(), cpu: quantity.optional() });

export const resourcesSchema = group({ memory: quantity.optional(), cpu: quantity.optional(), requests: amounts.optional(), limits: amounts.optional() })
  // Also when a field is wrong by itself, so that every problem is reported at once; hence nothing is known of the fields' types.
  .superRefine((value, context) => checkForms(value, (path, message) => context.addIssue({ code: "custom", path, message })), { when: ({ value }) => isGroup(value) });

function checkForms(value: Fields, report: (path: string[], message: string) => void): void {
  const short = value["memory"] !== undefined || value["cpu"] !== undefined;
  if (short && (value["requests"] !== undefined || value["limits"] !== undefined)) {
    report([], "use either { memory, cpu } or { requests, limits }, not both");
  }
  for (const kind of ["memory", "cpu"]) {
    const request = amountOf(value["requests"], kind);
    const limit = amountOf(value["limits"], kind);
    if (request !== undefined && limit !== undefined && request.value > limit.value) {
      report(["requests", kind], `must not exceed limits.${kind} (${limit.text})`);
    }
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isGroup(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function amountOf(amounts: unknown, kind: string): { text: string; value: number } | undefined {
  const text = isGroup(amounts) ? amounts[kind] : undefined;
  const value = typeof text === "string" ? quantityValue(text) : undefined;
  return typeof text === "string" && value !== undefined ? { text, value } : undefined;
}

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

/** A share of a limit, rounded up, but never above the limit itself. */
function shareOf(limit: string | undefined, divisor: number, format: (value: number) => string): string | undefined {
  const value = limit === undefined ? undefined : quantityValue(limit);
  if (limit === undefined || value === undefined) {
    return undefined;
  }
  const share = format(value / divisor);
  return (quantityValue(share) ?? 0) > value ? limit : share;
}

import { z } from "zod";
import { quantityValue } from "./quantity";

/** Kubernetes keeps quantities in 64 bits. */
const LARGEST_QUANTITY = 2 ** 63;

/** A positive Kubernetes quantity. */
export const quantity = z.string({ error: 'must be a Kubernetes quantity such as "10Gi" or "500m"' }).refine(
  (text) => {
    const value = quantityValue(text) ?? 0;
    return value > 0 && value < LARGEST_QUANTITY;
  },
  { error: 'must be a positive Kubernetes quantity such as "10Gi" or "500m"' },
);

const labelText = "lower-case letters, digits and '-', starting and ending with a letter or digit, at most 63 characters";

/** A DNS-1123 label (namespaces, Secret names). */
export const dnsLabel = z
  .string({ error: `must be a string of ${labelText}` })
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, { error: `must be ${labelText}` });

/** A DNS-1123 subdomain (object names such as a StorageClass). */
export const dnsSubdomain = z
  .string({ error: "must be a string" })
  .max(253, { error: "must be at most 253 characters" })
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, {
    error: "must be lower-case letters, digits, '-' and '.', starting and ending with a letter or digit",
  });

/** A group of arguments: no others than these. */
export function group<T extends z.core.$ZodShape>(shape: T) {
  return z.strictObject(shape, { error: "must be an object" });
}

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

import { createHash } from "node:crypto";

/** A short, stable fingerprint of a text. */
export function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

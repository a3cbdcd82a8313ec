import * as assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Compares a text with a reviewed file in tests/unit/golden. `UPDATE_GOLDEN=1 npm run test:unit` rewrites the files;
 * the difference is then reviewed like any other.
 */
export function assertGolden(file: string, actual: string): void {
  const path = join(__dirname, "..", "golden", file);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    writeFileSync(path, actual);
  }
  assert.ok(existsSync(path), `golden/${file} does not exist; UPDATE_GOLDEN=1 writes it`);
  assert.equal(actual, readFileSync(path, "utf8"), `differs from golden/${file}; UPDATE_GOLDEN=1 rewrites it`);
}

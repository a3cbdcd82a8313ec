/** Looks for secret values in all places that people other than the cluster's owner can see. */
import { strict as assert } from "node:assert";
import type { Bench } from "./bench";

/** Every value that was generated for the cluster: passwords, the key for tokens and the private key. */
export async function generatedSecrets(bench: Bench, name: string): Promise<Map<string, string>> {
  const credentials = await bench.ns.secret(`${name}-credentials`);
  const { "tls.key": key } = await bench.ns.secret(`${name}-tls`);
  const passwords = Object.entries(credentials).filter(([field]) => !field.endsWith("username"));
  assert.equal(passwords.length, 3);
  // The first line is the same in every key; a line of the middle is what must not be seen.
  return new Map([...passwords, ["tls.key", key?.split("\n")[1] ?? ""]]);
}

export async function assertNoSecrets(bench: Bench, secrets: ReadonlyMap<string, string>): Promise<void> {
  const places = {
    "the state, its history or the configuration": bench.stateText(),
    "ConfigMaps, pods, events or StatefulSets": await bench.ns.openText(),
    "logs": await bench.ns.allLogs(),
    "what the commands wrote": bench.transcript(),
  };
  for (const [where, content] of Object.entries(places)) {
    assert.ok(content.length > 1000, `${where}: there is something to look through`);
    for (const [name, value] of secrets) {
      assert.ok(value.length >= 32, `${name} is long enough to be found`);
      assert.ok(!content.includes(value), `${name} stands in plain in ${where}`);
      assert.ok(!content.includes(Buffer.from(value).toString("base64")), `${name} stands in base64 in ${where}`);
    }
  }
}

/** Files of the engine stand-in: secrets, state, locks. */
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Backend } from "../../lab/engine/project/backend";
import { SecretsManager } from "../../lab/engine/project/secrets";
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from "../../lab/engine/project/state";
import { makeSecret } from "../../lab/engine/values/property";

describe("engine: files", () => {
  let dir: string;
  const environment = { ...process.env };

  beforeEach(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "engine-files-"));
    process.env.PULUMI_BACKEND_URL = `file://${dir}`;
    process.env.PULUMI_CONFIG_PASSPHRASE = "correct";
  });

  afterEach(() => {
    fs.rmSync(dir, { recursive: true, force: true });
    process.env = { ...environment };
  });

  it("encrypts secrets in the state, and opens them with the right passphrase only", async () => {
    const secrets = await SecretsManager.open(undefined);
    const checkpoint: Checkpoint = {
      resources: [{ urn: "urn:pulumi:s::p::a:b:C::n", type: "a:b:C", custom: true, inputs: { p: makeSecret("hidden") }, outputs: { q: [makeSecret({ r: "hidden" })] }, dependencies: [] }],
      pendingOperations: [],
    };
    const file = encodeCheckpoint(checkpoint, secrets);
    assert.ok(!JSON.stringify(file).includes("hidden"));
    assert.deepEqual(encodeCheckpoint(checkpoint, secrets).resources, file.resources, "unchanged secrets keep their ciphertext");
    const opened = await decodeCheckpoint(file, await SecretsManager.open(secrets.salt));
    assert.deepEqual(opened, checkpoint);
    process.env.PULUMI_CONFIG_PASSPHRASE = "wrong";
    await assert.rejects(SecretsManager.open(secrets.salt), /incorrect passphrase/);
  });

  it("locks a stack against others, and takes over the lock of a dead process", async () => {
    const backend = Backend.open();
    const release = backend.lock("p", "s");
    assert.throws(() => backend.lock("p", "s"), /currently locked/);
    backend.lock("p", "other")();
    release();
    const lockDir = path.join(dir, ".pulumi", "locks", "organization", "p", "s");
    fs.writeFileSync(path.join(lockDir, "dead.json"), JSON.stringify({ pid: await deadProcess(), startTime: "1", hostname: os.hostname(), timestamp: "" }));
    backend.lock("p", "s")();
    assert.deepEqual(fs.readdirSync(lockDir), []);
  });
});

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.once("close", resolve));
  return child.pid as number;
}

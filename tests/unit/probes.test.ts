import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakePeer } from "./support/fakePeer";
import { compact, fullStatus, recordedStatuses, recording } from "./support/recordings";
import { RunningScript } from "./support/shell";

const bringUp = recordedStatuses("cluster-status-bring-up.jsonl");
const leader = compact(recording("cluster-status-leader.json"));
const single = JSON.stringify((JSON.parse(leader) as Record<string, unknown>)["metadata_0"]);
const fresh = fullStatus((bringUp[0] ?? assert.fail()).status);

describe("probes", () => {
  let node: FakePeer;
  let run: string;
  before(async () => (node = await new FakePeer().listen()));
  after(() => node.close());
  beforeEach(() => (run = mkdtempSync(join(tmpdir(), "probe-"))));
  afterEach(() => rmSync(run, { recursive: true }));

  async function probe(kind: string, port = node.portNumber): Promise<number> {
    return new RunningScript("probe.sh", [kind], { RUN_DIR: run, GRPC_PORT: String(port), HTTP_PORT: String(port) }).ends();
  }

  for (const [title, status, file, ready] of [
    ["the leader", leader, undefined, true],
    ["a follower", compact(recording("cluster-status-follower.json")), undefined, true],
    ["0.3.0's leader, which has one group", single, undefined, true],
    ["a node that waits for a leader", fresh, undefined, false],
    ["a learner that knows the leader", leader.replace('"state":"Leader"', '"state":"Learner"'), undefined, false],
    ["a node that knows no leader of one group", leader.replace('"current_leader":1', '"current_leader":null'), undefined, false],
    ["a node that answers something else", "no status", undefined, false],
    ["a node that answers with an error", undefined, undefined, false],
    ["a leader that is held", leader, "hold", false],
  ] as const) {
    it(`${title} is ${ready ? "" : "not "}ready`, async () => {
      node.status = status;
      if (file !== undefined) {
        writeFileSync(join(run, file), "");
      }
      assert.equal((await probe("ready")) === 0, ready);
    });
  }

  for (const [title, port, file, alive] of [
    ["a broker that answers over HTTP, whatever it says", undefined, undefined, true],
    ["a broker that does not answer", 1, undefined, false],
    ["a broker that is held", 1, "hold", true],
    ["a node that waits for its turn", 1, "waiting", true],
  ] as const) {
    it(`${title} is ${alive ? "" : "not "}alive`, async () => {
      node.status = undefined;
      if (file !== undefined) {
        writeFileSync(join(run, file), "");
      }
      assert.equal((await probe("live", port)) === 0, alive);
    });
  }
});

import * as assert from "node:assert/strict";
import { type HttpRequest, type HttpResponse, countUsers, readClusterStatus, readRegisteredNodes } from "../../provider/observe/brokerClient";
import { FRESH_QUORUM_MS, isLiveLeader, parseClusterStatus } from "../../provider/observe/raft";
import { compact, grpcWebAnswer, recordedStatuses, recording, raftView } from "./support/recordings";
import { group } from "./support/snapshots";

/** Answers every call with the same bytes and keeps what was asked. */
class OneAnswer {
  readonly asked: HttpRequest[] = [];

  constructor(private readonly body: Buffer | string, private readonly status = 200) {}

  readonly call = async (request: HttpRequest): Promise<HttpResponse> => {
    this.asked.push(request);
    return { status: this.status, body: Buffer.from(this.body) };
  };
}

describe("raft status", () => {
  it("reads the recorded leader and follower", () => {
    const leader = parseClusterStatus(recording("cluster-status-leader.json"));
    assert.deepEqual(Object.keys(leader).sort(), ["data_0", "metadata_0", "offset_0"]);
    assert.deepEqual(leader["metadata_0"], { state: "Leader", currentLeader: 1, millisSinceQuorumAck: 9, voters: [[1, 2, 3]], lastApplied: 55 });
    const follower = parseClusterStatus(recording("cluster-status-follower.json"));
    assert.deepEqual(Object.values(follower).map(({ state, currentLeader, millisSinceQuorumAck }) => ({ state, currentLeader, millisSinceQuorumAck })), Array(3).fill({ state: "Follower", currentLeader: 1, millisSinceQuorumAck: null }));
  });

  it("reads every recorded answer, the fresh and the joint ones too", () => {
    const views = ["cluster-status-bring-up.jsonl", "leader-killed.jsonl"].flatMap(recordedStatuses).map(raftView);
    assert.ok(views.length > 100);
    assert.deepEqual(views[0]?.["metadata_0"], { state: "Learner", currentLeader: null, millisSinceQuorumAck: null, voters: [], lastApplied: null });
    assert.ok(views.some((view) => view["offset_0"]?.voters.length === 2));
  });

  it("reads 0.3.x' single group as the metadata", () => {
    const all = JSON.parse(recording("cluster-status-leader.json")) as Record<string, unknown>;
    assert.deepEqual(Object.keys(parseClusterStatus(JSON.stringify(all["metadata_0"]))), ["metadata_0"]);
  });

  for (const bad of ["", "null", "[]", "{}x", '{"metadata_0":{}}', '{"metadata_0":{"Err":"Fatal"}}', '{"metadata_0":{"state":"King","current_leader":1,"last_applied":null,"membership_config":{"membership":{"configs":[]}}}}']) {
    it(`refuses ${JSON.stringify(bad)}`, () => assert.throws(() => parseClusterStatus(bad)));
  }

  for (const [differences, live] of [
    [{}, true],
    [{ millisSinceQuorumAck: 0 }, true],
    [{ millisSinceQuorumAck: FRESH_QUORUM_MS }, true],
    [{ millisSinceQuorumAck: FRESH_QUORUM_MS + 1 }, false],
    [{ millisSinceQuorumAck: null }, false],
    [{ state: "Follower", millisSinceQuorumAck: null }, false],
    [{ state: "Candidate" }, false],
  ] as const) {
    it(`${JSON.stringify(differences)} is ${live ? "a" : "no"} live leader`, () => assert.equal(isLiveLeader(group(differences)), live));
  }
});

describe("broker client", () => {
  it("asks ClusterStatus by gRPC-Web with an empty frame", async () => {
    const peer = new OneAnswer(grpcWebAnswer(compact(recording("cluster-status-leader.json"))));
    const view = await readClusterStatus(peer.call, 1228);
    assert.equal(view["metadata_0"]?.currentLeader, 1);
    assert.equal(peer.asked[0]?.path, "/meta.service.common.MetaServiceService/ClusterStatus");
    assert.deepEqual([...(peer.asked[0]?.body ?? [])], [0, 0, 0, 0, 0]);
    assert.equal(peer.asked[0]?.headers?.["content-type"], "application/grpc-web+proto");
  });

  it("reads contents of every length around the varint's limits", async () => {
    const status = compact(recording("cluster-status-follower.json"));
    for (const length of [status.length, 16383, 16384, 20000]) {
      const view = await readClusterStatus(new OneAnswer(grpcWebAnswer(status.padEnd(length))).call, 1228);
      assert.equal(view["data_0"]?.state, "Follower", `${length} bytes`);
    }
  });

  for (const [what, body, status, message] of [
    ["an HTTP error", "", 503, /HTTP 503/],
    ["nothing", "", 200, /without content/],
    ["a frame cut short", grpcWebAnswer("{}").subarray(0, 8), 200, /without content|JSON/],
    ["a trailer alone", Buffer.from([0x80, 0, 0, 0, 2, 1, 2]), 200, /without content/],
    ["a web page", "<html>not found</html>", 200, /without content.*html/],
  ] as const) {
    it(`refuses ${what} instead of ClusterStatus`, () => assert.rejects(readClusterStatus(new OneAnswer(body, status).call, 1228), message));
  }

  for (const [file, ids] of [
    ["info-1node-ready.json", [1]],
    ["info-3node-ready-from-1.json", [1, 2, 3]],
    ["info-meta-engine3-broker5-engine6.json", [1, 2, 3, 4, 5, 6]],
  ] as const) {
    it(`reads the registered nodes of ${file}`, async () => {
      const peer = new OneAnswer(recording(file));
      assert.deepEqual((await readRegisteredNodes(peer.call, 58080)).sort(), ids);
      assert.deepEqual(peer.asked.map(({ method, path, port }) => ({ method, path, port })), [{ method: "GET", path: "/api/info", port: 58080 }]);
    });
  }

  it("counts the users of a recorded list", async () => {
    const line = recording("http-answers.txt").split("\n").find((candidate) => candidate.includes('"username":"bob"') && candidate.includes("total_count"));
    const peer = new OneAnswer(line ?? "");
    assert.equal(await countUsers(peer.call, 58080), 2);
    assert.deepEqual(peer.asked.map(({ path }) => path), ["/api/cluster/user/list"]);
  });

  for (const [what, body, status, message] of [
    ["code 100", '{"code":100,"data":"","error":"invalid type: null, expected u64 at line 1 column 66"}', 200, /code 100: invalid type: null/],
    ["a missing token", '{"code":401,"data":null,"message":"Missing Authorization header"}', 401, /HTTP 401/],
    ["an empty body", "", 200, /JSON/],
    ["another shape", '{"code":0,"data":{}}', 200, /broker_node_list/],
  ] as const) {
    it(`refuses ${what} instead of /api/info`, () => assert.rejects(readRegisteredNodes(new OneAnswer(body, status).call, 58080), message));
  }
});

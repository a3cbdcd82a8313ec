import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakePeer } from "./support/fakePeer";
import { compact, fullStatus, recordedStatuses, recording } from "./support/recordings";
import { RunningScript } from "./support/shell";
import { until } from "./support/until";

const bringUp = recordedStatuses("cluster-status-bring-up.jsonl");
const killed = recordedStatuses("leader-killed.jsonl");

function recorded(list: typeof bringUp, choose: (status: (typeof bringUp)[number]) => boolean): string {
  return fullStatus((list.find(choose) ?? assert.fail("not in the recording")).status);
}

/** Answers of the real broker at the moments that matter. */
const answers = {
  fresh: recorded(bringUp, ({ ms }) => ms === 1351),
  leadsAlone: recorded(bringUp, ({ event, ms }) => event === "node 1 started" && ms > 1500),
  leadsTwo: recorded(bringUp, ({ event, asked }) => event === "node 2 started" && asked === 1),
  joint: recorded(bringUp, ({ event, asked }) => event === "node 3 started" && asked === 1),
  leadsThree: recorded(bringUp, ({ event, asked, ms }) => event === "node 3 started" && asked === 1 && ms > 900),
  followsThree: recorded(bringUp, ({ event, asked, ms }) => event === "node 3 started" && asked === 2 && ms > 900),
  namesDeadLeader: recorded(killed, ({ asked }) => asked === 2),
  laterNode2: recorded(killed, ({ asked, ms }) => asked === 2 && ms > 38_000),
  laterNode3: recorded(killed, ({ asked, ms }) => asked === 3 && ms > 38_000),
} as const;

const innerTopics = ["$retain-message", "$last-will-message", "$delay-task-index", "$sys/qos2-inner-topic"];

/** A placement-center pod's start guard among three fake nodes; the fourth and fifth address that it lists do not answer. */
class Scene {
  readonly dir = mkdtempSync(join(tmpdir(), "start-guard-"));
  readonly peers = new Map<number, FakePeer>();
  private guard: RunningScript | undefined;

  async open(): Promise<this> {
    mkdirSync(join(this.dir, "data"));
    mkdirSync(join(this.dir, "marker"));
    for (const id of [1, 2, 3]) {
      const peer = await new FakePeer().listen();
      this.peers.set(id, peer);
    }
    return this;
  }

  peer(id: number): FakePeer {
    return this.peers.get(id) ?? assert.fail(`no peer ${id}`);
  }

  bootstrapped(): void {
    writeFileSync(join(this.dir, "marker/cluster-id"), "0123456789abcdef");
  }

  hasData(): void {
    writeFileSync(join(this.dir, "data/.joined"), "");
  }

  /** Starts the guard of an ordinal. */
  start(ordinal: number): RunningScript {
    this.guard = new RunningScript("start-guard.sh", [], {
      POD_NAME: `demo-placement-center-${ordinal}`,
      FIRST_ID: "1",
      PEERS: [...[...this.peers].map(([id, peer]) => `${id}=${peer.address}`), "4=127.0.0.1:1", "5=127.0.0.1:1"].join(" "),
      RAFT_GROUPS: "3",
      DATA_DIR: join(this.dir, "data"),
      MARKER_DIR: join(this.dir, "marker"),
    });
    return this.guard;
  }

  /** Waits until the guard has looked around once more, and has not let its node start. */
  async stillWaits(guard: RunningScript, asking: number): Promise<void> {
    const before = this.peer(asking).asked;
    // The first answer may belong to a look that had begun before; a decision has been taken on all but the last.
    await until("another look of the guard", () => this.peer(asking).asked >= before + 3 || !guard.running);
    assert.equal(guard.running, true, guard.said.join("\n"));
  }

  async close(): Promise<void> {
    this.guard?.kill();
    const mistakes = [...this.peers.values()].flatMap((peer) => peer.mistakes);
    await Promise.all([...this.peers.values()].map((peer) => peer.close()));
    rmSync(this.dir, { recursive: true });
    assert.deepEqual(mistakes, [], "the peers were asked in a way that the broker would refuse");
  }
}

const starts = (reason: RegExp) => async (guard: RunningScript) => {
  await guard.says(new RegExp(`starts: .*${reason.source}`));
  assert.equal(await guard.ends(), 0);
};

const situations: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  "fresh pc-0 without peers founds the cluster": async (scene) => {
    await starts(/it is the first node of a new cluster/)(scene.start(0));
  },
  "fresh pc-1 waits for node 1, for all three groups, then for the inner topics": async (scene) => {
    const guard = scene.start(1);
    await guard.says(/waits until node 1 leads$/);
    scene.peer(1).status = answers.fresh;
    await scene.stillWaits(guard, 1);
    scene.peer(1).status = answers.leadsAlone.replace('"state":"Leader"', '"state":"Candidate"');
    await guard.says(/waits until one node leads all 3 raft groups \(2 have a live leader, 1 peers answer\)/);
    scene.peer(1).status = answers.leadsAlone;
    scene.peer(1).shards = innerTopics.slice(0, -1);
    await guard.says(/waits until \S+ has made the inner topics/);
    await scene.stillWaits(guard, 1);
    scene.peer(1).shards = innerTopics;
    await starts(/leads all 3 raft groups; it joins/)(guard);
  },
  "fresh pc-2 waits until pc-1 is a voter of all groups, not only in passing": async (scene) => {
    scene.peer(1).shards = innerTopics;
    scene.peer(1).status = answers.leadsAlone;
    const guard = scene.start(2);
    await guard.says(/waits until node 2 is a voter of all 3 raft groups/);
    scene.peer(1).status = answers.leadsAlone.replace("[[1]]", "[[1],[1,2]]");
    await scene.stillWaits(guard, 1);
    scene.peer(1).status = answers.leadsTwo;
    await starts(/it joins/)(guard);
  },
  "an emptied known node waits while its peers only name a dead leader": async (scene) => {
    scene.bootstrapped();
    scene.peer(2).status = answers.namesDeadLeader;
    scene.peer(3).status = answers.namesDeadLeader;
    const guard = scene.start(0);
    await guard.says(/waits: its peers know it, but only 0 of 3 raft groups have a live leader/);
    await scene.stillWaits(guard, 2);
    scene.peer(2).status = answers.laterNode2;
    await guard.says(/only 1 of 3 raft groups/);
    scene.peer(3).status = answers.laterNode3;
    await starts(/its peers know it and lead all 3 raft groups; it rejoins/)(guard);
  },
  "an emptied node of a bootstrapped cluster never founds another one": async (scene) => {
    scene.bootstrapped();
    const guard = scene.start(0);
    await guard.says(/waits: this cluster was bootstrapped before, this node's disk is empty, and no peer that is a member answers/);
    await scene.stillWaits(guard, 2);
    scene.peer(2).status = answers.fresh;
    await scene.stillWaits(guard, 2);
    assert.deepEqual(guard.said.filter((line) => line.includes("starts")), []);
  },
  "a node with data starts at once and asks nobody": async (scene) => {
    scene.bootstrapped();
    scene.hasData();
    await starts(/it has been a member of this cluster before/)(scene.start(0));
    assert.equal(scene.peer(2).asked, 0);
  },
  "a leader that was cut off from its quorum does not count": async (scene) => {
    scene.peer(1).shards = innerTopics;
    scene.peer(1).status = answers.leadsTwo.replace(/"millis_since_quorum_ack":\d+/g, '"millis_since_quorum_ack":15000');
    const guard = scene.start(2);
    await guard.says(/\(0 have a live leader, 1 peers answer\)/);
    await scene.stillWaits(guard, 1);
    scene.peer(1).status = answers.leadsTwo;
    await starts(/it joins/)(guard);
  },
  "a known node waits for a leader that was cut off, too": async (scene) => {
    scene.bootstrapped();
    scene.peer(1).status = answers.leadsThree.replace(/"millis_since_quorum_ack":\d+/g, '"millis_since_quorum_ack":10000');
    scene.peer(2).status = answers.followsThree;
    const guard = scene.start(2);
    await guard.says(/only 0 of 3 raft groups have a live leader/);
    scene.peer(1).status = answers.leadsThree;
    await starts(/it rejoins/)(guard);
  },
  "a node that a whole recorded answer names as voter rejoins": async (scene) => {
    scene.bootstrapped();
    scene.peer(1).status = compact(recording("cluster-status-leader.json"));
    scene.peer(2).status = compact(recording("cluster-status-follower.json"));
    await starts(/it rejoins/)(scene.start(2));
  },
  "a new node of a grown cluster does not join while the groups' leaders are spread": async (scene) => {
    scene.bootstrapped();
    scene.peer(2).status = answers.laterNode2;
    scene.peer(3).status = answers.laterNode3;
    const guard = scene.start(3);
    await guard.says(/waits until one node leads all 3 raft groups \(3 have a live leader, 2 peers answer\)/);
    await scene.stillWaits(guard, 2);
  },
  "a new node of a grown cluster joins after the ordinal before it": async (scene) => {
    scene.bootstrapped();
    scene.peer(1).shards = innerTopics;
    scene.peer(1).status = answers.leadsThree;
    const guard = scene.start(4);
    await guard.says(/waits until node 4 is a voter/);
    scene.peer(1).status = answers.leadsThree.replaceAll("[[1,2,3]]", "[[1,2,3,4]]");
    await starts(/it joins/)(guard);
  },
  "an answer that is no status is no answer": async (scene) => {
    scene.peer(1).status = "<html>502 Bad Gateway</html>";
    const guard = scene.start(1);
    await guard.says(/waits until node 1 leads$/);
    await scene.stillWaits(guard, 1);
  },
};

describe("start guard", () => {
  // All situations at the same time: each mostly waits.
  const results = new Map<string, Promise<unknown>>();
  before(() => {
    for (const [title, play] of Object.entries(situations)) {
      results.set(title, playOut(play).then(() => undefined, (error: unknown) => error));
    }
  });

  for (const title of Object.keys(situations)) {
    it(title, async () => {
      const error = await results.get(title);
      if (error !== undefined) {
        throw error;
      }
    });
  }
});

async function playOut(play: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await new Scene().open();
  try {
    await play(scene);
  } finally {
    await scene.close();
  }
}

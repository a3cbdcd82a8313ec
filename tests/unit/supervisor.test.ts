import * as assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakePeer } from "./support/fakePeer";
import { recordedStatuses, fullStatus } from "./support/recordings";
import { RunningScript } from "./support/shell";
import { until } from "./support/until";

/** Stands for the broker's program: writes down how it was started, and ends as the test says. */
const fakeBroker = `#!/bin/sh
echo "$ROBUST_MQ_SERVER_BROKER_ID $ROBUST_MQ_SERVER_BROKER_IP $*" >>"$SCENE/starts"
[ -n "\${EXIT_CODE:-}" ] && exit "$EXIT_CODE"
trap 'echo TERM >>"$SCENE/signals"; while [ -e "$SCENE/busy" ]; do sleep 0.02; done; exit "\${TERM_CODE:-0}"' TERM
echo $$ >"$SCENE/pid"
while :; do sleep 0.05; done
`;

/** A pod's container: the supervisor, a fake broker program and the container's folders. */
class Container {
  readonly dir = mkdtempSync(join(tmpdir(), "supervisor-"));
  private script: RunningScript | undefined;

  constructor() {
    for (const folder of ["libs", "run", "data", "marker", "bin"]) {
      mkdirSync(this.path(folder));
    }
    writeFileSync(this.path("libs/broker-server"), fakeBroker, { mode: 0o755 });
    // The supervisor's own pauses are short here; what is tested is their end, not their length.
    writeFileSync(this.path("bin/sleep"), "#!/bin/sh\nexec /bin/sleep 0.05\n", { mode: 0o755 });
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  env(): Record<string, string> {
    return {
      PATH: `${this.path("bin")}:${process.env["PATH"]}`,
      SCENE: this.dir,
      POD_NAME: "demo-mqtt-broker-12",
      POD_NAMESPACE: "messaging",
      SERVICE_NAME: "demo-mqtt-broker",
      FIRST_ID: "1001",
      GRPC_PORT: "1",
      HTTP_PORT: "1",
      DATA_DIR: this.path("data"),
      CONFIG_DIR: "/etc/robustmq",
      RUN_DIR: this.path("run"),
      MARKER_DIR: this.path("marker"),
    };
  }

  start(env: Readonly<Record<string, string>> = {}): RunningScript {
    this.script = new RunningScript("entrypoint.sh", [], { ...this.env(), ...env }, this.dir);
    return this.script;
  }

  lines(file: string): string[] {
    return existsSync(this.path(file)) ? readFileSync(this.path(file), "utf8").trimEnd().split("\n") : [];
  }

  async started(times: number): Promise<void> {
    await until(`start number ${times} of the broker`, () => this.lines("starts").length >= times && existsSync(this.path("pid")));
  }

  async probe(kind: string): Promise<number> {
    return new RunningScript("probe.sh", [kind], this.env()).ends();
  }

  close(): void {
    this.script?.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What makes a placement-center's supervisor ask the start guard. */
const guarded = { POD_NAME: "demo-placement-center-1", SERVICE_NAME: "demo-placement-center", FIRST_ID: "1", RAFT_GROUPS: "3", PEERS: "1=127.0.0.1:1 2=127.0.0.1:1" };

describe("supervisor", () => {
  let container: Container;
  beforeEach(() => (container = new Container()));
  afterEach(() => container.close());

  for (const code of [101, 1, 0]) {
    it(`ends with the broker's exit code ${code}`, async () => {
      const supervisor = container.start({ EXIT_CODE: String(code) });
      assert.equal(await supervisor.ends(), code);
      await supervisor.says(new RegExp(`broker ended with exit code ${code}$`));
      assert.equal(container.lines("starts").length, 1);
    });
  }

  it("gives the broker its id, its quoted address and its configuration", async () => {
    await container.start({ EXIT_CODE: "0" }).ends();
    assert.deepEqual(container.lines("starts"), ['1013 "demo-mqtt-broker-12.demo-mqtt-broker.messaging.svc" --conf=/etc/robustmq/server.toml']);
    assert.ok(["db", "engine", "logs"].every((folder) => existsSync(container.path(`data/${folder}`))));
  });

  for (const [signal, code] of [["SIGTERM", 0], ["SIGINT", 0], ["SIGTERM", 3]] as const) {
    it(`passes ${signal} on and ends with ${code}`, async () => {
      const supervisor = container.start({ TERM_CODE: String(code) });
      await container.started(1);
      supervisor.signal(signal);
      assert.equal(await supervisor.ends(), code);
      assert.deepEqual(container.lines("signals"), ["TERM"]);
    });
  }

  it("ends with 137 when the broker is killed", async () => {
    const supervisor = container.start();
    await container.started(1);
    process.kill(Number(container.lines("pid")[0]), "SIGKILL");
    assert.equal(await supervisor.ends(), 137);
  });

  it("keeps the broker stopped while it is held, alive but not ready, and starts it again", async () => {
    const supervisor = container.start();
    await container.started(1);
    writeFileSync(container.path("run/hold"), "");
    await supervisor.says(/broker ended with exit code 0$/);
    assert.deepEqual([await container.probe("live"), await container.probe("ready")], [0, 1]);
    assert.equal(supervisor.running, true);
    assert.equal(container.lines("starts").length, 1);
    rmSync(container.path("run/hold"));
    await container.started(2);
    assert.notEqual(await container.probe("live"), 0, "without the hold a broker that does not answer is not alive");
    supervisor.signal("SIGTERM");
    assert.equal(await supervisor.ends(), 0);
  });

  it("starts the broker again also when the hold ends before the broker has stopped", async () => {
    writeFileSync(container.path("busy"), "");
    const supervisor = container.start();
    await container.started(1);
    writeFileSync(container.path("run/hold"), "");
    await until("the order to stop", () => container.lines("signals").length === 1);
    rmSync(container.path("run/hold"));
    rmSync(container.path("busy"));
    await container.started(2);
    assert.equal(supervisor.running, true);
    supervisor.signal("SIGTERM");
    assert.equal(await supervisor.ends(), 0);
  });

  it("ends well when it is told to stop while the broker is held", async () => {
    writeFileSync(container.path("run/hold"), "");
    const supervisor = container.start();
    await until("its folders", () => existsSync(container.path("data/db")));
    supervisor.signal("SIGTERM");
    assert.equal(await supervisor.ends(), 0);
    assert.deepEqual(container.lines("starts"), []);
  });

  it("ends with 101 when its folders cannot be made", async () => {
    writeFileSync(container.path("file"), "");
    assert.equal(await container.start({ DATA_DIR: container.path("file") }).ends(), 101);
    assert.deepEqual(container.lines("starts"), []);
  });

  it("does not start a broker that the start guard holds back; it is alive meanwhile, and can be stopped", async () => {
    const supervisor = container.start(guarded);
    await supervisor.says(/start-guard: node 2: waits until node 1 leads/);
    assert.deepEqual([await container.probe("live"), await container.probe("ready")], [0, 1]);
    supervisor.signal("SIGTERM");
    assert.equal(await supervisor.ends(), 0);
    assert.deepEqual(container.lines("starts"), []);
  });

  it("does not start the broker when the start guard fails", async () => {
    const { PEERS, ...withoutPeers } = guarded;
    assert.notEqual(PEERS, "");
    assert.notEqual(await container.start(withoutPeers).ends(), 0);
    assert.deepEqual(container.lines("starts"), []);
  });

  it("starts the broker of a node with data at once", async () => {
    writeFileSync(container.path("data/.joined"), "");
    await container.start({ ...guarded, EXIT_CODE: "1" }).ends();
    assert.equal(container.lines("starts").length, 1);
    assert.equal(existsSync(container.path("run/waiting")), false);
  });

  it("remembers that the node has joined when it is a voter of all groups, and not before", async () => {
    const own = await new FakePeer().listen();
    try {
      const recorded = recordedStatuses("cluster-status-bring-up.jsonl").filter(({ asked }) => asked === 1);
      own.status = fullStatus((recorded[0] ?? assert.fail()).status);
      const supervisor = container.start({ ...guarded, POD_NAME: "demo-placement-center-0", PEERS: "1=127.0.0.1:1", GRPC_PORT: String(own.portNumber) });
      await container.started(1);
      await until("two looks at the own status", () => own.asked >= 2);
      assert.equal(existsSync(container.path("data/.joined")), false);
      own.status = fullStatus((recorded[1] ?? assert.fail()).status);
      await until("the file .joined", () => existsSync(container.path("data/.joined")));
      supervisor.signal("SIGTERM");
      assert.equal(await supervisor.ends(), 0);
    } finally {
      await own.close();
    }
  });
});

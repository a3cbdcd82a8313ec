/** A leader that was killed is named by its peers for a long time. The gate must not believe them. */
import { strict as assert } from "node:assert";
import type { Bench } from "./support/bench";
import { image, tags } from "./support/environment";
import { raftView } from "./support/raft";
import { measured, scenario } from "./support/scenario";

const centers = { placementCenter: { replicas: 3 } };
const DEAD = "c-placement-center-0";
const PEER = "c-placement-center-1";

scenario("a leader gate is not fooled by a dead leader that its peers still name", (bench) => {
  it("comes up, led by the first node", async () => {
    await bench().up({ ...centers, image: { repository: image, tag: tags.slow } });
    assert.deepEqual(await namedLeaders(bench(), PEER), [1, 1, 1]);
  });

  it("stays closed until live nodes lead all groups, then until the dead one is back", async () => {
    await killBroker(bench());
    const lines: string[] = [];
    let peerSaid: Promise<(number | null)[]> | undefined;
    let released: Promise<void> | undefined;
    const onLine = (written: string) => {
      const line = /gate (leader|formation) of placement-center: .*/.exec(written)?.[0];
      if (line === undefined || lines.includes(line)) return;
      lines.push(line);
      if (/gate leader .* 0 of 3 raft groups have a live leader/.test(line)) peerSaid ??= namedLeaders(bench(), PEER);
      if (/gate formation .* node 1 does not answer/.test(line)) released ??= release(bench());
    };
    // Another image tag makes the gates look again; the pods stay, for they have been ready.
    await bench().up({ ...centers, image: { repository: image, tag: tags.plain } }, { onLine });
    await released;
    measured(lines.join("\n                "));
    assert.deepEqual(await peerSaid, [1, 1, 1], "while the gate was closed a peer still named the dead node for every group");
    assert.ok(released !== undefined, "the formation gate waited for the dead node");
    const outputs = await bench().outputs();
    assert.match(String(outputs["leader"]), /^c-placement-center-[12]$/);
  });
});

/** The leaders of all groups as one node names them. */
async function namedLeaders(bench: Bench, pod: string): Promise<(number | null)[]> {
  return Object.values(await raftView(bench.ns, pod)).map(({ currentLeader }) => currentLeader);
}

/** Kills the broker's process and keeps it stopped: `hold` and `held` are how its supervisor is told so. */
async function killBroker(bench: Bench): Promise<void> {
  const script = `: > "$RUN_DIR/held"; : > "$RUN_DIR/hold"
    for process in /proc/[0-9]*; do
      case "$(readlink "$process/exe")" in */broker-server) kill -9 "\${process#/proc/}" && echo killed ;; esac
    done`;
  assert.match(await bench.ns.exec(DEAD, "/bin/sh", "-c", script), /killed/);
}

async function release(bench: Bench): Promise<void> {
  await bench.ns.exec(DEAD, "/bin/sh", "-c", 'rm "$RUN_DIR/hold"');
}

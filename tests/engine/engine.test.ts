/** What a program and a user see of the engine. Runs on the stand-in always, and on the real CLI where it is installed. */
import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { engines, type EngineChoice } from "../../lab/engine/driver";
import { removeTemplates, Workbench } from "./harness";

const nameOf = (urn: string): string => urn.split("::").at(-1) as string;

type Body = (bench: Workbench) => Promise<void>;

/**
 * Defines tests that run on a workbench of their own. Each starts the next one along with itself: most of a run is waiting for a
 * process to start, and two cores do that for two runs in the time of one.
 */
function twoAtATime(engine: EngineChoice): (title: string, program: string, body: Body) => void {
  const jobs: (() => Promise<void>)[] = [];
  const started = new Map<number, Promise<void>>();
  const start = (index: number): Promise<void> | undefined => {
    const job = jobs[index];
    if (job === undefined || started.has(index)) return started.get(index);
    const run = job();
    run.catch(() => undefined); // Reported by the test that awaits it.
    started.set(index, run);
    return run;
  };
  return (title, program, body) => {
    const index = jobs.push(async () => {
      const bench = await Workbench.create(engine, program);
      try {
        await body(bench);
      } finally {
        bench.remove();
      }
    }) - 1;
    it(title, () => {
      const run = start(index);
      start(index + 1);
      return run;
    });
  };
}

function describeEngine(engine: EngineChoice): void {
  describe(`engine: ${engine.name}`, function () {
    this.timeout(120_000);
    const scenario = twoAtATime(engine);
    after(removeTemplates);

    scenario("previews, creates, leaves alone, updates, deletes and destroys", "lifecycle", async (bench) => {
      const { driver } = bench;
      await driver.setConfig("setting", "hidden-setting", true);
      const first = await driver.previewJson();
      assert.deepEqual(bench.takeLog(), [], "a preview calls no create");
      assert.equal(first.changeSummary.create, 5);

      await bench.up();
      assert.deepEqual(bench.takeLog(), ["create first", "create second"]);
      const outputs = await driver.outputs();
      assert.equal(outputs.second, "second made");
      assert.equal(outputs.setting, "hidden-setting");
      assert.match(String(outputs.password), /^.{24}$/);
      for (const secret of [String(outputs.password), "hidden-setting", "first made"]) {
        assert.ok(!bench.stateText().includes(secret), `a secret is in the state in plain: ${secret}`);
      }

      await bench.up();
      assert.deepEqual(bench.takeLog(), [], "a second up has nothing to do");
      assert.equal((await driver.outputs()).password, outputs.password);

      await driver.setConfig("size", "5");
      const change = (await driver.previewJson()).steps.filter((step) => step.op !== "same");
      assert.deepEqual(change.map((step) => [step.op, nameOf(step.urn)]), [["update", "first"], ["update", "second"]], "what an update gives out is unknown before it");

      await driver.setConfig("withoutSecond", "true");
      const result = await bench.up();
      assert.deepEqual(bench.takeLog(), ["update first", "delete second"], "deletions come at the end");
      assert.match(result.stdout, /first updating.*\[diff: ~size\]/);

      await driver.destroy();
      assert.deepEqual(bench.takeLog(), ["delete first"]);
      assert.deepEqual(bench.urns(), []);
    });

    scenario("stops at a failure, keeps what was made, and goes on with the next up", "failing", async (bench) => {
      const { driver } = bench;
      const failed = await driver.up({ env: { BEHAVIOUR: "fail" } });
      assert.notEqual(failed.code, 0);
      assert.match(failed.stdout + failed.stderr, /error:.*this thing always fails/);
      assert.deepEqual(bench.takeLog(), ["create good", "create bad"]);
      assert.equal(bench.resource("bad"), undefined, "a failed creation leaves no state");

      await bench.up();
      assert.deepEqual(bench.takeLog(), ["create bad", "create end"]);
    });

    scenario("keeps a resource that was made unwell, and updates it with the next up", "failing", async (bench) => {
      const { driver } = bench;
      const failed = await driver.up({ env: { BEHAVIOUR: "unwell" } });
      assert.notEqual(failed.code, 0);
      assert.match(failed.stdout + failed.stderr, /it does not feel well/);
      assert.deepEqual(bench.resource("bad")?.initErrors, ["it does not feel well"]);
      bench.takeLog();

      const again = await driver.up({ env: { BEHAVIOUR: "unwell" } });
      assert.equal(again.code, 0, again.stdout);
      assert.deepEqual(bench.takeLog(), ["update bad", "create end"]);
      assert.equal(bench.resource("bad")?.initErrors, undefined);
    });

    scenario("goes on after it was killed in a creation", "failing", async (bench) => {
      const { driver } = bench;
      const killing = driver.up({ env: { BEHAVIOUR: "slow" }, killAfter: bench.logged("waiting bad") });
      assert.equal((await killing).signal, "SIGKILL");
      assert.deepEqual(bench.pendingOperations(), ["creating bad"]);
      assert.notEqual(bench.resource("good"), undefined, "what was finished is in the state");
      bench.takeLog();
      // The real CLI's lock outlives it and has to be cancelled by hand; the stand-in sees that its owner is dead.
      if (engine.real) fs.rmSync(path.join(bench.dir, "state", "backend", ".pulumi", "locks"), { recursive: true, force: true });

      const result = await bench.up();
      assert.match(result.stdout + result.stderr, /interrupted while creating/);
      assert.deepEqual(bench.takeLog(), ["create bad", "create end"]);
    });

    scenario("stops politely when interrupted, and refuses a second run meanwhile", "failing", async (bench) => {
      const { driver } = bench;
      let second: ReturnType<typeof driver.up> | undefined;
      let refuse: () => void = () => undefined;
      const wasRefused = new Promise<void>((resolve) => (refuse = resolve));
      const interrupted = await driver.up({
        env: { BEHAVIOUR: "slow" },
        interruptAfter: wasRefused,
        onLine: (line) => {
          if (line.includes("bad creating")) second ??= driver.up().finally(refuse);
        },
      });
      const refused = await second;
      assert.notEqual(refused?.code, 0);
      assert.match(`${refused?.stderr}${refused?.stdout}`, /currently locked/);
      assert.notEqual(interrupted.code, 0);
      assert.equal(interrupted.signal, null, "it ended by itself");
      assert.deepEqual(bench.pendingOperations(), [], "nothing is left undecided");
      assert.equal(bench.resource("bad"), undefined);
    });

    scenario("replaces: new before old, or old before new with what has to follow", "replacing", async (bench) => {
      const { driver } = bench;
      await bench.up();
      bench.takeLog();
      const digest = await driver.previewJson({ env: { SHAPE: "square" } });
      const replaced = digest.steps.filter((step) => step.op === "replace").map((step) => nameOf(step.urn)).sort();
      assert.deepEqual(replaced, ["follower", "free", "unique"]);
      assert.equal(digest.changeSummary.replace, 3);

      await bench.up({ SHAPE: "square" });
      const log = bench.takeLog();
      const at = (line: string): number => log.indexOf(line);
      assert.ok(at("create free") < at("delete free"), "the free one is made anew before the old one goes");
      assert.ok(at("delete unique") < at("create unique"), "the unique one goes first");
      assert.ok(at("delete follower") < at("delete unique"), "what follows it goes before it");
      assert.ok(at("create unique") < at("create follower"));
      assert.ok(!log.some((line) => line.includes("waiter")), log.join());
    });

    scenario("honours aliases, ignoreChanges, replaceOnChanges, retainOnDelete and protect", "options", async (bench) => {
      const { driver } = bench;
      await bench.up({ PROTECTED: "true" });
      bench.takeLog();
      await bench.up({ LATE: "true", PROTECTED: "true" });
      assert.deepEqual(bench.takeLog(), ["create shaped", "delete shaped"], "renamed, ignored and retained ones are left alone");
      const names = bench.urns().map(nameOf);
      assert.ok(names.includes("renamed-child") && !names.includes("original-child"));
      assert.ok(!names.includes("kept"));

      const forbidden = await driver.up({ env: { LATE: "true", PROTECTED: "gone" } });
      assert.notEqual(forbidden.code, 0);
      assert.match(forbidden.stdout + forbidden.stderr, /cannot be deleted\s+because it is protected/);
      assert.deepEqual(bench.takeLog(), []);
    });

    scenario("runs hooks around a creation; a failing one forbids it", "hooks", async (bench) => {
      const { driver } = bench;
      const forbidden = await driver.up({ env: { FORBID: "true" } });
      assert.notEqual(forbidden.code, 0);
      assert.match(forbidden.stdout + forbidden.stderr, /not now/);
      assert.deepEqual(bench.takeLog(), ["before hooked 7"]);
      await bench.up();
      assert.deepEqual(bench.takeLog(), ["before hooked 7", "create hooked", "after hooked hooked made"]);
    });

    scenario("lets a plugin construct a component", "remote", async (bench) => {
      const { driver } = bench;
      await bench.up();
      assert.equal((await driver.outputs()).names, "pair-left made and pair-right made");
      const urn = bench.urns().find((one) => one.endsWith("::pair-left"));
      assert.equal(urn, "urn:pulumi:test::scenarios::pairs:index:Pair$recorder:index:Thing::pair-left");
    });

    scenario("removes from the state what a refresh does not find", "replacing", async (bench) => {
      const { driver } = bench;
      await bench.up();
      bench.takeLog();
      bench.lose("free");
      const refreshed = await driver.refresh();
      assert.equal(refreshed.code, 0, refreshed.stdout);
      assert.equal(bench.resource("free"), undefined);
      await bench.up();
      assert.deepEqual(bench.takeLog(), ["create free"]);
    });

    scenario("runs dynamic providers of the program", "dynamic", async (bench) => {
      const { driver } = bench;
      const created = await bench.up();
      assert.match(created.stdout, /waiting for 3 nodes/);
      assert.equal((await driver.outputs()).leader, 1);
      assert.ok(!bench.stateText().includes("a-secret-token"));
      const preview = await driver.preview({ env: { REPLICAS: "5" } });
      assert.match(preview.stdout, /replicas\s*: 3 => 5/);
      assert.doesNotMatch(preview.stdout, /from 3 to 5/, "a preview does not call update");
      const updated = await bench.up({ REPLICAS: "5" });
      assert.match(updated.stdout, /from 3 to 5/);
      assert.equal((await driver.outputs()).leader, 2);
    });

    scenario("says in a preview, within seconds, that the cluster cannot be reached", "unreachable", async (bench) => {
      const { driver } = bench;
      const env = { KUBECONFIG: writeDeadKubeconfig(bench.dir) };
      const preview = await driver.preview({ env });
      assert.ok(preview.milliseconds < 60_000);
      if (!engine.real) assert.match(preview.stdout, /warning: configured Kubernetes cluster is unreachable/);
      const up = await driver.up({ env });
      assert.notEqual(up.code, 0);
      assert.match(up.stdout + up.stderr, /error: configured Kubernetes cluster is unreachable/);
    });
  });
}

function writeDeadKubeconfig(dir: string): string {
  const file = path.join(dir, "kubeconfig");
  const config = {
    apiVersion: "v1", kind: "Config", "current-context": "dead",
    clusters: [{ name: "dead", cluster: { server: "https://127.0.0.1:9" } }],
    users: [{ name: "nobody", user: { token: "none" } }],
    contexts: [{ name: "dead", context: { cluster: "dead", user: "nobody" } }],
  };
  fs.writeFileSync(file, JSON.stringify(config));
  return file;
}

for (const engine of engines()) {
  if (engine.missing === undefined) describeEngine(engine);
  else it(`NOT RUN on ${engine.name}: ${engine.missing}`);
}
if (!engines().some((engine) => engine.real && engine.missing === undefined)) it("NOT RUN on the real Pulumi CLI: it is not on PATH");

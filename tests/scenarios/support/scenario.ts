/** Describes a scenario once and runs it on every engine: on the stand-in always, on the real CLI where there is one. */
import { engines, type EngineChoice } from "../../../lab/engine/driver";
import { Bench } from "./bench";

const MINUTES = 60_000;
const choices = engines();
const real = choices.find((engine) => engine.real);
const notRun: string[] = [];

/** The steps of a scenario go one after another on the same bench; after a failed one the rest is left out. */
export function scenario(title: string, steps: (bench: () => Bench, engine: EngineChoice) => void): void {
  for (const engine of choices.filter(({ missing }) => missing === undefined)) {
    describe(`${title} [${engine.name}]`, function () {
      this.timeout(8 * MINUTES);
      let bench: Bench | undefined;
      let failed = false;
      before(async () => {
        bench = await Bench.create(engine);
      });
      beforeEach(function () {
        if (failed) this.skip();
      });
      afterEach(async function () {
        if (this.currentTest?.state !== "failed") return;
        failed = true;
        console.log(`      all output of this scenario: ${await bench?.explain(title)}`);
      });
      after(async () => bench?.remove());
      steps(() => {
        if (bench === undefined) throw new Error("the scenario has not begun");
        return bench;
      }, engine);
    });
  }
  if (real === undefined || real.missing !== undefined) {
    notRun.push(title);
  }
}

/** Figures that a scenario measured. They are shown, because a limit alone says little. */
export function measured(what: string): void {
  console.log(`      measured: ${what}`);
}

after(() => {
  const why = real?.missing ?? "no pulumi on PATH";
  for (const title of notRun) {
    console.log(`NOT RUN on the real Pulumi CLI: ${title} (${why})`);
  }
});

/** `preview --json`: the digest the real CLI prints. */
import { type EventSink, isLogical, type Message, type Step } from "../engine/events";
import { type ResourceState } from "../project/state";
import { mapValue, isSecret, type Value } from "../values/property";
import { type DetailedDiff } from "../values/diff";
import { isDefaultProvider, STACK_TYPE, urnType } from "../values/urn";

interface JsonStep {
  op: string;
  urn: string;
  provider?: string;
  oldState?: ResourceState;
  newState?: ResourceState;
  diffReasons?: string[];
  replaceReasons?: string[];
  detailedDiff: DetailedDiff | null;
}

const hideSecrets = <T>(state: T): T => mapValue(state as Value, (node) => (isSecret(node) ? "[secret]" : node)) as T;

/** The real digest is written when a step is planned: outputs are not there yet, except where nothing changes. */
function beforeTheStep(step: Step): ResourceState {
  const state = step.new as ResourceState;
  return step.op === "same" ? state : { ...state, outputs: {} };
}

export class JsonDisplay implements EventSink {
  private readonly begin = process.hrtime.bigint();
  private readonly steps: JsonStep[] = [];
  private readonly diagnostics: { urn?: string; message: string; severity: string }[] = [];
  private readonly changeSummary: Record<string, number> = {};

  constructor(private readonly config: Record<string, string>) {}

  stepStarted(): void {}

  stepFinished(step: Step, error?: string): void {
    if (isDefaultProvider(step.urn) || !isLogical(step)) return;
    if (error === undefined) this.changeSummary[step.op] = (this.changeSummary[step.op] ?? 0) + 1;
    if (step.op === "same" && urnType(step.urn) !== STACK_TYPE) return;
    const state = step.new ?? step.old;
    this.steps.push({
      op: step.op,
      urn: step.urn,
      ...(state?.provider === undefined ? {} : { provider: state.provider }),
      ...(step.old === undefined ? {} : { oldState: hideSecrets(step.old) }),
      ...(step.new === undefined ? {} : { newState: hideSecrets(beforeTheStep(step)) }),
      ...(step.diffReasons === undefined ? {} : { diffReasons: step.diffReasons }),
      ...(step.replaceReasons === undefined ? {} : { replaceReasons: step.replaceReasons }),
      detailedDiff: step.detailedDiff ?? null,
    });
  }

  outputsRegistered(): void {}

  message({ severity, urn, text, ephemeral }: Message): void {
    if (severity === "debug" || ephemeral === true) return;
    this.diagnostics.push({ ...(urn === "" ? {} : { urn }), message: text, severity });
  }

  text(): string {
    return JSON.stringify({
      ...(Object.keys(this.config).length > 0 ? { config: this.config } : {}),
      steps: this.steps,
      ...(this.diagnostics.length > 0 ? { diagnostics: this.diagnostics } : {}),
      duration: Number(process.hrtime.bigint() - this.begin),
      changeSummary: this.changeSummary,
    }, null, 4);
  }
}

/** `preview --json`: the digest the real CLI prints. */
import { type EventSink, isLogical, type Message, type Step } from "../engine/events";
import { type ResourceState } from "../project/state";
import { mapValue, isSecret, type Value } from "../values/property";
import { isDefaultProvider } from "../values/urn";

interface JsonStep {
  op: string;
  urn: string;
  provider?: string;
  oldState?: ResourceState;
  newState?: ResourceState;
  diffReasons?: string[];
  replaceReasons?: string[];
  detailedDiff?: Record<string, { kind: string; inputDiff: boolean }>;
}

const hideSecrets = <T>(state: T): T => mapValue(state as Value, (node) => (isSecret(node) ? "[secret]" : node)) as T;

export class JsonDisplay implements EventSink {
  private readonly begin = process.hrtime.bigint();
  private readonly steps: JsonStep[] = [];
  private readonly diagnostics: { urn?: string; message: string; severity: string }[] = [];
  private readonly changeSummary: Record<string, number> = {};

  constructor(private readonly config: Record<string, string>) {}

  stepStarted(): void {}

  stepFinished(step: Step): void {
    if (isDefaultProvider(step.urn)) return;
    if (isLogical(step)) this.changeSummary[step.op] = (this.changeSummary[step.op] ?? 0) + 1;
    this.steps.push({
      op: step.op,
      urn: step.urn,
      ...((step.new ?? step.old)?.provider === undefined ? {} : { provider: (step.new ?? step.old)?.provider as string }),
      ...(step.old === undefined ? {} : { oldState: hideSecrets(step.old) }),
      ...(step.new === undefined ? {} : { newState: hideSecrets(step.new) }),
      ...(step.diffKeys === undefined ? {} : { diffReasons: step.diffKeys }),
      ...(step.replaceKeys === undefined || step.replaceKeys.length === 0 ? {} : { replaceReasons: step.replaceKeys }),
      ...(step.detailedDiff === undefined ? {} : { detailedDiff: step.detailedDiff }),
    });
  }

  outputsRegistered(): void {}

  message({ severity, urn, text, ephemeral }: Message): void {
    if (severity === "debug" || ephemeral === true) return;
    this.diagnostics.push({ ...(urn === "" ? {} : { urn }), message: text, severity });
  }

  text(): string {
    return JSON.stringify({
      config: this.config,
      steps: this.steps,
      diagnostics: this.diagnostics,
      duration: Number(process.hrtime.bigint() - this.begin),
      changeSummary: this.changeSummary,
    }, null, 4);
  }
}

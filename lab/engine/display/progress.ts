/** Plain progress for people: a line per change of state, then diagnostics, the tree, outputs, counts and the duration. */
import { type EventSink, isLogical, type Message, type Step } from "../engine/events";
import { type ResourceState } from "../project/state";
import { compareValues } from "../values/diff";
import { displayType, isDefaultProvider, STACK_TYPE, urnName, urnType } from "../values/urn";
import { detailLines } from "./details";
import { diffSummary, doingText, doneText, failedText, plannedText, seconds, SYMBOLS } from "./format";
import { outputLines } from "./outputs";
import { type Row, treeLines } from "./tree";

export type Phase = "preview" | "update" | "refresh" | "destroy";

export interface ProgressOptions {
  phase: Phase;
  preview: boolean;
  stackName: string;
  showDiff: boolean;
  suppressOutputs: boolean;
  write: (line: string) => void;
}

const isHidden = (step: Step): boolean => isDefaultProvider(step.urn) || step.op === "read" || step.op === "read-discard";

export class ProgressDisplay implements EventSink {
  private readonly started = new Map<Step, number>();
  private readonly begin = Date.now();
  private readonly rows = new Map<string, Row>();
  private readonly messages = new Map<string, Message[]>();
  private readonly counts = new Map<string, number>();
  private readonly open = new Map<string, Step>();
  private errored = 0;
  private stackUrn = "";
  private stackOutputs: { now: ResourceState; before: ResourceState | undefined } | undefined;

  constructor(private readonly options: ProgressOptions) {}

  private line(symbol: string, urn: string, status: string, info = ""): void {
    const name = urn === "" ? `${STACK_TYPE} ${this.options.stackName}` : `${displayType(urn)} ${urnName(urn)}`;
    this.options.write(` ${symbol} ${name} ${status}${info === "" ? "" : ` ${info}`}`.trimEnd());
  }

  stepStarted(step: Step): void {
    this.started.set(step, Date.now());
    if (urnType(step.urn) === STACK_TYPE) this.stackUrn = step.urn;
    if (isHidden(step) || step.op === "same" || this.options.preview) return;
    this.line(SYMBOLS[step.op], step.urn, `${doingText(step)} (0s)`, diffSummary(step));
  }

  stepFinished(step: Step, error?: string): void {
    const elapsed = Date.now() - (this.started.get(step) ?? Date.now());
    if (isHidden(step)) return;
    const status = error !== undefined ? failedText(step) : this.options.preview ? plannedText(step) : doneText(step);
    this.addRow(step, status, elapsed, error !== undefined);
    if (error !== undefined) this.errored++;
    else if (isLogical(step)) this.count(step);
    if (step.op === "same") return;
    if (error === undefined && this.awaitsOutputs(step)) {
      this.open.set(step.urn, step);
      return;
    }
    if (step.op === "refresh" && step.resultOp === "same" && error === undefined) return;
    const timing = this.options.preview ? "" : ` (${seconds(elapsed)})`;
    const found = step.op === "refresh" && step.resultOp === "delete" ? " [no longer exists]" : "";
    const problem = error === undefined ? "" : `error: ${error.split("\n")[0]}`;
    this.line(SYMBOLS[step.op], step.urn, status + timing + found, [diffSummary(step), problem].filter((part) => part !== "").join(" "));
    if (this.options.showDiff) for (const line of detailLines(step)) this.options.write(line);
  }

  /** Components are done when they have registered their outputs, after their children. */
  private awaitsOutputs(step: Step): boolean {
    return step.new?.custom === false && (step.op === "create" || step.op === "update") && !this.options.preview;
  }

  private addRow(step: Step, status: string, elapsed: number, failed: boolean): void {
    const state = step.new ?? step.old;
    const parts = this.rows.get(step.urn);
    // The three steps of a replacement make one row.
    const isPart = step.op === "create-replacement" || step.op === "delete-replaced" || step.op === "replace";
    const op = isPart && !failed ? "replace" : step.op;
    const total = (parts?.milliseconds ?? 0) + elapsed;
    const shownStatus = isPart && !failed ? (this.options.preview ? "replace" : "replaced") : status;
    const shownOp = step.op === "refresh" && step.resultOp !== undefined ? step.resultOp : op;
    this.rows.set(step.urn, {
      urn: step.urn, parent: state?.parent ?? "", symbol: SYMBOLS[shownOp], status: shownStatus, milliseconds: total,
      info: diffSummary(step) || (parts?.info ?? ""), changed: shownOp !== "same" || failed,
    });
  }

  private count(step: Step): void {
    const key = step.op === "refresh" ? (step.resultOp ?? "same") : step.op;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  outputsRegistered(state: ResourceState, previous: ResourceState | undefined): void {
    this.closeComponent(state.urn);
    if (state.type === STACK_TYPE) this.stackOutputs = { now: state, before: previous };
  }

  private closeComponent(urn: string): void {
    const step = this.open.get(urn);
    if (step === undefined) return;
    this.open.delete(urn);
    const elapsed = Date.now() - (this.started.get(step) ?? Date.now());
    const row = this.rows.get(urn);
    if (row !== undefined) row.milliseconds = elapsed;
    this.line(SYMBOLS[step.op], urn, `${doneText(step)} (${seconds(elapsed)})`, diffSummary(step));
  }

  message(message: Message): void {
    if (message.severity === "debug" || message.text.trim() === "") return;
    const urn = message.urn === "" ? this.stackUrn : message.urn;
    const prefix = message.severity === "info" ? "" : `${message.severity}: `;
    const [first = "", ...rest] = message.text.split("\n");
    this.line("  ", urn, prefix + first);
    if (message.severity !== "info") for (const line of rest) this.options.write(`       ${line}`);
    if (message.ephemeral === true) return;
    this.messages.set(urn, [...(this.messages.get(urn) ?? []), message]);
  }

  /** Everything that is said at the end. `failure` is the last line of a failed run. */
  finish(failure: string | undefined): void {
    if (failure !== undefined) {
      this.errored++;
      this.message({ severity: "error", urn: "", text: failure });
    }
    const { write, preview, suppressOutputs } = this.options;
    const tree = treeLines([...this.rows.values()], !preview);
    if (tree.length > 0) ["", "Tree:", ...tree].forEach((line) => write(line));
    this.writeDiagnostics();
    if (this.stackOutputs !== undefined && !suppressOutputs && failure === undefined) this.writeOutputs();
    for (const line of this.countLines()) write(line);
    write("");
    if (!preview) write(`Duration: ${seconds(Date.now() - this.begin)}`);
  }

  private writeOutputs(): void {
    const { now, before } = this.stackOutputs as { now: ResourceState; before: ResourceState | undefined };
    const lines = outputLines(compareValues(before?.outputs ?? {}, now.outputs), now.outputs);
    if (lines.length > 0) ["", "Outputs:", ...lines].forEach((line) => this.options.write(line));
  }

  private writeDiagnostics(): void {
    if (this.messages.size === 0) return;
    const { write } = this.options;
    write("");
    write("Diagnostics:");
    for (const [urn, messages] of this.messages) {
      write(urn === "" ? `  ${STACK_TYPE} (${this.options.stackName}):` : `  ${displayType(urn)} (${urnName(urn)}):`);
      for (const { severity, text } of messages) {
        const prefix = severity === "info" ? "" : `${severity}: `;
        write(`    ${prefix}${text.trimEnd().split("\n").join("\n    ")}`);
      }
      write("");
    }
  }

  private countLines(): string[] {
    const words: Record<string, [string, string]> = {
      create: ["to create", "created"], update: ["to update", "updated"], replace: ["to replace", "replaced"], delete: ["to delete", "deleted"],
    };
    const lines: string[] = [];
    let changes = 0;
    for (const [op, [future, past]] of Object.entries(words)) {
      const count = this.counts.get(op);
      if (count === undefined) continue;
      changes += count;
      lines.push(`    ${(SYMBOLS[op as "create"]).trim()} ${count} ${this.options.preview ? future : past}`);
    }
    const same = this.counts.get("same") ?? 0;
    if (lines.length > 1) lines.push(`    ${changes} changes${same > 0 ? `. ${same} unchanged` : ""}`);
    else if (same > 0) lines.push(`    ${same} unchanged`);
    if (this.errored > 0) lines.push(`    ${this.errored} errored`);
    return lines.length === 0 ? [] : ["", "Resources:", ...lines];
  }
}

/** What the engine asks of a provider, whether it runs in a process of its own (plugin.ts) or in the engine. */
import { type AliasSpec } from "../engine/goal";
import { type DetailedDiff } from "../values/diff";
import { type ValueMap } from "../values/property";

export interface CheckFailure {
  property: string;
  reason: string;
}

export interface CheckRequest {
  urn: string;
  olds: ValueMap;
  news: ValueMap;
  randomSeed: Buffer;
}

export interface CheckResult {
  inputs: ValueMap;
  failures: CheckFailure[];
}

export interface DiffRequest {
  urn: string;
  id: string;
  oldInputs: ValueMap;
  oldOutputs: ValueMap;
  news: ValueMap;
  ignoreChanges: string[];
}

export interface DiffResult {
  /** Undefined when the provider leaves the comparison to the engine. */
  changes?: boolean;
  replaces: string[];
  diffs: string[];
  deleteBeforeReplace: boolean;
  detailedDiff?: DetailedDiff;
}

export interface CreateRequest {
  urn: string;
  inputs: ValueMap;
  timeoutSeconds: number;
  preview: boolean;
}

export interface CreateResult {
  id: string;
  outputs: ValueMap;
}

export interface UpdateRequest extends DiffRequest {
  timeoutSeconds: number;
  preview: boolean;
}

export interface DeleteRequest {
  urn: string;
  id: string;
  inputs: ValueMap;
  outputs: ValueMap;
  timeoutSeconds: number;
}

export interface ReadRequest {
  urn: string;
  id: string;
  inputs: ValueMap;
  outputs: ValueMap;
}

/** An empty id means: it no longer exists. */
export interface ReadResult {
  id: string;
  outputs: ValueMap;
  inputs?: ValueMap;
}

export interface InvokeResult {
  result: ValueMap;
  failures: CheckFailure[];
}

export interface ConstructRequest {
  type: string;
  name: string;
  parent: string;
  inputs: ValueMap;
  inputDependencies: Record<string, string[]>;
  providers: Record<string, string>;
  dependencies: string[];
  aliases: AliasSpec[];
  protect: boolean | undefined;
  retainOnDelete: boolean | undefined;
  monitorAddress: string;
}

export interface ConstructResult {
  urn: string;
  outputs: ValueMap;
  outputDependencies: Record<string, string[]>;
}

export interface Provider {
  checkConfig(request: CheckRequest): Promise<CheckResult>;
  diffConfig(request: DiffRequest): Promise<DiffResult>;
  configure(inputs: ValueMap): Promise<void>;
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  /** In a preview it says what would come out; only the outputs are used then. */
  create(request: CreateRequest): Promise<CreateResult>;
  update(request: UpdateRequest): Promise<{ outputs: ValueMap }>;
  delete(request: DeleteRequest): Promise<void>;
  read(request: ReadRequest): Promise<ReadResult>;
  invoke(token: string, args: ValueMap): Promise<InvokeResult>;
  construct(request: ConstructRequest): Promise<ConstructResult>;
  /** Asks operations under way to end soon. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}

export type Severity = "debug" | "info" | "warning" | "error";

/** Where providers and programs say something about a resource (or, without URN, about the stack). */
export interface Log {
  (message: { severity: Severity; urn: string; text: string; ephemeral?: boolean }): void;
}

/** The object exists but did not become what was asked for: its state is kept and the next run updates it. */
export class InitializationError extends Error {
  constructor(
    readonly id: string,
    readonly outputs: ValueMap,
    readonly reasons: string[],
    readonly inputs?: ValueMap,
  ) {
    super(reasons.join("\n"));
  }
}

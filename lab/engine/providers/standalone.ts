/** Base of the providers that live in the engine: everything a provider may leave out. */
import { detailedInputDiff, topLevelKeys } from "../values/diff";
import { type ValueMap } from "../values/property";
import {
  type CheckRequest, type CheckResult, type ConstructResult, type CreateRequest, type CreateResult, type DeleteRequest, type DiffRequest,
  type DiffResult, type InvokeResult, type Provider, type ReadRequest, type ReadResult, type UpdateRequest,
} from "./provider";

export abstract class StandaloneProvider implements Provider {
  protected constructor(protected readonly packageName: string) {}

  async checkConfig({ news }: CheckRequest): Promise<CheckResult> {
    return { inputs: news, failures: [] };
  }

  async diffConfig({ oldInputs, news }: DiffRequest): Promise<DiffResult> {
    const detailedDiff = detailedInputDiff(oldInputs, news);
    const diffs = topLevelKeys(detailedDiff);
    return { changes: diffs.length > 0, replaces: [], diffs, deleteBeforeReplace: false, detailedDiff };
  }

  async configure(_inputs: ValueMap): Promise<void> {}

  abstract check(request: CheckRequest): Promise<CheckResult>;
  abstract diff(request: DiffRequest): Promise<DiffResult>;
  abstract create(request: CreateRequest): Promise<CreateResult>;

  async update({ news }: UpdateRequest): Promise<{ outputs: ValueMap }> {
    return { outputs: news };
  }

  async delete(_request: DeleteRequest): Promise<void> {}

  async read({ id, inputs, outputs }: ReadRequest): Promise<ReadResult> {
    return { id, inputs, outputs };
  }

  async invoke(token: string): Promise<InvokeResult> {
    throw new Error(`the stand-in's ${this.packageName} provider has no function ${token}`);
  }

  async construct(): Promise<ConstructResult> {
    throw new Error(`the stand-in's ${this.packageName} provider has no component resources`);
  }

  async cancel(): Promise<void> {}
  async close(): Promise<void> {}
}

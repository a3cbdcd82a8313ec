/** The provider instances of a run, by reference (`URN::ID`). */
import { randomUUID } from "node:crypto";
import { type ResourceState } from "../project/state";
import { type Provider } from "../providers/provider";
import { stripSecrets, UNKNOWN, type ValueMap } from "../values/property";
import { packageOf, splitReference } from "../values/urn";

/** Inputs of provider resources that are for the engine, not for the provider. */
const ENGINE_KEYS = new Set(["version", "pluginDownloadURL", "__internal"]);

export type ProviderFactory = (pkg: string) => Promise<Provider>;

export function configurationOf(inputs: ValueMap): ValueMap {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !ENGINE_KEYS.has(key)));
}

export class ProviderRegistry {
  private readonly configured = new Map<string, Promise<Provider>>();
  private readonly all: Promise<Provider>[] = [];

  constructor(
    private readonly factory: ProviderFactory,
    private readonly findState: (id: string) => ResourceState | undefined,
  ) {}

  /** A new instance, to check its configuration with and then to configure. */
  start(type: string): Promise<Provider> {
    const provider = this.factory(packageOf(type));
    this.all.push(provider);
    return provider;
  }

  async configure(urn: string, id: string, provider: Provider, inputs: ValueMap): Promise<void> {
    await provider.configure(configurationOf(inputs));
    this.configured.set(`${urn}::${id}`, Promise.resolve(provider));
  }

  /** The provider of a reference; one that this run's program has not registered is started from its state. */
  get(reference: string): Promise<Provider> {
    const known = this.configured.get(reference);
    if (known !== undefined) return known;
    const loading = this.load(reference);
    this.configured.set(reference, loading);
    return loading;
  }

  private async load(reference: string): Promise<Provider> {
    const { id } = splitReference(reference);
    const state = id === UNKNOWN ? undefined : this.findState(id);
    if (state === undefined) throw new Error(`unknown provider '${reference}'`);
    const provider = await this.start(state.type);
    await provider.configure(configurationOf(stripSecrets(state.inputs)));
    return provider;
  }

  newId(preview: boolean): string {
    return preview ? UNKNOWN : randomUUID();
  }

  async cancel(): Promise<void> {
    await this.forEach((provider) => provider.cancel());
  }

  async close(): Promise<void> {
    await this.forEach((provider) => provider.close());
  }

  /** Instances that never started have told so where they were asked for. */
  private async forEach(act: (provider: Provider) => Promise<void>): Promise<void> {
    const settled = await Promise.allSettled(this.all);
    await Promise.allSettled(settled.flatMap((one) => (one.status === "fulfilled" ? [act(one.value)] : [])));
  }
}

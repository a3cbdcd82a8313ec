/** Turns registrations of the program into operations: the heart of `up` and `preview`. */
import { type ResourceState } from "../project/state";
import { type Provider } from "../providers/provider";
import { detailedInputDiff } from "../values/diff";
import { lowerOutputValues, UNKNOWN, type ValueMap } from "../values/property";
import { isProviderType, makeUrn, packageOf, providerType, qualifiedType } from "../values/urn";
import { AliasResolver } from "./aliases";
import { type Context } from "./context";
import { assertUnprotected, type Executor } from "./executor";
import { deleteForReplacement } from "./deletions";
import { type Goal } from "./goal";
import { checkInputs, diffResource, inputsFor, providerReplaces, type Changes, type Plan } from "./planner";
import { configurationOf } from "./provider-registry";

export class Registrar {
  private readonly seen = new Set<string>();
  private readonly goals = new Map<string, Goal>();
  private readonly registered = new Map<string, ResourceState>();
  private readonly replaced = new Set<string>();
  private readonly defaultProviders = new Map<string, Promise<string>>();
  private readonly aliases: AliasResolver;

  constructor(
    private readonly context: Context,
    private readonly executor: Executor,
  ) {
    this.aliases = new AliasResolver(context.stack, context.project.name, context.journal);
  }

  state(urn: string): ResourceState | undefined {
    return this.registered.get(urn);
  }

  /** States of earlier runs that this program did not ask for any more. */
  unclaimed(): ResourceState[] {
    return this.context.journal.leftOver().filter((state) => state.delete === true || !this.aliases.isClaimed(state.urn));
  }

  urnOf({ parent, type, name }: Goal): string {
    return makeUrn(this.context.stack, this.context.project.name, parent === "" ? "" : qualifiedType(parent), type, name);
  }

  /** Gives a resource its URN, once. */
  claimUrn(goal: Goal): string {
    const urn = this.urnOf(goal);
    if (this.seen.has(urn)) this.executor.fail(urn, `Duplicate resource URN '${urn}'; try giving it a unique name`);
    this.seen.add(urn);
    return urn;
  }

  /** The earlier state of a resource that is only read now. */
  claimOld(urn: string, goal: Goal): ResourceState | undefined {
    return this.aliases.findOld(urn, goal);
  }

  /** Options that children take over from their parent when they do not set them. */
  inherit(goal: Goal): Goal {
    const parent = this.goals.get(goal.parent);
    if (parent === undefined) return goal;
    return {
      ...goal,
      protect: goal.protect ?? parent.protect,
      retainOnDelete: goal.retainOnDelete ?? parent.retainOnDelete,
      deletedWith: goal.deletedWith === "" ? parent.deletedWith : goal.deletedWith,
      providers: goal.custom ? goal.providers : { ...parent.providers, ...goal.providers },
      provider: goal.provider === "" && goal.custom ? (parent.providers[packageOf(goal.type)] ?? "") : goal.provider,
    };
  }

  async register(requested: Goal): Promise<ResourceState> {
    const goal = this.inherit(requested);
    const urn = this.claimUrn(goal);
    this.goals.set(urn, goal);
    return this.executor.reporting(urn, async () => {
      if (goal.importId !== "") throw new Error("the stand-in engine cannot import resources");
      const old = this.aliases.findOld(urn, goal);
      const state = await this.newState(urn, goal, old);
      if (!goal.custom) await this.component(goal, state, old);
      else if (isProviderType(goal.type)) await this.provider(goal, state, old);
      else await this.custom(goal, state, old);
      this.registered.set(urn, state);
      return state;
    });
  }

  private async newState(urn: string, goal: Goal, old: ResourceState | undefined): Promise<ResourceState> {
    const dependencies = new Set(goal.dependencies);
    for (const urns of Object.values(goal.propertyDependencies)) for (const one of urns) dependencies.add(one);
    const state: ResourceState = {
      urn, custom: goal.custom, type: goal.type, inputs: inputsFor(goal, old), outputs: {}, dependencies: [...dependencies].sort(),
      propertyDependencies: goal.propertyDependencies,
    };
    if (goal.parent !== "") state.parent = goal.parent;
    if (goal.protect === true) state.protect = true;
    if (goal.retainOnDelete === true) state.retainOnDelete = true;
    if (goal.deletedWith !== "") state.deletedWith = goal.deletedWith;
    if (goal.additionalSecretOutputs.length > 0) state.additionalSecretOutputs = goal.additionalSecretOutputs;
    if (Object.keys(goal.customTimeouts).length > 0) state.customTimeouts = goal.customTimeouts;
    if (goal.ignoreChanges.length > 0) state.ignoreChanges = goal.ignoreChanges;
    if (goal.hooks.beforeDelete.length + goal.hooks.afterDelete.length > 0) {
      state.deleteHooks = { before: goal.hooks.beforeDelete, after: goal.hooks.afterDelete };
    }
    if (goal.custom && !isProviderType(goal.type)) state.provider = await this.providerReference(goal);
    return state;
  }

  /** The provider a resource names, its parent's, or the default one of its package and version. */
  async providerReference(goal: Pick<Goal, "provider" | "type" | "version">): Promise<string> {
    if (goal.provider !== "") return goal.provider;
    const pkg = packageOf(goal.type);
    const name = goal.version === "" ? "default" : `default_${goal.version.replace(/[^A-Za-z0-9]/g, "_")}`;
    const key = `${pkg} ${name}`;
    const known = this.defaultProviders.get(key) ?? this.registerDefaultProvider(pkg, name, goal.version);
    this.defaultProviders.set(key, known);
    return known;
  }

  private async registerDefaultProvider(pkg: string, name: string, version: string): Promise<string> {
    const inputs: ValueMap = { ...this.packageConfig(pkg), ...(version === "" ? {} : { version }) };
    const state = await this.register({ ...DEFAULT_PROVIDER_GOAL, type: providerType(pkg), name, inputs, version });
    return `${state.urn}::${state.id ?? UNKNOWN}`;
  }

  /** Dynamic providers get the whole configuration with full keys, others that of their package. */
  private packageConfig(pkg: string): ValueMap {
    const { values } = this.context.config;
    if (pkg === "pulumi-nodejs") return { ...values };
    const own = Object.entries(values).filter(([key]) => key.startsWith(`${pkg}:`));
    return Object.fromEntries(own.map(([key, value]) => [key.slice(pkg.length + 1), value]));
  }

  private async component(goal: Goal, state: ResourceState, old: ResourceState | undefined): Promise<void> {
    if (old === undefined) return this.executor.component("create", state, undefined, goal.hooks);
    const shownDiff = detailedInputDiff(old.inputs, state.inputs);
    if (Object.keys(shownDiff).length === 0) return this.executor.same(state, old, old.outputs);
    return this.executor.component("update", state, old, goal.hooks, { shownDiff });
  }

  private async provider(goal: Goal, state: ResourceState, old: ResourceState | undefined): Promise<void> {
    const { providers, preview } = this.context;
    const instance = await providers.start(state.type);
    state.inputs = await checkInputs(instance, state, old, true);
    const plan: Plan = old === undefined ? { kind: "create" } : await diffResource(instance, old, state.inputs, goal, true);
    const shell = providerShell(instance, () => providers.newId(preview));
    await this.carryOut(plan, goal, state, old, shell);
    if (state.id === undefined) state.id = UNKNOWN;
    await providers.configure(state.urn, state.id, instance, configurationOf(state.inputs));
  }

  private async custom(goal: Goal, state: ResourceState, old: ResourceState | undefined): Promise<void> {
    const provider = await this.context.providers.get(state.provider as string);
    state.inputs = await checkInputs(provider, state, old, false);
    const plan = await this.plan(goal, state, old, provider);
    if (plan.kind === "update" || plan.kind === "same") return this.carryOut(plan, goal, state, old, provider);
    if (plan.kind === "replace") {
      // A replacement does not take over defaults of the old one, such as its generated name.
      state.inputs = await checkInputs(provider, { ...state, inputs: inputsFor(goal, old) }, undefined, false);
    }
    return this.carryOut(plan, goal, state, old, provider);
  }

  private async plan(goal: Goal, state: ResourceState, old: ResourceState | undefined, provider: Provider): Promise<Plan> {
    if (old === undefined || old.external === true) return { kind: "create" };
    const forced = await this.forcedReplacement(goal, state, old);
    if (forced !== undefined) {
      const shownDiff = detailedInputDiff(old.inputs, state.inputs);
      const changes: Changes = old.pendingReplacement === true ? { shownDiff } : { replaceReasons: [forced], shownDiff };
      return { kind: "replace", changes, deleteFirst: goal.deleteBeforeReplace ?? false };
    }
    return diffResource(provider, old, state.inputs, goal, false);
  }

  /** Reasons for a replacement that lie outside the resource's own properties. */
  private async forcedReplacement(goal: Goal, state: ResourceState, old: ResourceState): Promise<string | undefined> {
    if (old.pendingReplacement === true) return "id";
    if (goal.replaceWith.some((urn) => this.replaced.has(urn))) return "replaceWith";
    if (this.replaced.has(goal.deletedWith)) return "deletedWith";
    const { providers, journal } = this.context;
    const inputsOf = (reference: string): ValueMap | undefined =>
      journal.all().find((one) => isProviderType(one.type) && reference === `${one.urn}::${one.id ?? UNKNOWN}`)?.inputs;
    const changed = await providerReplaces(old, state.provider as string, inputsOf, (type) => providers.start(type));
    return changed ? "provider" : undefined;
  }

  private async carryOut(plan: Plan, goal: Goal, state: ResourceState, old: ResourceState | undefined, provider: Provider): Promise<void> {
    if (old === undefined || plan.kind === "create") {
      await this.executor.create("create", state, provider, goal.hooks);
      if (old !== undefined) this.context.journal.remove(old);
      return;
    }
    if (plan.kind === "same") return this.executor.same(state, old, old.outputs);
    if (plan.kind === "update") return this.executor.update(state, old, provider, goal.hooks, plan.changes, goal.ignoreChanges);
    return this.replace(goal, state, old, provider, plan.changes, plan.deleteFirst);
  }

  private async replace(goal: Goal, state: ResourceState, old: ResourceState, provider: Provider, changes: Changes, deleteFirst: boolean): Promise<void> {
    const { journal } = this.context;
    this.replaced.add(state.urn);
    const before: ResourceState = { ...old };
    const goneBefore = deleteFirst || old.pendingReplacement === true;
    if (goneBefore && old.pendingReplacement !== true) await deleteForReplacement(this.context, this.executor, old, changes);
    else assertUnprotected(old, "replace");
    const swap = (): Promise<void> =>
      this.executor.step({ op: "replace", urn: state.urn, old: before, new: state, ...changes }, async () => {
        if (!goneBefore) journal.change(old, { delete: true });
      });
    if (goneBefore) await swap();
    await this.executor.create("create-replacement", state, provider, goal.hooks, changes, before);
    if (goneBefore) journal.remove(old);
    else await swap();
  }
}

const DEFAULT_PROVIDER_GOAL: Omit<Goal, "type" | "name" | "inputs" | "version"> = {
  custom: true, remote: false, parent: "", protect: undefined, retainOnDelete: undefined, deletedWith: "", replaceWith: [], dependencies: [],
  propertyDependencies: {}, provider: "", providers: {}, ignoreChanges: [], replaceOnChanges: [], additionalSecretOutputs: [], aliases: [],
  customTimeouts: {}, deleteBeforeReplace: undefined, importId: "", transforms: [],
  hooks: { beforeCreate: [], afterCreate: [], beforeUpdate: [], afterUpdate: [], beforeDelete: [], afterDelete: [] },
};

/** Provider resources are made by the engine itself: creating one means giving it an id. */
function providerShell(instance: Provider, newId: () => string): Provider {
  return Object.assign(Object.create(instance) as Provider, {
    create: async ({ inputs }: { inputs: ValueMap }) => ({ id: newId(), outputs: lowerOutputValues(inputs) }),
    update: async ({ news }: { news: ValueMap }) => ({ outputs: news }),
  });
}

/** The state of the stack while it changes; every change is written down before the run goes on. */
import { type Checkpoint, type PendingOperation, type ResourceState } from "../project/state";
import { splitReference } from "../values/urn";

export class Journal {
  /** States of this run, in the order in which their operations ended: dependencies stand before dependants. */
  private readonly settled: ResourceState[] = [];
  /** States of earlier runs that this run has not replaced or deleted. */
  private readonly remaining: Set<ResourceState>;
  private readonly pending: PendingOperation[] = [];
  /** Creations an earlier run was killed in: nobody knows whether they happened, so they are kept until a refresh. */
  private interruptedCreates: PendingOperation[];
  private readonly renamed = new Map<string, string>();
  readonly interrupted: PendingOperation[];

  constructor(
    base: Checkpoint,
    private readonly write: (checkpoint: Checkpoint) => void,
  ) {
    this.remaining = new Set(base.resources);
    this.interrupted = base.pendingOperations;
    this.interruptedCreates = base.pendingOperations.filter((operation) => operation.type === "creating");
  }

  /** The living state of a URN from earlier runs. */
  old(urn: string): ResourceState | undefined {
    for (const state of this.remaining) if (state.urn === urn && state.delete !== true) return state;
    return undefined;
  }

  leftOver(): ResourceState[] {
    return [...this.remaining];
  }

  current(urn: string): ResourceState | undefined {
    return this.settled.find((state) => state.urn === urn && state.delete !== true) ?? this.old(urn);
  }

  all(): ResourceState[] {
    return [...this.settled, ...this.remaining];
  }

  begin(type: PendingOperation["type"], resource: ResourceState): PendingOperation {
    const operation: PendingOperation = { type, resource };
    this.pending.push(operation);
    this.save();
    return operation;
  }

  end(operation: PendingOperation): void {
    this.pending.splice(this.pending.indexOf(operation), 1);
  }

  /** `state` is true now; `replaced` no longer is. */
  settle(state: ResourceState, replaced?: ResourceState): void {
    if (replaced !== undefined) this.remaining.delete(replaced);
    this.settled.push(state);
    this.save();
  }

  /** For states that did not change: written with the next real change or at the end. */
  settleQuietly(state: ResourceState, replaced: ResourceState): void {
    this.remaining.delete(replaced);
    this.settled.push(state);
  }

  remove(state: ResourceState): void {
    this.remaining.delete(state);
    const index = this.settled.indexOf(state);
    if (index >= 0) this.settled.splice(index, 1);
    this.save();
  }

  change(state: ResourceState, changes: Partial<ResourceState>): void {
    Object.assign(state, changes);
    this.save();
  }

  /** In a refresh the same place is taken by what was found. */
  swap(state: ResourceState, found: ResourceState | undefined): void {
    const order = [...this.remaining].flatMap((one) => (one !== state ? [one] : found === undefined ? [] : [found]));
    this.remaining.clear();
    for (const one of order) this.remaining.add(one);
    this.save();
  }

  rename(oldUrn: string, newUrn: string): void {
    this.renamed.set(oldUrn, newUrn);
  }

  forgetInterruptedCreates(): void {
    this.interruptedCreates = [];
    this.save();
  }

  save(): void {
    const resources = [...this.settled, ...this.remaining];
    this.write({
      resources: this.renamed.size === 0 ? resources : resources.map((state) => this.withNewNames(state)),
      pendingOperations: [...this.pending, ...this.interruptedCreates],
    });
  }

  private newName(urn: string): string {
    return this.renamed.get(urn) ?? urn;
  }

  /** References to a resource that was found under an alias follow it. Its own URN changes only when it is settled. */
  private withNewNames(state: ResourceState): ResourceState {
    const result: ResourceState = { ...state, dependencies: state.dependencies.map((urn) => this.newName(urn)) };
    if (state.parent !== undefined) result.parent = this.newName(state.parent);
    if (state.deletedWith !== undefined) result.deletedWith = this.newName(state.deletedWith);
    if (state.provider !== undefined) {
      const { urn, id } = splitReference(state.provider);
      result.provider = `${this.newName(urn)}::${id}`;
    }
    if (state.propertyDependencies !== undefined) {
      result.propertyDependencies = Object.fromEntries(
        Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.map((urn) => this.newName(urn))]),
      );
    }
    return result;
  }
}

/** Finds the earlier state of a resource under its URN or one of its aliases, those from its parent's aliases included. */
import { type ResourceState } from "../project/state";
import { makeUrn, parseUrn, qualifiedType, urnName, urnType } from "../values/urn";
import { type AliasSpec, type Goal } from "./goal";
import { type Journal } from "./journal";

export class AliasResolver {
  /** New URN to the old one it was found under. */
  private readonly found = new Map<string, string>();
  private readonly claimed = new Set<string>();

  constructor(
    private readonly stack: string,
    private readonly project: string,
    private readonly journal: Journal,
  ) {}

  isClaimed(urn: string): boolean {
    return this.claimed.has(urn);
  }

  findOld(urn: string, goal: Goal): ResourceState | undefined {
    for (const candidate of [urn, ...this.aliasUrns(goal)]) {
      const old = this.journal.old(candidate);
      if (old === undefined || this.claimed.has(candidate)) continue;
      this.claimed.add(candidate);
      if (candidate !== urn) {
        this.found.set(urn, candidate);
        this.journal.rename(candidate, urn);
      }
      return old;
    }
    return undefined;
  }

  private aliasUrns(goal: Goal): string[] {
    const own = goal.aliases.map((alias) => this.collapse(goal, alias));
    const parentAlias = this.found.get(goal.parent);
    if (parentAlias === undefined) return own;
    const inherited = this.inherit(goal.type, goal.name, goal.parent, parentAlias);
    return [...own, inherited, ...own.map((urn) => this.inherit(urnType(urn), urnName(urn), goal.parent, parentAlias))];
  }

  private collapse(goal: Goal, alias: AliasSpec): string {
    if (alias.urn !== undefined) return alias.urn;
    const parent = alias.noParent ? "" : (alias.parent ?? goal.parent);
    return makeUrn(
      alias.stack === "" ? this.stack : alias.stack,
      alias.project === "" ? this.project : alias.project,
      parent === "" ? "" : qualifiedType(parent),
      alias.type === "" ? goal.type : alias.type,
      alias.name === "" ? goal.name : alias.name,
    );
  }

  /** Children are mostly named after their parent: when the parent was renamed, so was the child's prefix. */
  private inherit(type: string, name: string, parent: string, parentAlias: string): string {
    const parentName = urnName(parent);
    const oldName = name.startsWith(parentName) ? urnName(parentAlias) + name.slice(parentName.length) : name;
    const { qualifiedType: oldParentType } = parseUrn(parentAlias);
    return makeUrn(this.stack, this.project, oldParentType, type, oldName);
  }
}

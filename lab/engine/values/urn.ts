/** Uniform resource names: `urn:pulumi:STACK::PROJECT::PARENTTYPE$TYPE::NAME`. */

export const STACK_TYPE = "pulumi:pulumi:Stack";
const PROVIDER_TYPE_PREFIX = "pulumi:providers:";

export interface UrnParts {
  stack: string;
  project: string;
  qualifiedType: string;
  name: string;
}

export function parseUrn(urn: string): UrnParts {
  const [prefix, project, qualifiedType, ...name] = urn.split("::");
  if (prefix === undefined || !prefix.startsWith("urn:pulumi:") || project === undefined || qualifiedType === undefined || name.length === 0) {
    throw new Error(`invalid URN "${urn}"`);
  }
  return { stack: prefix.slice("urn:pulumi:".length), project, qualifiedType, name: name.join("::") };
}

export const urnName = (urn: string): string => parseUrn(urn).name;
export const qualifiedType = (urn: string): string => parseUrn(urn).qualifiedType;
export const urnType = (urn: string): string => qualifiedType(urn).split("$").at(-1) as string;

/** The stack's own type is no part of its children's qualified type. */
export function makeUrn(stack: string, project: string, parentType: string, type: string, name: string): string {
  const qualified = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** `random:index/randomPassword:RandomPassword` is shown as `random:index:RandomPassword`. */
export function displayType(urn: string): string {
  const [pkg, module = "", name = ""] = urnType(urn).split(":");
  const [folder, file] = module.split("/");
  const repeated = file !== undefined && file.toLowerCase() === name.toLowerCase();
  return repeated ? `${pkg}:${folder}:${name}` : urnType(urn);
}

export const isProviderType = (type: string): boolean => type.startsWith(PROVIDER_TYPE_PREFIX);
export const providerType = (pkg: string): string => PROVIDER_TYPE_PREFIX + pkg;

/** `kubernetes` for both `kubernetes:core/v1:Pod` and `pulumi:providers:kubernetes`. */
export function packageOf(type: string): string {
  return isProviderType(type) ? type.slice(PROVIDER_TYPE_PREFIX.length) : (type.split(":")[0] as string);
}

export function isDefaultProvider(urn: string): boolean {
  return isProviderType(urnType(urn)) && urnName(urn).startsWith("default");
}

/** Provider references are `URN::ID`. */
export function splitReference(reference: string): { urn: string; id: string } {
  const at = reference.lastIndexOf("::");
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}

import type { Problem } from "./problems";

/**
 * The longest object name is `<name>-placement-center`. A StatefulSet's name may have 52 characters, since its pods
 * carry the label controller-revision-hash = `<StatefulSet>-<10 characters>` of at most 63.
 */
export const LONGEST_NAME = 52 - "-placement-center".length;

/** Services need a DNS-1035 label, so a cluster's name starts with a letter. */
export function checkName(name: string): Problem[] {
  const problems: Problem[] = [];
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    problems.push({
      path: "name",
      message: `${JSON.stringify(name)} is not valid: must be lower-case letters, digits and '-', starting with a letter and ending with a letter or digit`,
    });
  }
  if (name.length > LONGEST_NAME) {
    problems.push({ path: "name", message: `${JSON.stringify(name)} is not valid: must be at most ${LONGEST_NAME} characters, it has ${name.length}` });
  }
  return problems;
}

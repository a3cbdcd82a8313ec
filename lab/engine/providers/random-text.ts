/** Random text with character classes, for RandomPassword and RandomString. */
import { randomInt } from "node:crypto";
import { type ValueMap } from "../values/property";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

export function randomText(inputs: ValueMap): string {
  const special = typeof inputs.overrideSpecial === "string" && inputs.overrideSpecial !== "" ? inputs.overrideSpecial : SPECIAL;
  const classes = [
    { characters: LOWER, used: inputs.lower, minimum: inputs.minLower },
    { characters: UPPER, used: inputs.upper, minimum: inputs.minUpper },
    { characters: DIGITS, used: inputs.numeric, minimum: inputs.minNumeric },
    { characters: special, used: inputs.special, minimum: inputs.minSpecial },
  ];
  const length = Number(inputs.length);
  const all = classes.filter((one) => one.used !== false).map((one) => one.characters).join("");
  const result = classes.flatMap((one) => pick(one.characters, Number(one.minimum ?? 0)));
  if (result.length > length) throw new Error("the minimum numbers of characters are together larger than the length");
  if (all === "" && result.length < length) throw new Error("no character class is left to choose from");
  result.push(...pick(all, length - result.length));
  return shuffled(result).join("");
}

function pick(characters: string, count: number): string[] {
  return Array.from({ length: count }, () => characters[randomInt(characters.length)] as string);
}

function shuffled(items: string[]): string[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [result[index], result[other]] = [result[other] as string, result[index] as string];
  }
  return result;
}

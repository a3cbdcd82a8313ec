/** Lines with every secret value replaced. Short values are left: they would turn ordinary words into stars. */
export function maskSecrets(lines: readonly string[], secrets: readonly string[]): string[] {
  const long = secrets.filter((secret) => secret.length >= 6);
  return lines.map((line) => long.reduce((text, secret) => text.replaceAll(secret, "******"), line));
}

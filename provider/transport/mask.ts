/** Lines with every secret value replaced. Short values are left: they would turn ordinary words into stars. */
export function maskSecrets(lines: readonly string[], secrets: readonly string[]): string[] {
  // The longest first: a value may be part of another, whose rest would stay.
  const long = secrets.filter((secret) => secret.length >= 6).sort((a, b) => b.length - a.length);
  return lines.map((line) => long.reduce((text, secret) => text.replaceAll(secret, "******"), line));
}

/** The part of TOML that configuration files need. */
export type TomlValue = string | number | boolean | readonly TomlValue[] | TomlTable;
export interface TomlTable {
  readonly [key: string]: TomlValue;
}

// smol-toml ships a CommonJS build, but types for ES modules only.
const { stringify } = require("smol-toml") as typeof import("smol-toml", { with: { "resolution-mode": "import" } });

/** A table as a TOML file. Empty sections are left out: for the broker a present section has other defaults than an absent one. */
export function toToml(table: TomlTable): string {
  return stringify(withoutEmpty(table));
}

function withoutEmpty(table: TomlTable): TomlTable {
  return Object.fromEntries(
    Object.entries(table)
      .map(([key, value]): [string, TomlValue] => [key, isTable(value) ? withoutEmpty(value) : value])
      .filter(([, value]) => !isTable(value) || Object.keys(value).length > 0),
  );
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value);
}

/** Pulumi.yaml: the project's name, runtime options, program folder and plugin folders. */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { UserError } from "../user-error";

export interface Project {
  name: string;
  /** Folder of Pulumi.yaml. */
  root: string;
  /** Working directory of the program and its dynamic providers. */
  pwd: string;
  /** Program to run inside `pwd`; "." lets package.json decide. */
  program: string;
  runtimeOptions: Record<string, unknown>;
  /** Plugin name to folder holding `pulumi-resource-NAME`. */
  pluginPaths: Record<string, string>;
  /** Project-level defaults of configuration, keys with their namespace. */
  configDefaults: Record<string, string>;
}

interface ProjectFile {
  name?: string;
  runtime?: string | { name?: string; options?: Record<string, unknown> };
  main?: string;
  config?: Record<string, unknown>;
  plugins?: { providers?: { name: string; path: string }[] };
  packages?: Record<string, unknown>;
}

function findUpwards(start: string): string {
  for (let dir = path.resolve(start); ; dir = path.dirname(dir)) {
    for (const name of ["Pulumi.yaml", "Pulumi.yml"]) {
      const file = path.join(dir, name);
      if (fs.existsSync(file)) return file;
    }
    if (path.dirname(dir) === dir) {
      throw new UserError(`no Pulumi.yaml project file found (searching upwards from ${path.resolve(start)})`);
    }
  }
}

export function loadProject(startDir: string): Project {
  const file = findUpwards(startDir);
  const root = path.dirname(file);
  const content = parse(fs.readFileSync(file, "utf8")) as ProjectFile;
  if (typeof content?.name !== "string") throw new UserError(`${file}: project is missing a 'name' attribute`);
  const runtime = typeof content.runtime === "string" ? { name: content.runtime } : (content.runtime ?? {});
  if (runtime.name !== "nodejs") {
    throw new UserError(`${file}: this stand-in runs only 'runtime: nodejs', not '${String(runtime.name)}'`);
  }
  return {
    name: content.name,
    root,
    ...programLocation(root, content.main),
    runtimeOptions: runtime.options ?? {},
    pluginPaths: pluginPaths(root, content),
    configDefaults: configDefaults(content),
  };
}

function programLocation(root: string, main: string | undefined): { pwd: string; program: string } {
  if (main === undefined || main === "") return { pwd: root, program: "." };
  const target = path.resolve(root, main);
  if (!fs.existsSync(target)) throw new UserError(`project 'main' could not be read: ${target}`);
  if (fs.statSync(target).isDirectory()) return { pwd: target, program: "." };
  return { pwd: path.dirname(target), program: path.basename(target) };
}

function pluginPaths(root: string, content: ProjectFile): Record<string, string> {
  const result: Record<string, string> = {};
  for (const plugin of content.plugins?.providers ?? []) result[plugin.name] = path.resolve(root, plugin.path);
  for (const [name, source] of Object.entries(content.packages ?? {})) {
    if (typeof source === "string" && /^\.{1,2}\//.test(source)) result[name] ??= path.resolve(root, source);
  }
  return result;
}

function configDefaults(content: ProjectFile): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, entry] of Object.entries(content.config ?? {})) {
    const value = typeof entry === "object" && entry !== null ? ((entry as { default?: unknown; value?: unknown }).value ?? (entry as { default?: unknown }).default) : entry;
    if (value === undefined || value === null) continue;
    result[key.includes(":") ? key : `${content.name}:${key}`] = typeof value === "string" ? value : JSON.stringify(value);
  }
  return result;
}

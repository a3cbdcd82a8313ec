/** Which project, backend and stack a command is about. */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Backend } from "../project/backend";
import { loadProject, type Project } from "../project/project";
import { StackConfig } from "../project/stack-config";
import { UserError } from "../user-error";
import { type Arguments } from "./arguments";

export interface ProjectContext {
  project: Project;
  backend: Backend;
}

export interface StackContext extends ProjectContext {
  stack: string;
  stackConfig: StackConfig;
}

export function openProject(args: Arguments): ProjectContext {
  return { project: loadProject(args.text("cwd") ?? process.cwd()), backend: Backend.open() };
}

/** The workspace file remembers the selected stack of a project folder. */
function workspaceFile(project: Project): string {
  const home = process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi");
  const digest = crypto.createHash("sha1").update(path.join(project.root, "Pulumi.yaml")).digest("hex");
  return path.join(home, "workspaces", `${project.name}-${digest}-workspace.json`);
}

export function selectStack(project: Project, stack: string | undefined): void {
  const file = workspaceFile(project);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(stack === undefined ? {} : { stack }));
}

export function selectedStack(project: Project): string | undefined {
  const file = workspaceFile(project);
  if (!fs.existsSync(file)) return undefined;
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { stack?: string }).stack;
}

export const shortStackName = (name: string): string => name.split("/").at(-1) as string;

export function openStack(args: Arguments, named?: string): StackContext {
  const context = openProject(args);
  const stack = named ?? args.text("stack") ?? process.env.PULUMI_STACK ?? selectedStack(context.project);
  if (stack === undefined) throw new UserError("no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one");
  const short = shortStackName(stack);
  if (!context.backend.exists(context.project.name, short)) throw new UserError(`no stack named '${short}' found`);
  const file = StackConfig.fileFor(context.project, short, args.text("config-file"));
  return { ...context, stack: short, stackConfig: new StackConfig(context.project, file) };
}

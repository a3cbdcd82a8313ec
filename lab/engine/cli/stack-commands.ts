/** `pulumi stack …` and `pulumi config …`. */
import * as fs from "node:fs";
import { StackConfig } from "../project/stack-config";
import { decodeCheckpoint, encodeCheckpoint, type DeploymentFile } from "../project/state";
import { showValue } from "../display/format";
import { UserError } from "../user-error";
import { isSecret, stripSecrets, mapValue, type ValueMap } from "../values/property";
import { STACK_TYPE } from "../values/urn";
import { type Arguments } from "./arguments";
import { openProject, openStack, selectedStack, selectStack, shortStackName, type StackContext } from "./stack-context";

type Write = (line: string) => void;

export async function stackCommand(args: Arguments, write: Write): Promise<void> {
  const [, action, name] = args.words;
  if (action === "init") return initStack(args, name ?? args.text("stack"));
  if (action === "select") return selectCommand(args, name ?? args.text("stack"));
  if (action === "ls") return listStacks(args, write);
  if (action === "rm") return removeStack(args, name);
  if (action === "output") return showOutputs(args, name, write);
  if (action === "export") return exportStack(args, write);
  if (action === "import") return importStack(args);
  throw new UserError(`the stand-in does not know 'stack ${action ?? ""}'`);
}

async function initStack(args: Arguments, name: string | undefined): Promise<void> {
  if (name === undefined) throw new UserError("missing stack name");
  const { project, backend } = openProject(args);
  const stack = shortStackName(name);
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(stack)) throw new UserError(`invalid stack name '${stack}'`);
  if (backend.exists(project.name, stack)) throw new UserError(`stack '${stack}' already exists`);
  await new StackConfig(project, StackConfig.fileFor(project, stack, args.text("config-file"))).secrets();
  backend.save(project.name, stack, undefined);
  if (!args.flag("no-select")) selectStack(project, stack);
}

async function selectCommand(args: Arguments, name: string | undefined): Promise<void> {
  if (name === undefined) throw new UserError("missing stack name");
  const { project, backend } = openProject(args);
  if (!backend.exists(project.name, shortStackName(name))) {
    if (!args.flag("create")) throw new UserError(`no stack named '${name}' found`);
    return initStack(args, name);
  }
  selectStack(project, shortStackName(name));
}

function listStacks(args: Arguments, write: Write): void {
  const { project, backend } = openProject(args);
  const current = selectedStack(project);
  const stacks = backend.list(project.name).map((name) => ({ name, current: name === current }));
  if (args.flag("json")) return write(JSON.stringify(stacks, null, 2));
  write("NAME");
  for (const stack of stacks) write(stack.current ? `${stack.name}*` : stack.name);
}

function removeStack(args: Arguments, name: string | undefined): void {
  const { project, backend, stack } = openStack(args, name);
  if (!args.flag("yes")) throw new UserError("--yes must be passed in to proceed when running in non-interactive mode");
  const resources = backend.load(project.name, stack)?.resources ?? [];
  if (resources.length > 0 && !args.flag("force")) throw new UserError(`'${stack}' still has resources; removal rejected. Use --force to remove it anyway`);
  const release = backend.lock(project.name, stack);
  backend.remove(project.name, stack);
  release();
  if (!args.flag("preserve-config")) fs.rmSync(StackConfig.fileFor(project, stack, args.text("config-file")), { force: true });
  if (selectedStack(project) === stack) selectStack(project, undefined);
}

async function loadOutputs({ project, backend, stack, stackConfig }: StackContext): Promise<ValueMap> {
  const checkpoint = await decodeCheckpoint(backend.load(project.name, stack), await stackConfig.secrets());
  return checkpoint.resources.find((state) => state.type === STACK_TYPE)?.outputs ?? {};
}

async function showOutputs(args: Arguments, name: string | undefined, write: Write): Promise<void> {
  const stored = await loadOutputs(openStack(args));
  const outputs = args.flag("show-secrets") ? stripSecrets(stored) : (mapValue(stored, (node) => (isSecret(node) ? "[secret]" : node)) as ValueMap);
  if (name !== undefined) {
    const value = outputs[name];
    if (value === undefined) throw new UserError(`current stack does not have output property '${name}'`);
    return write(args.flag("json") || typeof value !== "string" ? JSON.stringify(value, null, 2) : value);
  }
  if (args.flag("json")) return write(JSON.stringify(outputs, null, 2));
  write(`Current stack outputs (${Object.keys(outputs).length}):`);
  for (const [key, value] of Object.entries(outputs)) write(`    ${key}  ${typeof value === "string" ? value : showValue(value, "    ")}`);
}

async function exportStack(args: Arguments, write: Write): Promise<void> {
  const { project, backend, stack, stackConfig } = openStack(args);
  let deployment: unknown = backend.load(project.name, stack) ?? {};
  if (args.flag("show-secrets")) {
    const checkpoint = await decodeCheckpoint(deployment as DeploymentFile, await stackConfig.secrets());
    deployment = { ...(deployment as object), resources: checkpoint.resources };
  }
  const text = JSON.stringify({ version: 3, deployment }, null, 4);
  const file = args.text("file");
  if (file === undefined) write(text);
  else fs.writeFileSync(file, text);
}

async function importStack(args: Arguments): Promise<void> {
  const { project, backend, stack, stackConfig } = openStack(args);
  const content = JSON.parse(fs.readFileSync(args.text("file") ?? 0, "utf8")) as { deployment: DeploymentFile };
  const secrets = await stackConfig.secrets();
  const { resources } = await decodeCheckpoint(content.deployment, secrets);
  backend.save(project.name, stack, encodeCheckpoint({ resources, pendingOperations: [] }, secrets));
}

export async function configCommand(args: Arguments, write: Write): Promise<void> {
  const [, action, key, value] = args.words;
  const { stackConfig } = openStack(args);
  if (action === "set" && key !== undefined) return stackConfig.set(key, value ?? fs.readFileSync(0, "utf8").replace(/\n$/, ""), args.flag("secret"));
  if (action === "get" && key !== undefined) return write(await stackConfig.get(key));
  if (action === "rm" && key !== undefined) return stackConfig.remove(key);
  if (action !== undefined) throw new UserError(`the stand-in does not know 'config ${action}'`);
  const { values, secretKeys } = await stackConfig.resolve();
  const shown = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, secretKeys.includes(name) && !args.flag("show-secrets") ? "[secret]" : text]));
  if (args.flag("json")) return write(JSON.stringify(shown, null, 2));
  for (const [name, text] of Object.entries(shown)) write(`${name}  ${text}`);
}

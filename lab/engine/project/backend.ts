/** The file backend: one JSON file per stack under DIR/.pulumi/stacks/PROJECT, and a lock per stack. */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { UserError } from "../user-error";
import { type DeploymentFile } from "./state";

interface StackFile {
  version: 3;
  checkpoint: { stack: string; latest?: DeploymentFile };
}

interface LockFile {
  pid: number;
  /** Clock ticks since boot at which the process started: tells a live holder from a reused process id. */
  startTime: string;
  hostname: string;
  timestamp: string;
}

export class Backend {
  private constructor(private readonly dir: string) {}

  static open(): Backend {
    const url = process.env.PULUMI_BACKEND_URL ?? "";
    if (!url.startsWith("file://")) {
      throw new UserError("this stand-in keeps state in files only: set PULUMI_BACKEND_URL=file://DIR");
    }
    const dir = url.slice("file://".length).replace(/^~/, os.homedir());
    if (!fs.existsSync(dir)) throw new UserError(`unable to open the backend: ${dir} does not exist`);
    return new Backend(path.join(dir, ".pulumi"));
  }

  private stackFile(project: string, stack: string): string {
    return path.join(this.dir, "stacks", project, `${stack}.json`);
  }

  exists(project: string, stack: string): boolean {
    return fs.existsSync(this.stackFile(project, stack));
  }

  list(project: string): string[] {
    const dir = path.join(this.dir, "stacks", project);
    if (!fs.existsSync(dir)) return [];
    return fs.readdirSync(dir).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length)).sort();
  }

  load(project: string, stack: string): DeploymentFile | undefined {
    const file = this.stackFile(project, stack);
    if (!fs.existsSync(file)) throw new UserError(`no stack named '${stack}' found`);
    return (JSON.parse(fs.readFileSync(file, "utf8")) as StackFile).checkpoint.latest;
  }

  /** Written beside and renamed over the old file: a kill leaves either the old or the new state, never half of one. */
  save(project: string, stack: string, latest: DeploymentFile | undefined): void {
    const file = this.stackFile(project, stack);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const content: StackFile = { version: 3, checkpoint: { stack: `organization/${project}/${stack}`, ...(latest ? { latest } : {}) } };
    const temporary = `${file}.${process.pid}.tmp`;
    fs.writeFileSync(temporary, JSON.stringify(content, null, 4), { mode: 0o600 });
    fs.renameSync(temporary, file);
  }

  remove(project: string, stack: string): void {
    fs.rmSync(this.stackFile(project, stack));
  }

  /** Takes the stack's lock, or says who holds it. Returns the function that gives it back. */
  lock(project: string, stack: string): () => void {
    const dir = path.join(this.dir, "locks", "organization", project, stack);
    fs.mkdirSync(dir, { recursive: true });
    const mine = path.join(dir, `${crypto.randomUUID()}.json`);
    const content: LockFile = { pid: process.pid, startTime: startTimeOf(process.pid) ?? "", hostname: os.hostname(), timestamp: new Date().toISOString() };
    fs.writeFileSync(`${mine}.tmp`, JSON.stringify(content));
    fs.renameSync(`${mine}.tmp`, mine);
    const release = (): void => fs.rmSync(mine, { force: true });
    const holder = otherHolder(dir, path.basename(mine));
    if (holder !== undefined) {
      release();
      throw new UserError(
        `the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file.\n` +
          `  ${holder.file}: created by pid ${holder.lock.pid} on host ${holder.lock.hostname} at ${holder.lock.timestamp}`,
      );
    }
    return release;
  }
}

/** Locks of dead processes of this host are removed on the way. */
function otherHolder(dir: string, own: string): { file: string; lock: LockFile } | undefined {
  for (const name of fs.readdirSync(dir)) {
    if (name === own || !name.endsWith(".json")) continue;
    const file = path.join(dir, name);
    const lock = JSON.parse(fs.readFileSync(file, "utf8")) as LockFile;
    if (lock.hostname !== os.hostname() || startTimeOf(lock.pid) === lock.startTime) return { file, lock };
    fs.rmSync(file, { force: true });
  }
  return undefined;
}

function startTimeOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || (error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
    throw error;
  }
}

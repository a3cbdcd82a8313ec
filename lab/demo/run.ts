import { spawn } from "node:child_process";

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
}

/** Runs a program, hands its lines on as they come, and collects its standard output. */
export function run(command: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv; cwd?: string; onLine?: (line: string) => void } = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: options.env ?? process.env, cwd: options.cwd, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
    for (const stream of [child.stdout, child.stderr]) {
      forEachLine(stream, (text) => options.onLine?.(text));
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, stdout }));
  });
}

function forEachLine(stream: NodeJS.ReadableStream, use: (line: string) => void): void {
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(use);
  });
  stream.on("end", () => rest !== "" && use(rest));
}

/** Whether a program is there and answers within the time. */
export async function answers(command: string, args: readonly string[], milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "ignore", timeout: milliseconds });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

/** Whether anything answers at a web address within the time; any HTTP status counts. */
export async function reachable(url: string, milliseconds: number): Promise<boolean> {
  try {
    await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(milliseconds), redirect: "manual" });
    return true;
  } catch {
    // Whatever the reason - no route, no name, a refusal - the answer is the same: not from here.
    return false;
  }
}

/** Whether the run goes on. One failed step stops new ones (as without --continue-on-error); those under way finish. */
export class Halted extends Error {
  constructor() {
    super("resource monitor shut down while waiting on step's done channel");
  }
}

export class RunStatus {
  failed = false;
  cancelled = false;
  private readonly waiting = new Set<(error: Halted) => void>();
  private halted = false;

  constructor(private readonly continueOnError: boolean) {}

  get isHalted(): boolean {
    return this.halted;
  }

  fail(): void {
    this.failed = true;
    if (!this.continueOnError) this.halt();
  }

  cancel(): void {
    this.cancelled = true;
    this.failed = true;
    this.halt();
  }

  private halt(): void {
    this.halted = true;
    for (const reject of this.waiting) reject(new Halted());
    this.waiting.clear();
  }

  assertRunning(): void {
    if (this.halted) throw new Halted();
  }

  /** What `work` gives, unless the run stops first; `work` itself is not stopped by that. */
  async whileRunning<T>(work: () => Promise<T>): Promise<T> {
    this.assertRunning();
    let reject: (error: Halted) => void = () => undefined;
    const stopped = new Promise<never>((_, rejectStopped) => {
      reject = rejectStopped;
      this.waiting.add(reject);
    });
    try {
      return await Promise.race([work(), stopped]);
    } finally {
      this.waiting.delete(reject);
    }
  }
}

/** At most `size` operations at a time. */
export class Semaphore {
  private readonly queue: (() => void)[] = [];

  constructor(private free: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}

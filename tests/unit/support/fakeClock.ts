import type { Clock } from "../../../provider/operations/clock";

/** A clock that stands still but for the sleeps, which take no real time. */
export class FakeClock implements Clock {
  private time = Date.parse("2026-01-01T00:00:00Z");
  private readonly start = this.time;

  now(): number {
    return this.time;
  }

  /** Milliseconds since the test began. */
  get elapsed(): number {
    return this.time - this.start;
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted !== true) {
      this.advance(milliseconds);
    }
  }
}

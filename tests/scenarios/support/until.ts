const PAUSE_MS = 250;

/** Waits until the look gives something. Fails with what was waited for. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, seconds = 120): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) {
      return seen;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${seconds} s in vain: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

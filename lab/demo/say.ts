/** The demo's output: numbered steps, plain lines, and seconds since the start. */
const start = Date.now();
let step = 0;

export function seconds(): string {
  return `${((Date.now() - start) / 1000).toFixed(1).padStart(6)} s`;
}

export function heading(text: string): void {
  step += 1;
  console.log(`\n${seconds()}  ${step}. ${text}`);
}

export function line(text: string): void {
  console.log(`${seconds()}     ${text}`);
}

/** A reason to stop that is no fault of the program: shown without a stack. */
export class CannotGoOn extends Error {}

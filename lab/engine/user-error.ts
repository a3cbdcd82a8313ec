/** An error whose message is all the user needs; anything else is a fault of the stand-in and shown with its stack. */
export class UserError extends Error {}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

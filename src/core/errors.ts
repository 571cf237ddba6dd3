// The one error class of the product. Codes live in error-catalogue.ts and are documented in docs/errors.md;
// a test checks both directions. A message names the place, the rule, what was received and what to do.
import type { ErrorCode } from "./error-catalogue.js";

/** An error a user can act on. `code` is stable and documented; `cause` keeps the error underneath. */
export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "AppError";
    this.code = code;
  }
}

/** The message of anything that was thrown, for use inside a larger message. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a Node.js system error ("ENOSPC", "EACCES"), or undefined. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

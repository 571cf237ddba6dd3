// The one error class of the product. Codes live in error-catalogue.ts and are documented in docs/errors.md; a test
// checks both directions.
import type { ErrorCode } from "./error-catalogue.js";

/** What an error knows, as data: its message is put together from these. Sentences without their full stops. */
export interface ErrorFacts {
  /** The file, layer, setting or request that is meant. */
  readonly place: string;
  /** What holds there: "both sides must have 2 pixels at least". */
  readonly rule: string;
  /** What was found instead. */
  readonly received?: string;
  /** What to do. */
  readonly remedy?: string;
}

/** An error that a user can act on. `code` is stable and documented; `cause` keeps the error underneath. */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** Undefined where the message was given whole. */
  readonly facts: ErrorFacts | undefined;

  constructor(code: ErrorCode, told: ErrorFacts | string, options?: { readonly cause?: unknown }) {
    super(typeof told === "string" ? told : messageFrom(told), options);
    this.name = "AppError";
    this.code = code;
    this.facts = typeof told === "string" ? undefined : told;
  }
}

/** "place: rule. Received this. Do that." */
function messageFrom({ place, rule, received, remedy }: ErrorFacts): string {
  const sentences = [rule, ...(received === undefined ? [] : [`Received ${received}`]), remedy];
  const text = sentences.flatMap((sentence) => (sentence === undefined ? [] : [ended(sentence)])).join(" ");
  return `${place}: ${text}`;
}

const ended = (sentence: string): string => (/[.!?]["')]?$/.test(sentence) ? sentence : `${sentence}.`);

/** The message of anything that was thrown, for use inside a larger message. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a Node.js system error ("ENOSPC", "EACCES"), or undefined. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

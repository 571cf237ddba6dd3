// The one error class of the product. Codes live in error-catalogue.ts and are documented in docs/errors.md; a test
// checks both directions.
import type { ErrorCode } from "./error-catalogue.js";

/** What an error knows: its message is put together from these. Sentences without their full stops. */
export interface ErrorFacts {
  /** The file, layer, setting or request that is meant. */
  readonly place: string;
  /** What holds there: "both sides must have 2 pixels at least". */
  readonly rule: string;
  /** What was found instead. */
  readonly received?: string | undefined;
  /** What to do. */
  readonly remedy?: string | undefined;
}

/**
 * An error that a user can act on. `code` is stable and documented; place, rule, received and remedy are what the message
 * says, as data; `cause` keeps the error underneath.
 */
export class AppError extends Error implements ErrorFacts {
  readonly code: ErrorCode;
  readonly place: string;
  readonly rule: string;
  readonly received: string | undefined;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, facts: ErrorFacts, options?: { readonly cause?: unknown }) {
    super(messageFrom(facts), options);
    this.name = "AppError";
    this.code = code;
    this.place = facts.place;
    this.rule = facts.rule;
    this.received = facts.received;
    this.remedy = facts.remedy;
  }
}

/** An error's facts alone, as a worker can post them: a cloned error keeps its message only. */
export const factsOf = ({ place, rule, received, remedy }: ErrorFacts): ErrorFacts => ({
  place,
  rule,
  received,
  remedy,
});

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

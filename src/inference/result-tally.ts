// How many images of a scoring came out how.
import type { Result } from "./result.js";

/** How many images came out how. */
export interface ResultTally {
  /** Those with a score. */
  readonly scored: number;
  /** Of the scored ones, those called pneumonia. */
  readonly pneumonia: number;
  /** Of the scored ones, those called unsure; 0 where the model has no band of scores for that. */
  readonly unsure: number;
  /** Of the scored ones, those flagged as out of scope. */
  readonly outOfScope: number;
  /** Those that could not be read. */
  readonly skipped: number;
}

/** Before the first image. */
export const emptyTally: ResultTally = { scored: 0, pneumonia: 0, unsure: 0, outOfScope: 0, skipped: 0 };

/**
 * With one more.
 *
 * @example
 * let tally = emptyTally;
 * for await (const result of classifier.predict("scans/")) tally = tallied(tally, result);
 * console.log(tally.scored, tally.skipped);
 */
export function tallied(tally: ResultTally, result: Result): ResultTally {
  if (result.kind === "failed") return { ...tally, skipped: tally.skipped + 1 };
  return {
    ...tally,
    scored: tally.scored + 1,
    pneumonia: tally.pneumonia + (result.label === "PNEUMONIA" ? 1 : 0),
    unsure: tally.unsure + (result.label === "UNSURE" ? 1 : 0),
    outOfScope: tally.outOfScope + (result.scope.inScope ? 0 : 1),
  };
}

// How many images of a scoring came out how.
import type { Result } from "./result.js";

export interface ResultTally {
  readonly scored: number;
  /** Of those. */
  readonly pneumonia: number;
  readonly outOfScope: number;
  /** Those that could not be read. */
  readonly skipped: number;
}

export const emptyTally: ResultTally = { scored: 0, pneumonia: 0, outOfScope: 0, skipped: 0 };

/** With one more. */
export function tallied(tally: ResultTally, result: Result): ResultTally {
  if (result.kind === "failed") return { ...tally, skipped: tally.skipped + 1 };
  return {
    ...tally,
    scored: tally.scored + 1,
    pneumonia: tally.pneumonia + (result.label === "PNEUMONIA" ? 1 : 0),
    outOfScope: tally.outOfScope + (result.scope.inScope ? 0 : 1),
  };
}

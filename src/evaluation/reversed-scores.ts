// Whether scores rank the wrong way round: those of a model that gives P(normal), or of labels that were exchanged.
import type { Estimate } from "./estimate.js";
import type { Evaluation } from "./evaluation.js";

/** Pairs of a pneumonia and a normal image from which on an AUC of exactly 0 is no chance: 1 of 70 with four of each. */
const fewestPairs = 16;

/** The AUC is below one half, and more than chance makes it: its whole interval is, or it is 0 on enough images. */
export function looksReversed(
  { positives, negatives }: Pick<Evaluation, "positives" | "negatives">,
  auc: Estimate,
): boolean {
  if (auc.value === null || auc.value >= 0.5) return false;
  if (auc.interval !== null) return auc.interval.high < 0.5;
  return auc.value === 0 && positives * negatives >= fewestPairs;
}

// What is said of scores that rank the wrong way round, in report, card, comparison and terminal.
import { formatValue } from "../evaluation/estimate.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import { looksReversed } from "../evaluation/reversed-scores.js";

/** Undefined where the scores rank as they should. @param title of the model, where several stand together */
export function reversedText(
  counts: Pick<Evaluation, "positives" | "negatives">,
  auc: Evaluation["metrics"]["auc"],
  title?: string,
): string | undefined {
  if (!looksReversed(counts, auc)) return undefined;
  return (
    `${title === undefined ? "The" : `${title}: the`} scores look reversed: an AUC of ${formatValue(auc.value)} says that normal images score higher. ` +
    "Either the model gives P(normal) and is to be read so, or the labels are exchanged. Nothing else here can be read before that is settled."
  );
}

// The images that were called wrongly, the surest errors first: what a reader should look at.
import { isPositive } from "./confusion.js";
import type { Prediction } from "./prediction.js";

export interface Mistake {
  readonly name: string;
  readonly label: 0 | 1;
  readonly score: number;
  readonly kind: "false positive" | "false negative";
  /** How far the score lies on the wrong side, as a share of that side: 1 at a score of 0 or 1, 0 at the threshold. */
  readonly confidence: number;
}

/** All mistakes at a threshold, the most confident first (ties by name), at most `limit`. */
export function confidentMistakes(
  rows: readonly Prediction[],
  threshold: number,
  limit = Infinity,
): readonly Mistake[] {
  return rows
    .filter((row) => isPositive(row.score, threshold) !== (row.label === 1))
    .map(({ name, label, score }): Mistake => {
      const side = label === 1 ? threshold : 1 - threshold;
      const distance = Math.abs(score - threshold);
      const confidence = side > 0 ? Math.min(1, distance / side) : 0;
      return { name, label, score, kind: label === 1 ? "false negative" : "false positive", confidence };
    })
    .sort((a, b) => b.confidence - a.confidence || (a.name < b.name ? -1 : 1))
    .slice(0, limit);
}

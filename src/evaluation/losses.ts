// Losses of scores: what a probability costs, threshold or not.
import type { Scored } from "./prediction.js";

/** Keras' `backend.epsilon()`: scores are kept this far from 0 and 1 before the logarithm. */
const kerasEpsilon = 1e-7;

/** Mean binary cross-entropy as Keras 3 computes it (the score is clipped before 1 - score is taken); in nats. null without rows. */
export function binaryCrossEntropy(rows: readonly Scored[], weights?: ArrayLike<number>): number | null {
  return weightedMean(
    rows,
    (row) => {
      const score = Math.min(1 - kerasEpsilon, Math.max(kerasEpsilon, row.score));
      return -Math.log(row.label === 1 ? score : 1 - score);
    },
    weights,
  );
}

/** Mean squared distance of score and label (Brier, 1950), 0..1. null without rows. */
export function brierScore(rows: readonly Scored[], weights?: ArrayLike<number>): number | null {
  return weightedMean(rows, (row) => (row.score - row.label) ** 2, weights);
}

function weightedMean(
  rows: readonly Scored[],
  costOf: (row: Scored) => number,
  weights?: ArrayLike<number>,
): number | null {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < rows.length; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number);
    if (weight === 0) continue;
    sum += weight * costOf(rows[i] as Scored);
    total += weight;
  }
  return total === 0 ? null : sum / total;
}

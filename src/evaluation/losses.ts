// Losses of scores: what a probability costs, threshold or not.
import type { Scored } from "./prediction.js";

/** Keras' `backend.epsilon()`: scores are kept this far from 0 and 1 before the logarithm. */
const kerasEpsilon = 1e-7;

/** Mean binary cross-entropy as Keras 3 computes it (the score is clipped before 1 - score is taken); in nats. null without rows. */
export function binaryCrossEntropy(rows: readonly Scored[], weights?: ArrayLike<number>): number | null {
  return weightedMean(
    rows,
    (row) => {
      const score = clip(row.score, kerasEpsilon);
      return -Math.log(row.label === 1 ? score : 1 - score);
    },
    weights,
  );
}

/** scikit-learn's `log_loss`: the same with the smallest float64 step as clipping (2^-52). null without rows. */
export function logLoss(rows: readonly Scored[]): number | null {
  return weightedMean(rows, (row) => -Math.log(clip(row.label === 1 ? row.score : 1 - row.score, Number.EPSILON)));
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

function clip(probability: number, epsilon: number): number {
  return Math.min(1 - epsilon, Math.max(epsilon, probability));
}

// Rows ordered by falling score, tied scores together: what the ROC and precision-recall curves are counted from.
// Resampling reuses one ranking with other weights, so 2,000 bootstrap AUCs need one sort.
import type { Scored } from "./prediction.js";

export interface Ranking {
  /** Row numbers by falling score, [n]. */
  readonly order: Uint32Array;
  /** For each distinct score, falling: one past its last place in `order`. */
  readonly ends: Uint32Array;
  /** The distinct scores, falling. */
  readonly thresholds: Float64Array;
  /** True labels by row, [n]. */
  readonly labels: Uint8Array;
}

/** Sorts once; ties in any order (they are counted together). */
export function rank(rows: readonly Scored[]): Ranking {
  const scores = Float64Array.from(rows, (row) => row.score);
  const order = Uint32Array.from(rows, (_, i) => i).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const ends: number[] = [];
  const thresholds: number[] = [];
  for (let i = 0; i < order.length; i++) {
    const score = scores[order[i] as number] as number;
    if (i + 1 < order.length && scores[order[i + 1] as number] === score) continue;
    ends.push(i + 1);
    thresholds.push(score);
  }
  return {
    order,
    ends: Uint32Array.from(ends),
    thresholds: Float64Array.from(thresholds),
    labels: Uint8Array.from(rows, (row) => row.label),
  };
}

/** Positives and negatives at or above each distinct score, [distinct scores]. */
export interface CumulativeCounts {
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
}

export function cumulativeCounts(ranking: Ranking, weights?: ArrayLike<number>): CumulativeCounts {
  const { order, ends, labels } = ranking;
  const truePositives = new Float64Array(ends.length);
  const falsePositives = new Float64Array(ends.length);
  let positives = 0;
  let negatives = 0;
  let place = 0;
  for (let k = 0; k < ends.length; k++) {
    const end = ends[k] as number;
    for (; place < end; place++) {
      const row = order[place] as number;
      const weight = weights === undefined ? 1 : (weights[row] as number);
      if (labels[row] === 1) positives += weight;
      else negatives += weight;
    }
    truePositives[k] = positives;
    falsePositives[k] = negatives;
  }
  return { truePositives, falsePositives };
}

// The precision-recall curve and average precision, as scikit-learn's precision_recall_curve and average_precision_score.
import type { Scored } from "./prediction.js";
import { cumulativeCounts, type Ranking, rank } from "./ranking.js";
import type { CurveOptions } from "./roc.js";

export interface PrPoint {
  /** Sensitivity. */
  readonly recall: number;
  /** Positive predictive value. */
  readonly precision: number;
  /** null at the last point (recall 0, precision 1), which no threshold gives. */
  readonly threshold: number | null;
}

/**
 * Points by rising threshold, the last one (recall 0, precision 1) without threshold, in scikit-learn's order.
 * Its rule for no positives (recall 1 everywhere) is not a curve: null here.
 */
export function precisionRecallCurve(rows: readonly Scored[], options: CurveOptions = {}): readonly PrPoint[] | null {
  const ranking = rank(rows);
  const { truePositives: tps, falsePositives: fps } = cumulativeCounts(ranking);
  const last = tps.length - 1;
  const positives = tps[last] ?? 0;
  if (positives === 0) return null;
  const points: PrPoint[] = [{ recall: 0, precision: 1, threshold: null }];
  for (let k = 0; k <= last; k++) {
    if (options.dropIntermediate === true && !changesRecall(tps, k)) continue;
    const found = tps[k] as number;
    points.push({
      recall: found / positives,
      precision: found / (found + (fps[k] as number)),
      threshold: ranking.thresholds[k] as number,
    });
  }
  return points.reverse();
}

/** Sum of precision times gain in recall, not interpolated; null without positives (scikit-learn: 0 and a warning). */
export function averagePrecision(rows: readonly Scored[]): number | null {
  return averagePrecisionOfRanking(rank(rows));
}

/** The same from a ranking, with rows' multiplicities for resampling. */
export function averagePrecisionOfRanking(ranking: Ranking, weights?: ArrayLike<number>): number | null {
  const { truePositives: tps, falsePositives: fps } = cumulativeCounts(ranking, weights);
  const positives = tps[tps.length - 1] ?? 0;
  if (positives === 0) return null;
  let sum = 0;
  let before = 0;
  for (let k = 0; k < tps.length; k++) {
    const found = tps[k] as number;
    if (found > before) sum += (found - before) * (found / (found + (fps[k] as number)));
    before = found;
  }
  return sum / positives; // divided once: of a perfect ranking exactly 1
}

/** Whether the count of true positives differs from a neighbour's: of a vertical run only both ends are kept. */
function changesRecall(tps: Float64Array, k: number): boolean {
  if (k === 0 || k === tps.length - 1) return true;
  return tps[k] !== tps[k - 1] || tps[k] !== tps[k + 1];
}

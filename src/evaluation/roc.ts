// The ROC curve and the area under it, as scikit-learn's roc_curve and roc_auc_score.
import type { Scored } from "./prediction.js";
import { cumulativeCounts, type Ranking, rank } from "./ranking.js";

export interface RocPoint {
  /** 1 - specificity. */
  readonly falsePositiveRate: number;
  /** Sensitivity. */
  readonly truePositiveRate: number;
  /** Images scored at or above it are called pneumonia; null at the first point, above every score (scikit-learn: inf). */
  readonly threshold: number | null;
}

export interface CurveOptions {
  /**
   * true leaves out points that do not change the drawn curve. For the ROC that is scikit-learn's default; it keeps
   * every corner and the area. Default false: every distinct score.
   */
  readonly dropIntermediate?: boolean;
}

/** Points from (0, 0) to (1, 1) by falling threshold; null where only one class occurs. */
export function rocCurve(rows: readonly Scored[], options: CurveOptions = {}): readonly RocPoint[] | null {
  const ranking = rank(rows);
  const { truePositives: tps, falsePositives: fps } = cumulativeCounts(ranking);
  const last = tps.length - 1;
  const positives = tps[last] ?? 0;
  const negatives = fps[last] ?? 0;
  if (positives === 0 || negatives === 0) return null;
  const points: RocPoint[] = [{ falsePositiveRate: 0, truePositiveRate: 0, threshold: null }];
  for (let k = 0; k <= last; k++) {
    if (options.dropIntermediate === true && !isCorner(fps, k) && !isCorner(tps, k)) continue;
    points.push({
      falsePositiveRate: (fps[k] as number) / negatives,
      truePositiveRate: (tps[k] as number) / positives,
      threshold: ranking.thresholds[k] as number,
    });
  }
  return points;
}

/** Area under the ROC curve, ties counted half; null where only one class occurs. */
export function rocAuc(rows: readonly Scored[]): number | null {
  return aucOfRanking(rank(rows));
}

/** The same from a ranking, with rows' multiplicities for resampling: O(n). */
export function aucOfRanking(ranking: Ranking, weights?: ArrayLike<number>): number | null {
  const { truePositives, falsePositives } = cumulativeCounts(ranking, weights);
  let positives = 0;
  let negatives = 0;
  let pairs = 0;
  for (let k = 0; k < truePositives.length; k++) {
    const [positivesAbove, negativesAbove] = [positives, negatives];
    positives = truePositives[k] as number;
    negatives = falsePositives[k] as number;
    pairs += (negatives - negativesAbove) * (positivesAbove + (positives - positivesAbove) / 2);
  }
  return positives === 0 || negatives === 0 ? null : pairs / (positives * negatives);
}

/** Whether the step changes at k (both ends count): scikit-learn's second difference. */
function isCorner(counts: Float64Array, k: number): boolean {
  if (k === 0 || k === counts.length - 1) return true;
  const [before, here, after] = [counts[k - 1] as number, counts[k] as number, counts[k + 1] as number];
  return after - here !== here - before;
}

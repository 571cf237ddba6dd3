// The variance of the AUC and of the difference of two AUCs on the same images.
// DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988), computed with midranks (Sun and Xu, IEEE SPL 21, 2014).
import { AppError } from "../core/errors.js";
import type { Estimate } from "./estimate.js";
import { criticalValue, erfc } from "./normal-distribution.js";
import type { Scored } from "./prediction.js";

export interface PairedAuc {
  readonly aucA: number;
  readonly aucB: number;
  /** aucA - aucB. */
  readonly difference: number;
  readonly standardError: number;
  /** null where the standard error is 0 and the AUCs differ by nothing (identical rankings) or by a fixed amount. */
  readonly z: number | null;
  /** Two-sided. */
  readonly p: number | null;
}

/**
 * The AUC with DeLong's interval (normal, cut to 0..1). Interval null where the variance is 0 (an AUC of 1: no evidence
 * of certainty) or a class has fewer than two images; value null where a class is missing.
 */
export function deLongAuc(rows: readonly Scored[], level = 0.95): Estimate {
  const parts = placements(rows);
  if (parts === null) return { value: null, interval: null, n: rows.length };
  const variance = covariance(parts, parts);
  if (!(variance > 0)) return { value: parts.auc, interval: null, n: rows.length };
  const half = criticalValue(level) * Math.sqrt(variance);
  const interval = {
    low: Math.max(0, parts.auc - half),
    high: Math.min(1, parts.auc + half),
    level,
    method: "delong",
  } as const;
  return { value: parts.auc, interval, n: rows.length };
}

/** DeLong's variance of the AUC; null where a class has fewer than two images. */
export function deLongVariance(rows: readonly Scored[]): number | null {
  const parts = placements(rows);
  const variance = parts === null ? Number.NaN : covariance(parts, parts);
  return Number.isFinite(variance) ? variance : null;
}

/**
 * Compares two models on the same images, row by row; null where a class has fewer than two images.
 * @throws AppError EVALUATION_INPUT where the rows' labels differ.
 */
export function deLongPaired(a: readonly Scored[], b: readonly Scored[]): PairedAuc | null {
  if (a.length !== b.length || a.some((row, i) => row.label !== b[i]?.label)) {
    throw new AppError("EVALUATION_INPUT", {
      place: "paired AUC",
      rule: "both models score the same images in the same order",
      received: `${a.length} and ${b.length} rows with other labels`,
      remedy: "Match rows by image name first",
    });
  }
  const [x, y] = [placements(a), placements(b)];
  if (x === null || y === null) return null;
  const variance = covariance(x, x) + covariance(y, y) - 2 * covariance(x, y);
  if (!Number.isFinite(variance)) return null;
  const difference = x.auc - y.auc;
  // Rounding leaves about 1e-19 where two rankings are the same.
  const standardError = variance > 1e-16 ? Math.sqrt(variance) : 0;
  const z = standardError === 0 ? null : difference / standardError;
  return {
    aucA: x.auc,
    aucB: y.auc,
    difference,
    standardError,
    z,
    p: z === null ? null : erfc(Math.abs(z) / Math.SQRT2),
  };
}

interface Placements {
  readonly auc: number;
  /** For each positive the share of negatives it beats, [positives]; for each negative the share of positives that beat it. */
  readonly ofPositives: Float64Array;
  readonly ofNegatives: Float64Array;
}

function placements(rows: readonly Scored[]): Placements | null {
  const positives = Float64Array.from(rows.filter((row) => row.label === 1).map((row) => row.score));
  const negatives = Float64Array.from(rows.filter((row) => row.label === 0).map((row) => row.score));
  const [m, n] = [positives.length, negatives.length];
  if (m === 0 || n === 0) return null;
  const scores = new Float64Array(m + n); // the positives first
  scores.set(positives);
  scores.set(negatives, m);
  const all = midranks(scores);
  const within = { positives: midranks(positives), negatives: midranks(negatives) };
  const ofPositives = within.positives.map((r, i) => ((all[i] as number) - r) / n);
  const ofNegatives = within.negatives.map((r, j) => 1 - ((all[m + j] as number) - r) / m);
  return { auc: mean(ofPositives), ofPositives, ofNegatives };
}

function covariance(a: Placements, b: Placements): number {
  return (
    sampleCovariance(a.ofPositives, b.ofPositives) / a.ofPositives.length +
    sampleCovariance(a.ofNegatives, b.ofNegatives) / a.ofNegatives.length
  );
}

function sampleCovariance(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - meanA) * ((b[i] as number) - meanB);
  return sum / (a.length - 1);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Ranks from 1; tied values share the middle of their ranks. */
function midranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let k = start; k < end; k++) ranks[order[k] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

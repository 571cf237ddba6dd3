// Whether a score of 0.8 means 80 %: reliability bins, expected calibration error, and logistic recalibration.

import type { Interval } from "./estimate.js";
import type { Scored } from "./prediction.js";
import { wilsonInterval } from "./wilson.js";

/** One bar of the reliability diagram; only bins with images are listed. */
export interface ReliabilityBin {
  /** Scores above `low` and up to `high` (the first bin includes 0), as scikit-learn's `calibration_curve`. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly meanScore: number;
  /** Share of pneumonia among the bin's images. */
  readonly positiveShare: number;
  readonly interval: Interval | null;
}

export interface Calibration {
  readonly bins: readonly ReliabilityBin[];
  /** How many equal-width bins were asked for. */
  readonly binCount: number;
  /** Mean distance of score and share over the bins, weighted by their images (Guo et al., ICML 2017). */
  readonly expectedCalibrationError: number;
  /**
   * logit P(pneumonia) = intercept + slope * logit(score), fitted on these rows: 0 and 1 for calibrated scores, slope < 1
   * for overconfident ones (Cox, 1958). null where the fit does not exist (one class, or scores that separate the classes).
   */
  readonly intercept: number | null;
  readonly slope: number | null;
  /** The intercept with slope fixed at 1: whether scores are too low (> 0) or too high (< 0) on the whole. */
  readonly inTheLarge: number | null;
  /** The T that minimises the log-loss of sigmoid(logit(score) / T); > 1 for overconfident scores. null as above. */
  readonly temperature: number | null;
}

/** Scores are kept this far from 0 and 1 before the logit. */
const logitMargin = 1e-7;

export function calibration(rows: readonly Scored[], binCount = 10): Calibration {
  const bins = reliabilityBins(rows, binCount);
  const error = bins.reduce((sum, bin) => sum + bin.n * Math.abs(bin.meanScore - bin.positiveShare), 0) / rows.length;
  const logits = rows.map((row) => logit(row.score));
  const labels = rows.map((row) => row.label);
  const ones = rows.map(() => 1);
  const zeros = rows.map(() => 0);
  const line = fitLogistic([ones, logits], zeros, labels);
  const shift = fitLogistic([ones], logits, labels);
  const scale = fitLogistic([logits], zeros, labels);
  const sharpness = scale?.[0];
  return {
    bins,
    binCount,
    expectedCalibrationError: rows.length === 0 ? 0 : error,
    intercept: line?.[0] ?? null,
    slope: line?.[1] ?? null,
    inTheLarge: shift?.[0] ?? null,
    temperature: sharpness === undefined || sharpness <= 0 ? null : 1 / sharpness,
  };
}

/** Equal-width bins over 0..1, each with the share's Wilson interval. */
export function reliabilityBins(rows: readonly Scored[], binCount: number): readonly ReliabilityBin[] {
  const counts = Array.from({ length: binCount }, () => ({ n: 0, positives: 0, sum: 0 }));
  for (const { score, label } of rows) {
    const bin = counts[binOf(score, binCount)] as (typeof counts)[number];
    bin.n++;
    bin.positives += label;
    bin.sum += score;
  }
  return counts.flatMap(({ n, positives, sum }, i) => {
    if (n === 0) return [];
    return {
      low: i / binCount,
      high: (i + 1) / binCount,
      n,
      meanScore: sum / n,
      positiveShare: positives / n,
      interval: wilsonInterval(positives, n),
    };
  });
}

/** The first bin whose upper edge is not below the score. */
function binOf(score: number, binCount: number): number {
  let bin = 0;
  while (bin < binCount - 1 && score > (bin + 1) / binCount) bin++;
  return bin;
}

/** log(score / (1 - score)), of a score kept 1e-7 from 0 and 1. */
export function logit(score: number): number {
  const kept = Math.min(1 - logitMargin, Math.max(logitMargin, score));
  return Math.log(kept / (1 - kept));
}

/**
 * Maximum likelihood of labels ~ sigmoid(offset + sum of coefficient * column), one or two columns, by Newton's method
 * with step halving. null where it does not converge: the likelihood then has no maximum.
 * @param weights of the rows; 1 each when absent
 */
export function fitLogistic(
  columns: readonly (readonly number[])[],
  offsets: readonly number[],
  labels: readonly number[],
  weights?: readonly number[],
): readonly number[] | null {
  const weightOf = (i: number) => weights?.[i] ?? 1;
  if (![0, 1].every((wanted) => labels.some((label, i) => label === wanted && weightOf(i) > 0))) return null;
  const total = labels.reduce((sum, _, i) => sum + weightOf(i), 0);
  const linear = (beta: readonly number[], i: number) =>
    columns.reduce((sum, column, c) => sum + (beta[c] as number) * (column[i] as number), offsets[i] as number);
  const lossAt = (beta: readonly number[]) =>
    labels.reduce((sum, label, i) => sum + weightOf(i) * softplus(label === 1 ? -linear(beta, i) : linear(beta, i)), 0);
  let beta = columns.map(() => 0);
  let loss = lossAt(beta);
  for (let iteration = 0; iteration < 100; iteration++) {
    const gradient = columns.map(() => 0);
    const hessian = columns.map(() => columns.map(() => 0));
    labels.forEach((label, i) => {
      const p = 1 / (1 + Math.exp(-linear(beta, i)));
      const weight = weightOf(i);
      columns.forEach((column, a) => {
        gradient[a] = (gradient[a] as number) + weight * (p - label) * (column[i] as number);
        columns.forEach((other, b) => {
          const row = hessian[a] as number[];
          row[b] = (row[b] as number) + weight * p * (1 - p) * (column[i] as number) * (other[i] as number);
        });
      });
    });
    const step = solve(hessian, gradient);
    if (step === null) return null;
    let share = 1;
    let next = beta.map((value, c) => value - (step[c] as number));
    while (lossAt(next) > loss && share > 1e-6) {
      share /= 2;
      next = beta.map((value, c) => value - share * (step[c] as number));
    }
    const change = Math.max(...next.map((value, c) => Math.abs(value - (beta[c] as number))));
    beta = next;
    loss = lossAt(beta);
    if (Math.max(...beta.map(Math.abs)) > 1e3) return null;
    if (change < 1e-10) return loss / total < 1e-8 ? null : beta;
  }
  return null;
}

/** Solves a 1x1 or 2x2 system; null where it is singular. */
function solve(m: readonly (readonly number[])[], v: readonly number[]): readonly number[] | null {
  const [a, b, c, d] = [m[0]?.[0] ?? 0, m[0]?.[1] ?? 0, m[1]?.[0] ?? 0, m[1]?.[1] ?? 1];
  const [x, y] = [v[0] ?? 0, v[1] ?? 0];
  const determinant = a * d - b * c;
  if (!(Math.abs(determinant) > 1e-12 * Math.abs(a * d) + 1e-300)) return null;
  return [(d * x - b * y) / determinant, (a * y - c * x) / determinant].slice(0, v.length);
}

/** log(1 + e^x) without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

// Whether a score of 0.8 means 80 %: reliability bins, expected calibration errors, and logistic recalibration. How uncertain these
// are is in calibration-uncertainty.ts.

import { fitLine, fitTemperature, logit } from "./calibration-line.js";
import { proportionByPatient } from "./clustered-proportion.js";
import type { Interval } from "./estimate.js";
import type { Prediction, Scored } from "./prediction.js";

type Row = Scored & Partial<Pick<Prediction, "patient">>;

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
  /**
   * Class-wise expected calibration error: mean distance of P(pneumonia) and the share of pneumonia over the bins, weighted by their
   * images (Kull et al., NeurIPS 2019; of two classes each has the same).
   */
  readonly classWiseError: number;
  /**
   * Top-label expected calibration error: the same of the likelier class's score and the share of images that it is right for (Guo
   * et al., ICML 2017). Says nothing of the threshold in use, and less than the class-wise one.
   */
  readonly topLabelError: number;
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

export function calibration(rows: readonly Row[], binCount = 10): Calibration {
  const logits = Float64Array.from(rows, ({ score }) => logit(score));
  const labels = Uint8Array.from(rows, ({ label }) => label);
  const line = fitLine(logits, labels, "line");
  return {
    bins: reliabilityBins(rows, binCount),
    binCount,
    classWiseError: calibrationError(classWise(rows, binCount)) ?? 0,
    topLabelError: calibrationError(topLabel(rows, binCount)) ?? 0,
    intercept: line?.intercept ?? null,
    slope: line?.slope ?? null,
    inTheLarge: fitLine(logits, labels, "shift")?.intercept ?? null,
    temperature: fitTemperature(logits, labels),
  };
}

/** Equal-width bins over 0..1, each with the share's interval by patient. */
export function reliabilityBins(rows: readonly Row[], binCount: number): readonly ReliabilityBin[] {
  const members = Array.from({ length: binCount }, (): Row[] => []);
  for (const row of rows) (members[binOf(row.score, binCount)] as Row[]).push(row);
  return members.flatMap((of, i) => {
    const n = of.length;
    if (n === 0) return [];
    const { value, interval } = proportionByPatient(of, ({ label }) => label === 1);
    return {
      low: i / binCount,
      high: (i + 1) / binCount,
      n,
      meanScore: of.reduce((sum, { score }) => sum + score, 0) / n,
      positiveShare: value as number,
      interval,
    };
  });
}

/** What a calibration error compares, [rows]: what the score claims, whether that came true, and the bin of the claim. */
export interface Claims {
  readonly claimed: Float64Array;
  readonly isTrue: Uint8Array;
  readonly bins: Uint8Array;
  readonly binCount: number;
}

/** That an image shows pneumonia. */
export function classWise(rows: readonly Scored[], binCount: number): Claims {
  return {
    claimed: Float64Array.from(rows, ({ score }) => score),
    isTrue: Uint8Array.from(rows, ({ label }) => label),
    bins: Uint8Array.from(rows, ({ score }) => binOf(score, binCount)),
    binCount,
  };
}

/** That an image is of the class that its score says is the likelier. */
export function topLabel(rows: readonly Scored[], binCount: number): Claims {
  const claimed = Float64Array.from(rows, ({ score }) => Math.max(score, 1 - score));
  return {
    claimed,
    isTrue: Uint8Array.from(rows, ({ score, label }) => Number(score >= 0.5 === (label === 1))),
    bins: Uint8Array.from(claimed, (claim) => binOf(claim, binCount)),
    binCount,
  };
}

/** Mean distance of claim and truth over the bins, weighted by their rows; null without rows. */
export function calibrationError(
  { claimed, isTrue, bins, binCount }: Claims,
  weights?: ArrayLike<number>,
): number | null {
  const distances = new Float64Array(binCount);
  let total = 0;
  for (let i = 0; i < claimed.length; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number);
    const bin = bins[i] as number;
    distances[bin] = (distances[bin] as number) + weight * ((claimed[i] as number) - (isTrue[i] as number));
    total += weight;
  }
  return total === 0 ? null : distances.reduce((sum, distance) => sum + Math.abs(distance), 0) / total;
}

/** The first bin whose upper edge is not below the score. */
function binOf(score: number, binCount: number): number {
  let bin = 0;
  while (bin < binCount - 1 && score > (bin + 1) / binCount) bin++;
  return bin;
}

// The variance of the AUC and of the difference of two AUCs on the same images, some of which are of one patient: N. A. Obuchowski,
// "Nonparametric analysis of clustered ROC curve data", Biometrics 53 (1997). With one image of each patient it is that of DeLong, DeLong and
// Clarke-Pearson, Biometrics 44 (1988). Computed with midranks (Sun and Xu, IEEE SPL 21, 2014).
import { AppError } from "../core/errors.js";
import { type Clusters, patientClusters } from "./clusters.js";
import { detectableWithError } from "./detectable-difference.js";
import type { Estimate, Interval, IntervalMethod } from "./estimate.js";
import { criticalValue, erfc } from "./normal-distribution.js";
import type { Prediction, Scored } from "./prediction.js";

/** Rows without a patient stand for themselves. */
type Row = Scored & Partial<Pick<Prediction, "patient">>;

export interface PairedAuc {
  readonly aucA: number;
  readonly aucB: number;
  /** aucA - aucB. */
  readonly difference: number;
  readonly standardError: number;
  /** Normal; null where the standard error is 0. */
  readonly interval: Interval | null;
  /** null where the standard error is 0. */
  readonly z: number | null;
  /** Two-sided; 1 for equal rankings. null where they differ without a standard error, as constant scores and a perfect ranking do. */
  readonly p: number | null;
  /** "delong" where each image is another patient's, or its patient is not known. */
  readonly method: "obuchowski" | "delong";
  /** The smallest true difference that this test finds in 80 of 100 such sets; null without a standard error. */
  readonly detectable: number | null;
}

/**
 * The AUC with its interval, symmetric on the logit scale: near 1 it then covers as it says, where a symmetric one runs into the
 * border (Kottas, Kuss and Zapf, BMC Medical Research Methodology 14:26, 2014). Interval null where the variance is 0 (an AUC of 1: no evidence
 * of certainty) or a class has fewer than two patients; value null where a class is missing.
 */
export function aucByVariance(rows: readonly Row[], level = 0.95): Estimate {
  const parts = placements(rows, patientClusters(rows));
  if (parts === null) return { value: null, interval: null, n: rows.length };
  const variance = covariance(parts, parts);
  // An AUC of 0 or 1 has no variance but by rounding.
  if (!(variance > 1e-16)) return { value: parts.auc, interval: null, n: rows.length };
  const { auc } = parts;
  const logit = Math.log(auc / (1 - auc));
  const half = (criticalValue(level) * Math.sqrt(variance)) / (auc * (1 - auc));
  const [low, high] = [logit - half, logit + half].map((x) => 1 / (1 + Math.exp(-x))) as [number, number];
  return { value: auc, interval: { low, high, level, method: methodOf(parts) }, n: rows.length };
}

/** The variance of the AUC; null where a class has fewer than two patients. */
export function aucVariance(rows: readonly Row[]): number | null {
  const parts = placements(rows, patientClusters(rows));
  const variance = parts === null ? Number.NaN : covariance(parts, parts);
  return Number.isFinite(variance) ? variance : null;
}

/**
 * Compares two models on the same images, row by row; null where a class has fewer than two patients.
 * @throws AppError EVALUATION_INPUT where the rows' labels differ.
 */
export function pairedAucs(a: readonly Row[], b: readonly Row[], level = 0.95): PairedAuc | null {
  if (a.length !== b.length || a.some((row, i) => row.label !== b[i]?.label)) {
    throw new AppError("EVALUATION_INPUT", {
      place: "paired AUC",
      rule: "both models score the same images in the same order",
      received: `${a.length} and ${b.length} rows with other labels`,
      remedy: "Match rows by image name first",
    });
  }
  const clusters = patientClusters(a);
  const [x, y] = [placements(a, clusters), placements(b, clusters)];
  if (x === null || y === null) return null;
  const variance = covariance(x, x) + covariance(y, y) - 2 * covariance(x, y);
  if (!Number.isFinite(variance)) return null;
  const difference = x.auc - y.auc;
  // Rounding leaves about 1e-19 where two rankings are the same.
  const standardError = variance > 1e-16 ? Math.sqrt(variance) : 0;
  const method = methodOf(x);
  const common = { aucA: x.auc, aucB: y.auc, difference, standardError, method };
  if (standardError === 0) {
    return { ...common, interval: null, z: null, p: difference === 0 ? 1 : null, detectable: null };
  }
  const z = difference / standardError;
  const half = criticalValue(level) * standardError;
  return {
    ...common,
    interval: { low: Math.max(-1, difference - half), high: Math.min(1, difference + half), level, method },
    z,
    p: erfc(Math.abs(z) / Math.SQRT2),
    detectable: detectableWithError(standardError),
  };
}

interface Placements {
  readonly auc: number;
  /**
   * For each patient the sum over its images of pneumonia of (share of normal images they beat - AUC), and over its normal images of
   * (share of pneumonias that beat them - AUC), [patients].
   */
  readonly ofPositives: Float64Array;
  readonly ofNegatives: Float64Array;
  /** Images of each class, and the patients that have such. */
  readonly positives: ClassSize;
  readonly negatives: ClassSize;
}

interface ClassSize {
  readonly images: number;
  readonly patients: number;
}

function placements(rows: readonly Row[], { of, count }: Clusters): Placements | null {
  const indices = (label: 0 | 1) => Uint32Array.from(rows.keys()).filter((i) => rows[i]?.label === label);
  const [positive, negative] = [indices(1), indices(0)];
  const [m, n] = [positive.length, negative.length];
  if (m === 0 || n === 0) return null;
  const scores = new Float64Array(m + n); // the positives first
  scores.set(Float64Array.from(positive, (i) => (rows[i] as Row).score));
  scores.set(
    Float64Array.from(negative, (i) => (rows[i] as Row).score),
    m,
  );
  const all = midranks(scores);
  const within = { positives: midranks(scores.subarray(0, m)), negatives: midranks(scores.subarray(m)) };
  const beaten = within.positives.map((r, i) => ((all[i] as number) - r) / n);
  const beating = within.negatives.map((r, j) => 1 - ((all[m + j] as number) - r) / m);
  const auc = mean(beaten);
  const sums = (values: Float64Array, indices: Uint32Array) => {
    const ofPatients = new Float64Array(count);
    values.forEach((value, i) => {
      const patient = of[indices[i] as number] as number;
      ofPatients[patient] = (ofPatients[patient] as number) + value - auc;
    });
    return ofPatients;
  };
  const sizeOf = (indices: Uint32Array) => ({
    images: indices.length,
    patients: new Set(indices.map((i) => of[i] as number)).size,
  });
  return {
    auc,
    ofPositives: sums(beaten, positive),
    ofNegatives: sums(beating, negative),
    positives: sizeOf(positive),
    negatives: sizeOf(negative),
  };
}

/** Obuchowski's S10 / M + S01 / N + (S11 + S11') / (M N), with her corrections I / (I - 1). */
function covariance(a: Placements, b: Placements): number {
  const { positives, negatives } = a;
  const patients = a.ofPositives.length;
  const corrected = (count: number, sum: number) => (count / (count - 1)) * sum;
  const across = product(a.ofPositives, b.ofNegatives) + product(b.ofPositives, a.ofNegatives);
  return (
    corrected(positives.patients, product(a.ofPositives, b.ofPositives)) / positives.images ** 2 +
    corrected(negatives.patients, product(a.ofNegatives, b.ofNegatives)) / negatives.images ** 2 +
    corrected(patients, across) / (positives.images * negatives.images)
  );
}

function product(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

function methodOf({ ofPositives, positives, negatives }: Placements): Extract<IntervalMethod, "obuchowski" | "delong"> {
  return ofPositives.length < positives.images + negatives.images ? "obuchowski" : "delong";
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

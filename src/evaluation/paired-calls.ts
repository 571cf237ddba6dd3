// Whether two classifiers that saw the same images err equally often, by patient: only images where they disagree count, and a
// patient's images count together. If the two do not differ, they might change names for any patient, so each patient's
// difference has either sign with probability 1/2: the exact distribution of their sum is the test's. With one image of each patient it is
// McNemar's, with mid-p as advised by Fagerland, Lydersen and Laake (BMC Medical Research Methodology 13:91, 2013).
import { AppError } from "../core/errors.js";
import { type Clusters, patientClusters } from "./clusters.js";
import { isCalled } from "./confusion.js";
import { detectableDifference } from "./detectable-difference.js";
import type { Interval } from "./estimate.js";
import { criticalValue, erfc } from "./normal-distribution.js";
import type { Prediction, Scored } from "./prediction.js";

type Row = Scored & Partial<Pick<Prediction, "patient">>;

export interface PairedCalls {
  /** Images that only the first (only the second) classifier called rightly. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Of accuracies, first less second. */
  readonly difference: number;
  /** Normal, with the variance of a sum over patients (Obuchowski, Statistics in Medicine 17, 1998); null where it is 0. */
  readonly interval: Interval | null;
  /** Two-sided mid-p; 1 without disagreement. */
  readonly p: number;
  /** "mcnemar-mid-p" where each image is another patient's, or its patient is not known. */
  readonly method: "sign-flip-by-patient" | "mcnemar-mid-p";
  /** How many times larger the variance of the difference is than for images of as many patients, at least 1. */
  readonly designEffect: number;
  /** The smallest true difference that this test finds in 80 of 100 such sets; null where it finds none, disagreeing so rarely. */
  readonly detectable: number | null;
}

/** @throws AppError EVALUATION_INPUT where the rows do not describe the same images. */
export function pairedCalls(
  a: { readonly rows: readonly Row[]; readonly threshold: number },
  b: { readonly rows: readonly Row[]; readonly threshold: number },
  level = 0.95,
): PairedCalls {
  if (a.rows.length !== b.rows.length || a.rows.some((row, i) => row.label !== b.rows[i]?.label)) {
    throw new AppError("EVALUATION_INPUT", {
      place: "paired test of calls",
      rule: "both models score the same images in the same order",
      received: `${a.rows.length} and ${b.rows.length} rows with other labels`,
      remedy: "Match rows by image name first",
    });
  }
  const isRight = (row: Scored, threshold: number) => isCalled(row, threshold) === (row.label === 1);
  // 1 where only a is right, -1 where only b is.
  const signs = a.rows.map(
    (row, i) => Number(isRight(row, a.threshold)) - Number(isRight(b.rows[i] as Row, b.threshold)),
  );
  return pairedSigns(signs, patientClusters(a.rows), level);
}

/** The test from each image's sign: 1 where only the first is right, -1 where only the second is, 0 where they agree. */
export function pairedSigns(signs: readonly number[], clusters: Clusters, level = 0.95): PairedCalls {
  const n = signs.length;
  const onlyA = signs.filter((sign) => sign > 0).length;
  const onlyB = signs.filter((sign) => sign < 0).length;
  const sums = new Float64Array(clusters.count);
  const sizes = new Float64Array(clusters.count);
  signs.forEach((sign, row) => {
    const cluster = clusters.of[row] as number;
    sums[cluster] = (sums[cluster] as number) + sign;
    sizes[cluster] = (sizes[cluster] as number) + 1;
  });
  const difference = (onlyA - onlyB) / n;
  const squares = sums.reduce((sum, each, k) => sum + (each - (sizes[k] as number) * difference) ** 2, 0);
  const { count } = clusters;
  const variance = count > 1 ? ((count / (count - 1)) * squares) / n ** 2 : 0;
  const alone = (onlyA + onlyB) / n - difference ** 2; // of one image's sign
  const designEffect = count === 1 ? n : alone > 0 && count < n ? Math.max(1, (variance * n) / alone) : 1;
  const half = criticalValue(level) * Math.sqrt(variance);
  return {
    onlyA,
    onlyB,
    difference,
    interval:
      half > 0
        ? {
            low: Math.max(-1, difference - half),
            high: Math.min(1, difference + half),
            level,
            method: "normal-by-patient",
          }
        : null,
    p: signFlipMidP(sums),
    method: count < n ? "sign-flip-by-patient" : "mcnemar-mid-p",
    designEffect,
    detectable: detectableDifference({ n, discordance: (onlyA + onlyB) / n, designEffect }),
  };
}

/** Beyond so many steps of the recursion the normal distribution is as exact as anyone reads, and takes no time. */
const mostSteps = 3e8;

/**
 * P(|T| > |t|) + P(|T| = |t|) / 2 for the sum T of whole numbers whose signs are coins', t as observed. For t = 0 that is
 * 1 - P(T = 0) / 2, as Fagerland and others have it for equal counts. 1 where all are 0.
 */
export function signFlipMidP(sums: ArrayLike<number>): number {
  const sizes = Array.from(sums, Math.abs).filter((size) => size > 0);
  if (sizes.length === 0) return 1;
  const most = sizes.reduce((sum, size) => sum + size, 0);
  const observed = Math.abs(Array.from(sums).reduce((sum, each) => sum + each, 0));
  if (sizes.length * most > mostSteps) {
    const deviation = Math.sqrt(sizes.reduce((sum, size) => sum + size ** 2, 0));
    return erfc(observed / deviation / Math.SQRT2);
  }
  let chances = new Float64Array(2 * most + 1); // of each total, -most .. most
  chances[most] = 1;
  let reach = 0;
  for (const size of sizes) {
    const next = new Float64Array(2 * most + 1);
    for (let place = most - reach; place <= most + reach; place++) {
      const half = (chances[place] as number) / 2;
      if (half === 0) continue;
      next[place - size] = (next[place - size] as number) + half;
      next[place + size] = (next[place + size] as number) + half;
    }
    chances = next;
    reach += size;
  }
  const at = chances[most + observed] as number;
  if (observed === 0) return 1 - at / 2;
  let beyond = 0;
  for (let place = 2 * most; place > most + observed; place--) beyond += chances[place] as number;
  return 2 * beyond + at;
}

// A proportion of images that are not independent, because some are of one patient: Wilson's interval for as many independent
// images as would tell as much. The variance is that of a ratio of sums over patients (Cochran, "Sampling Techniques", 1977, 6.3;
// Rao and Scott, Biometrics 48, 1992); the effective size in a score interval follows Korn and Graubard (Survey Methodology 24, 1998).
import { wilsonLimits } from "../core/wilson-limits.js";
import { patientClusters } from "./clusters.js";
import type { Estimate, Interval } from "./estimate.js";
import { criticalValue } from "./normal-distribution.js";
import { proportion } from "./wilson.js";

/** Of one patient: how many images count, and how many of them are successes. */
export type PatientShare = readonly [successes: number, n: number];

/** Where fewer patients than this have a success, or a failure, how alike a patient's images are cannot be estimated. */
const fewestPatients = 5;

/**
 * How many times more images are needed than if each were of another patient, at least 1. Where it cannot be estimated it is at
 * least that of entirely alike images, n / patients: so that the interval of all right is not wider than that of all but one.
 */
export function designEffect(shares: readonly PatientShare[]): number {
  const counted = shares.filter(([, n]) => n > 0);
  const patients = counted.length;
  const n = counted.reduce((sum, [, each]) => sum + each, 0);
  if (n === patients) return 1;
  const withSuccess = counted.filter(([successes]) => successes > 0).length;
  const withFailure = counted.filter(([successes, each]) => successes < each).length;
  const least = Math.min(withSuccess, withFailure) < fewestPatients ? n / patients : 1;
  const share = counted.reduce((sum, [successes]) => sum + successes, 0) / n;
  if (patients < 2 || share === 0 || share === 1) return least;
  const squares = counted.reduce((sum, [successes, each]) => sum + (successes - each * share) ** 2, 0);
  const variance = (patients / (patients - 1)) * (squares / n ** 2);
  return Math.max(least, (variance * n) / (share * (1 - share)));
}

/** The proportion over all images; with one image of each patient its interval is Wilson's. */
export function clusteredProportion(shares: readonly PatientShare[], level = 0.95): Estimate {
  const successes = shares.reduce((sum, [each]) => sum + each, 0);
  const n = shares.reduce((sum, [, each]) => sum + each, 0);
  if (shares.every(([, each]) => each <= 1)) return proportion(successes, n, level);
  const effect = designEffect(shares);
  const { low, high } = wilsonLimits(successes / n, n / effect, criticalValue(level));
  const interval: Interval = {
    low: successes === 0 ? 0 : low,
    high: successes === n ? 1 : high,
    level,
    method: "wilson-by-patient",
    designEffect: effect,
  };
  return { value: successes / n, interval, n };
}

/** The share of rows that are successes. */
export function proportionByPatient<Row extends { readonly patient?: string | null }>(
  rows: readonly Row[],
  isSuccess: (row: Row) => boolean,
  level = 0.95,
): Estimate {
  const { of, count } = patientClusters(rows);
  const shares = Array.from({ length: count }, (): [number, number] => [0, 0]);
  rows.forEach((row, i) => {
    const share = shares[of[i] as number] as [number, number];
    share[1]++;
    if (isSuccess(row)) share[0]++;
  });
  return clusteredProportion(shares, level);
}

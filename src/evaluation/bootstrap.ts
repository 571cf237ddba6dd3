// Percentile intervals by resampling patients: all images of a drawn patient come along, because they are not independent.
// (Davison and Hinkley, "Bootstrap Methods and their Application", 1997, 3.8: resampling whole clusters.)
import { Random } from "../core/random.js";
import { patientClusters, rowsByCluster } from "./clusters.js";
import type { Interval } from "./estimate.js";
import type { Prediction } from "./prediction.js";

export interface BootstrapOptions {
  readonly seed: number;
  /** Default 2,000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
}

export const bootstrapDefaults = { resamples: 2000, level: 0.95 } as const;

/** A statistic of a resample: `weights[i]` says how often row i was drawn. null where the resample does not define it. */
export type WeightedStatistic = (weights: Uint32Array) => number | null;

/** Below this share of resamples that define the statistic, no interval is given. */
const leastDefinedShare = 0.9;

/** Calls `visit` with the weights of each resample, whose memory is used again. Never where there is only one patient. */
export function resampleByPatient(
  patients: readonly (string | null)[],
  { seed, resamples = bootstrapDefaults.resamples }: BootstrapOptions,
  visit: (weights: Uint32Array, resample: number) => void,
): void {
  const groups = rowsByCluster(patientClusters(patients.map((patient) => ({ patient }))));
  const random = Random.of(seed, "bootstrap");
  const weights = new Uint32Array(patients.length);
  for (let r = 0; r < resamples && groups.length > 1; r++) {
    weights.fill(0);
    for (let g = 0; g < groups.length; g++) {
      const rows = groups[random.integer(groups.length)] as readonly number[];
      for (const row of rows) weights[row] = (weights[row] as number) + 1;
    }
    visit(weights, r);
  }
}

/**
 * Intervals of several statistics over the same resamples. null where there is only one patient, where more than a
 * tenth of the resamples leave the statistic undefined, or where all give one value (an AUC of 1): that is no evidence of certainty.
 */
export function bootstrapByPatient<Name extends string>(
  patients: readonly (string | null)[],
  statistics: Readonly<Record<Name, WeightedStatistic>>,
  options: BootstrapOptions,
): Record<Name, Interval | null> {
  const names = Object.keys(statistics) as Name[];
  const intervals = bootstrapTogether(
    patients,
    names.length,
    (weights, values) => {
      names.forEach((name, s) => {
        values[s] = statistics[name](weights);
      });
    },
    options,
  );
  return Object.fromEntries(names.map((name, s) => [name, intervals[s] ?? null])) as Record<Name, Interval | null>;
}

/** The same of statistics that are computed in one go, such as the points of a curve: `compute` fills `values`, [count]. */
export function bootstrapTogether(
  patients: readonly (string | null)[],
  count: number,
  compute: (weights: Uint32Array, values: (number | null)[]) => void,
  options: BootstrapOptions,
): readonly (Interval | null)[] {
  const { resamples, level } = { ...bootstrapDefaults, ...options };
  const found = Array.from({ length: count }, () => new Float64Array(resamples));
  const counts = new Uint32Array(count);
  const values: (number | null)[] = new Array(count).fill(null);
  resampleByPatient(patients, options, (weights) => {
    compute(weights, values);
    for (const [s, value] of values.entries()) {
      if (value === null) continue;
      (found[s] as Float64Array)[counts[s] as number] = value;
      counts[s] = (counts[s] as number) + 1;
    }
  });
  return found.map((all, s) => percentileInterval(all.subarray(0, counts[s]).sort(), resamples, level));
}

/** The interval of any metric of predictions: slower, because each resample is built as rows. */
export function bootstrapMetric(
  predictions: readonly Prediction[],
  metric: (rows: readonly Prediction[]) => number | null,
  options: BootstrapOptions,
): Interval | null {
  const resampled: WeightedStatistic = (weights) => metric(repeatRows(predictions, weights));
  return bootstrapByPatient(
    predictions.map((row) => row.patient),
    { metric: resampled },
    options,
  ).metric;
}

/** Quantile with linear interpolation between order statistics, as numpy's default. `sorted` rises and is not empty. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (place - below);
}

function percentileInterval(sorted: Float64Array, resamples: number, level: number): Interval | null {
  if (sorted.length === 0 || sorted.length < leastDefinedShare * resamples) return null;
  if (sorted[0] === sorted[sorted.length - 1]) return null;
  const tail = (1 - level) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail), level, method: "bootstrap-by-patient" };
}

function repeatRows(predictions: readonly Prediction[], weights: Uint32Array): readonly Prediction[] {
  const rows: Prediction[] = [];
  for (let i = 0; i < predictions.length; i++) {
    for (let k = weights[i] as number; k > 0; k--) rows.push(predictions[i] as Prediction);
  }
  return rows;
}

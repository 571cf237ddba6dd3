// Percentile intervals by resampling patients: all images of a drawn patient come along, because they are not independent.
// (Davison and Hinkley, "Bootstrap Methods and their Application", 1997, 3.8: resampling whole clusters.)
import { Random } from "../core/random.js";
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

/**
 * Intervals of several statistics over the same resamples. null where there is only one patient, where more than a
 * tenth of the resamples leave the statistic undefined, or where all give one value (an AUC of 1): that is no evidence of certainty.
 */
export function bootstrapByPatient<Name extends string>(
  patients: readonly (string | null)[],
  statistics: Readonly<Record<Name, WeightedStatistic>>,
  options: BootstrapOptions,
): Record<Name, Interval | null> {
  const { resamples, level, seed } = { ...bootstrapDefaults, ...options };
  const names = Object.keys(statistics) as Name[];
  const groups = groupRows(patients);
  const values = names.map(() => new Float64Array(resamples));
  const counts = names.map(() => 0);
  const random = Random.of(seed, "bootstrap");
  const weights = new Uint32Array(patients.length);
  for (let r = 0; r < resamples && groups.length > 1; r++) {
    weights.fill(0);
    for (let g = 0; g < groups.length; g++) {
      const rows = groups[random.integer(groups.length)] as readonly number[];
      for (const row of rows) weights[row] = (weights[row] as number) + 1;
    }
    names.forEach((name, s) => {
      const value = statistics[name](weights);
      if (value === null) return;
      (values[s] as Float64Array)[counts[s] as number] = value;
      counts[s] = (counts[s] as number) + 1;
    });
  }
  const entries = names.map((name, s) => {
    const defined = (values[s] as Float64Array).subarray(0, counts[s]).sort();
    return [name, percentileInterval(defined, resamples, level)];
  });
  return Object.fromEntries(entries) as Record<Name, Interval | null>;
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

/** Of patients; a row whose patient is not known is a group of its own. */
function groupRows(patients: readonly (string | null)[]): readonly (readonly number[])[] {
  const groups = new Map<string | number, number[]>();
  patients.forEach((patient, row) => {
    const group = patient ?? row;
    const rows = groups.get(group);
    if (rows === undefined) groups.set(group, [row]);
    else rows.push(row);
  });
  return [...groups.values()];
}

function repeatRows(predictions: readonly Prediction[], weights: Uint32Array): readonly Prediction[] {
  const rows: Prediction[] = [];
  for (let i = 0; i < predictions.length; i++) {
    for (let k = weights[i] as number; k > 0; k--) rows.push(predictions[i] as Prediction);
  }
  return rows;
}

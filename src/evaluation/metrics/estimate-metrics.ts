// A table's metrics of one set of scored rows: each value with its interval.
import { bootstrapByPatient, type WeightedStatistic } from "../bootstrap.js";
import { clusteredProportion, type PatientShare } from "../clustered-proportion.js";
import { patientClusters, rowsByCluster } from "../clusters.js";
import { confusionAt } from "../confusion.js";
import type { Estimate } from "../estimate.js";
import type { Prediction } from "../prediction.js";
import { rank } from "../ranking.js";
import type { Metric, MetricTable, ProportionMetric, ScoredRows } from "./metric.js";

export interface BootstrapSettings {
  readonly seed: number;
  readonly resamples: number;
  readonly level: number;
}

export function scoredRows(rows: readonly Prediction[], threshold: number): ScoredRows {
  return { rows, ranking: rank(rows), confusion: (weights) => confusionAt(rows, threshold, weights) };
}

/** What a proportion counts of each patient. */
export function patientShares(
  rows: readonly Prediction[],
  threshold: number,
): (counts: ProportionMetric["counts"]) => readonly PatientShare[] {
  const confusions = rowsByCluster(patientClusters(rows)).map((of) =>
    confusionAt(
      of.map((row) => rows[row] as Prediction),
      threshold,
    ),
  );
  return (counts) => confusions.map(counts);
}

/** A metric of resampled rows, whatever its kind. */
export function weightedStatistic(metric: Metric, scored: ScoredRows): WeightedStatistic {
  if (metric.kind === "statistic") return (weights) => metric.value(scored, weights);
  return (weights) => {
    const [successes, n] = metric.counts(scored.confusion(weights));
    return n === 0 ? null : successes / n;
  };
}

export function estimateMetrics<Name extends string>(
  table: MetricTable<Name>,
  rows: readonly Prediction[],
  threshold: number,
  settings: BootstrapSettings,
): Record<Name, Estimate> {
  const scored = scoredRows(rows, threshold);
  const confusion = scored.confusion();
  const shares = patientShares(rows, threshold);
  const named = Object.entries<Metric>(table);
  const statistics = named.flatMap(([name, metric]) =>
    metric.kind === "statistic" && metric.interval === undefined
      ? [[name, weightedStatistic(metric, scored)] as const]
      : [],
  );
  const patients = rows.map(({ patient }) => patient);
  const intervals = bootstrapByPatient(patients, Object.fromEntries(statistics), settings);
  const everyRow = new Uint32Array(rows.length).fill(1);
  const estimated = named.map(([name, metric]): readonly [string, Estimate] => {
    if (metric.kind === "proportion") return [name, clusteredProportion(shares(metric.counts), settings.level)];
    const value = metric.isDefined?.(confusion) === false ? null : metric.value(scored, everyRow);
    const interval = metric.interval?.(rows, settings.level) ?? intervals[name] ?? null;
    return [name, { value, interval: value === null ? null : interval, n: rows.length }];
  });
  return Object.fromEntries(estimated) as Record<Name, Estimate>;
}

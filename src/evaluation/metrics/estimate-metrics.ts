// A table's metrics of one set of scored rows: each value with its interval.
import { bootstrapByPatient, type WeightedStatistic } from "../bootstrap.js";
import { confusionAt } from "../confusion.js";
import type { Estimate } from "../estimate.js";
import type { Prediction } from "../prediction.js";
import { rank } from "../ranking.js";
import { proportion } from "../wilson.js";
import type { Metric, MetricTable, ScoredRows } from "./metric.js";

export interface BootstrapSettings {
  readonly seed: number;
  readonly resamples: number;
  readonly level: number;
}

export function scoredRows(rows: readonly Prediction[], threshold: number): ScoredRows {
  return { rows, ranking: rank(rows), confusion: (weights) => confusionAt(rows, threshold, weights) };
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
  const named = Object.entries<Metric>(table);
  const statistics = named.flatMap(([name, metric]) =>
    metric.kind === "statistic" ? [[name, weightedStatistic(metric, scored)] as const] : [],
  );
  const patients = rows.map(({ patient }) => patient);
  const intervals = bootstrapByPatient(patients, Object.fromEntries(statistics), settings);
  const everyRow = new Uint32Array(rows.length).fill(1);
  const estimated = named.map(([name, metric]): readonly [string, Estimate] => {
    if (metric.kind === "proportion") return [name, proportion(...metric.counts(confusion), settings.level)];
    const value = metric.isDefined?.(confusion) === false ? null : metric.value(scored, everyRow);
    return [name, { value, interval: value === null ? null : (intervals[name] ?? null), n: rows.length }];
  });
  return Object.fromEntries(estimated) as Record<Name, Estimate>;
}

// The folds of a cross-validation taken together: every image with the score of the model that did not train on it, called at that
// model's own threshold; and each fold by itself.
import { countPatients } from "../core/count-patients.js";
import type { ComparedRun } from "./comparison.js";
import { mean } from "./mean-of-runs.js";
import { scoredRows, weightedStatistic } from "./metrics/estimate-metrics.js";
import type { MetricTable } from "./metrics/metric.js";
import { type ComparedMetric, comparedIn, type MetricName, metrics } from "./metrics/registry.js";
import type { Prediction } from "./prediction.js";

/** What one fold's model said of the images that it was kept from, and the threshold that it chose inside its training part. */
export interface FoldPredictions {
  /** From 1. */
  readonly fold: number;
  readonly predictions: readonly Prediction[];
  readonly threshold: number;
}

export interface FoldResult {
  readonly fold: number;
  /** Images, those of pneumonia, and patients. */
  readonly n: number;
  readonly positives: number;
  readonly patients: number | null;
  readonly threshold: number;
  /** Null where the fold's images do not define it. */
  readonly values: Readonly<Record<ComparedMetric, number | null>>;
}

/** All folds' predictions as those of one run. Its own threshold, the mean of theirs, is only what ensembles are called at. */
export function poolFolds(seed: number, folds: readonly FoldPredictions[]): ComparedRun {
  return {
    seed,
    predictions: folds.flatMap(({ predictions, threshold }) => predictions.map((row) => ({ ...row, threshold }))),
    threshold: mean(folds.map(({ threshold }) => threshold)) as number,
  };
}

/** @param table default: the registry's. Those that are compared are computed. */
export function foldResults(
  folds: readonly FoldPredictions[],
  table: MetricTable<MetricName> = metrics,
): readonly FoldResult[] {
  const compared = Object.entries(comparedIn(table));
  return folds.map(({ fold, predictions, threshold }) => {
    const scored = scoredRows(predictions, threshold);
    const everyRow = new Uint32Array(predictions.length).fill(1);
    const values = compared.map(([name, metric]) => [name, weightedStatistic(metric, scored)(everyRow)] as const);
    return {
      fold,
      n: predictions.length,
      positives: predictions.filter(({ label }) => label === 1).length,
      patients: countPatients(predictions),
      threshold,
      values: Object.fromEntries(values) as FoldResult["values"],
    };
  });
}

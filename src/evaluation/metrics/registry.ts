// All metrics by name, in the order of tables. A new one is one file beside this one and one line here: evaluations,
// metrics.json, reports, model cards and, with `isCompared`, comparisons show it.
import { balancedAccuracy, countMetrics, matthewsCorrelation } from "../confusion.js";
import { binaryCrossEntropy, brierScore } from "../losses.js";
import { aucByVariance } from "../obuchowski.js";
import { averagePrecisionOfRanking } from "../precision-recall.js";
import { aucOfRanking } from "../roc.js";
import type { MetricTable } from "./metric.js";

export const metrics = {
  accuracy: {
    title: "Accuracy",
    huggingFace: "accuracy",
    isCompared: true,
    kind: "proportion",
    counts: (c) => [
      c.truePositives + c.trueNegatives,
      c.truePositives + c.falseNegatives + c.falsePositives + c.trueNegatives,
    ],
  },
  balancedAccuracy: {
    title: "Balanced accuracy",
    kind: "statistic",
    value({ confusion }, weights) {
      const c = confusion(weights);
      const hasBoth = c.truePositives + c.falseNegatives > 0 && c.trueNegatives + c.falsePositives > 0;
      return hasBoth ? balancedAccuracy(c) : null;
    },
  },
  sensitivity: {
    title: "Sensitivity",
    huggingFace: "recall",
    isCompared: true,
    kind: "proportion",
    counts: (c) => [c.truePositives, c.truePositives + c.falseNegatives],
  },
  specificity: {
    title: "Specificity",
    isCompared: true,
    kind: "proportion",
    counts: (c) => [c.trueNegatives, c.trueNegatives + c.falsePositives],
  },
  ppv: {
    title: "Positive predictive value",
    huggingFace: "precision",
    kind: "proportion",
    counts: (c) => [c.truePositives, c.truePositives + c.falsePositives],
  },
  npv: {
    title: "Negative predictive value",
    kind: "proportion",
    counts: (c) => [c.trueNegatives, c.trueNegatives + c.falseNegatives],
  },
  f1: {
    title: "F1 (pneumonia)",
    huggingFace: "f1",
    kind: "statistic",
    value: ({ confusion }, weights) => countMetrics(confusion(weights)).f1,
    isDefined: (c) => 2 * c.truePositives + c.falseNegatives + c.falsePositives > 0,
  },
  mcc: {
    title: "Matthews correlation",
    huggingFace: "matthews_correlation",
    kind: "statistic",
    value: ({ confusion }, weights) => matthewsCorrelation(confusion(weights)),
    isDefined: ({ truePositives: tp, falseNegatives: fn, falsePositives: fp, trueNegatives: tn }) =>
      (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn) > 0,
  },
  auc: {
    title: "ROC AUC",
    huggingFace: "roc_auc",
    isCompared: true,
    kind: "statistic",
    value: ({ ranking }, weights) => aucOfRanking(ranking, weights),
    interval: (rows, level) => aucByVariance(rows, level).interval,
  },
  averagePrecision: {
    title: "PR AUC (average precision)",
    kind: "statistic",
    value: ({ ranking }, weights) => averagePrecisionOfRanking(ranking, weights),
  },
  brier: {
    title: "Brier score",
    huggingFace: "brier_score",
    isCompared: true,
    kind: "statistic",
    value: ({ rows }, weights) => brierScore(rows, weights),
  },
  loss: {
    title: "Loss (binary cross-entropy)",
    kind: "statistic",
    value: ({ rows }, weights) => binaryCrossEntropy(rows, weights),
  },
} as const satisfies MetricTable;

export type MetricName = keyof typeof metrics;
export const metricNames = Object.keys(metrics) as readonly MetricName[];

/** The metrics that are compared with intervals. */
export type ComparedMetric = {
  [Name in MetricName]: (typeof metrics)[Name] extends { readonly isCompared: true } ? Name : never;
}[MetricName];

/** Of a table, the metrics that comparisons show. */
export const comparedIn = (table: MetricTable = metrics): MetricTable =>
  Object.fromEntries(Object.entries(table).filter(([, { isCompared }]) => isCompared));

export const comparedMetrics = Object.keys(comparedIn()) as readonly ComparedMetric[];

/** Every metric of a table with what was found, in the table's order: what tables show. */
export function shownMetrics<Found>(found: Readonly<Record<string, Found>>, table: MetricTable = metrics) {
  return Object.entries(table).map(([name, metric]) => ({ name, ...metric, found: found[name] as Found }));
}

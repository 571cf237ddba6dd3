// From predictions to an Evaluation: one pass over everything that is reported.
import { AppError } from "../core/errors.js";
import { bootstrapByPatient, bootstrapDefaults, type WeightedStatistic } from "./bootstrap.js";
import { calibration } from "./calibration.js";
import { studyReport } from "./classification-report.js";
import { balancedAccuracy, confusionAt, countMetrics, matthewsCorrelation } from "./confusion.js";
import { deLongAuc } from "./delong.js";
import type { Estimate } from "./estimate.js";
import type { Evaluation, MetricName } from "./evaluation.js";
import { binaryCrossEntropy, brierScore } from "./losses.js";
import { confidentMistakes } from "./mistakes.js";
import { operatingPoint } from "./operating-points.js";
import { averagePrecisionOfRanking, precisionRecallCurve } from "./precision-recall.js";
import type { Prediction } from "./prediction.js";
import { rank } from "./ranking.js";
import { aucOfRanking, rocCurve } from "./roc.js";
import { type GroupOf, subgroups } from "./subgroups.js";
import { studyThreshold, type ThresholdChoice } from "./threshold.js";
import { proportion } from "./wilson.js";

export type { Evaluation } from "./evaluation.js";

export interface EvaluateOptions {
  /** Default: fixed at 0.5, as in the study. */
  readonly threshold?: ThresholdChoice;
  /** Of the bootstrap; default 1. */
  readonly seed?: number;
  /** Default 2,000. */
  readonly resamples?: number;
  /** Of every interval; default 0.95. */
  readonly level?: number;
  /** How many mistakes to list; default 50. */
  readonly mistakes?: number;
  /** Default: the kind in the patient key (bacteria, virus, …). */
  readonly groupOf?: GroupOf;
}

/** @throws AppError EVALUATION_INPUT where there are no rows, or a label or score is out of range. */
export function evaluate(predictions: readonly Prediction[], options: EvaluateOptions = {}): Evaluation {
  checkPredictions(predictions);
  const settings = {
    seed: options.seed ?? 1,
    resamples: options.resamples ?? bootstrapDefaults.resamples,
    level: options.level ?? bootstrapDefaults.level,
  };
  const threshold = options.threshold ?? studyThreshold;
  const roc = rocCurve(predictions, { dropIntermediate: true });
  const positives = predictions.filter((row) => row.label === 1).length;
  return {
    n: predictions.length,
    positives,
    negatives: predictions.length - positives,
    patients: new Set(predictions.map((row) => row.patient)).size,
    threshold,
    metrics: estimateMetrics(predictions, threshold.value, settings),
    aucDeLong: deLongAuc(predictions, settings.level),
    confusion: confusionAt(predictions, threshold.value),
    report: studyReport(predictions, threshold.value),
    roc,
    pr: precisionRecallCurve(predictions, { dropIntermediate: true }),
    operatingPoints:
      roc === null
        ? []
        : [
            operatingPoint(roc, "specificity", 0.9),
            operatingPoint(roc, "specificity", 0.95),
            operatingPoint(roc, "sensitivity", 0.95),
          ],
    calibration: calibration(predictions),
    subgroups: subgroups(predictions, threshold.value, {
      level: settings.level,
      ...(options.groupOf === undefined ? {} : { groupOf: options.groupOf }),
    }),
    mistakes: confidentMistakes(predictions, threshold.value, options.mistakes ?? 50),
    settings,
  };
}

function estimateMetrics(
  rows: readonly Prediction[],
  threshold: number,
  settings: Evaluation["settings"],
): Evaluation["metrics"] {
  const c = confusionAt(rows, threshold);
  const { truePositives: tp, falseNegatives: fn, falsePositives: fp, trueNegatives: tn } = c;
  const ranking = rank(rows);
  const matrix = (weights: Uint32Array) => confusionAt(rows, threshold, weights);
  const statistics = {
    balancedAccuracy: (weights) => {
      const drawn = matrix(weights);
      const hasBoth = drawn.truePositives + drawn.falseNegatives > 0 && drawn.trueNegatives + drawn.falsePositives > 0;
      return hasBoth ? balancedAccuracy(drawn) : null;
    },
    f1: (weights) => countMetrics(matrix(weights)).f1,
    mcc: (weights) => matthewsCorrelation(matrix(weights)),
    auc: (weights) => aucOfRanking(ranking, weights),
    averagePrecision: (weights) => averagePrecisionOfRanking(ranking, weights),
    brier: (weights) => brierScore(rows, weights),
    loss: (weights) => binaryCrossEntropy(rows, weights),
  } as const satisfies Partial<Record<MetricName, WeightedStatistic>>;
  const patients = rows.map((row) => row.patient);
  const intervals = bootstrapByPatient(patients, statistics, settings);
  const everyRow = new Uint32Array(rows.length).fill(1);
  const resampled = (name: keyof typeof statistics, isDefined = true): Estimate => {
    const value = isDefined ? statistics[name](everyRow) : null;
    return { value, interval: value === null ? null : intervals[name], n: rows.length };
  };
  const { level } = settings;
  return {
    accuracy: proportion(tp + tn, rows.length, level),
    balancedAccuracy: resampled("balancedAccuracy"),
    sensitivity: proportion(tp, tp + fn, level),
    specificity: proportion(tn, tn + fp, level),
    ppv: proportion(tp, tp + fp, level),
    npv: proportion(tn, tn + fn, level),
    f1: resampled("f1", 2 * tp + fn + fp > 0),
    mcc: resampled("mcc", (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn) > 0),
    auc: resampled("auc"),
    averagePrecision: resampled("averagePrecision"),
    brier: resampled("brier"),
    loss: resampled("loss"),
  };
}

function checkPredictions(rows: readonly Prediction[]): void {
  if (rows.length === 0) {
    throw new AppError("EVALUATION_INPUT", {
      place: "evaluation",
      rule: "at least one prediction is needed",
      received: "none",
      remedy: "Check which images were scored",
    });
  }
  for (const row of rows) {
    const isScore = row.score >= 0 && row.score <= 1;
    if (isScore && (row.label === 0 || row.label === 1)) continue;
    throw new AppError("EVALUATION_INPUT", {
      place: `evaluation, image ${row.name}`,
      rule: "a label of 0 or 1 and a score from 0 to 1",
      received: `label ${row.label}, score ${row.score}`,
      remedy: "A score that is not a number means the model's weights are broken: train or load it again",
    });
  }
}

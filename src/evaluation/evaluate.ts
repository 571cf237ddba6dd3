// From predictions to an Evaluation: one pass over everything that is reported.
import { countPatients } from "../core/count-patients.js";
import { AppError } from "../core/errors.js";
import type { UnsureBand } from "../core/unsure-band.js";
import { bootstrapDefaults } from "./bootstrap.js";
import { calibration } from "./calibration.js";
import { calibrationUncertainty } from "./calibration-uncertainty.js";
import { studyReport } from "./classification-report.js";
import { confusionAt } from "./confusion.js";
import { decisionCurve } from "./decision-curve.js";
import type { Evaluation } from "./evaluation.js";
import { joinedResults } from "./joined-results.js";
import { estimateMetrics } from "./metrics/estimate-metrics.js";
import type { MetricTable } from "./metrics/metric.js";
import { type MetricName, metrics } from "./metrics/registry.js";
import { confidentMistakes } from "./mistakes.js";
import { operatingPoint } from "./operating-points.js";
import { precisionRecallCurve } from "./precision-recall.js";
import type { Prediction } from "./prediction.js";
import { predictiveValues } from "./predictive-values.js";
import { rocCurve } from "./roc.js";
import type { DimensionTable } from "./subgroups/dimension.js";
import { type DimensionName, dimensions } from "./subgroups/registry.js";
import { subgroups } from "./subgroups/subgroups.js";
import { studyThreshold, type ThresholdChoice } from "./threshold.js";
import { optimaAt } from "./threshold-optima.js";
import { abstention } from "./unsure/abstention.js";

export type { Evaluation } from "./evaluation.js";

export interface EvaluateOptions {
  /** Default: fixed at 0.5, as in the study. */
  readonly threshold?: ThresholdChoice;
  /** In which scores the answer is "unsure"; none by default. */
  readonly unsure?: UnsureBand | undefined;
  /** Of the bootstrap; default 1. */
  readonly seed?: number;
  /** Default 2,000. */
  readonly resamples?: number;
  /** Of every interval; default 0.95. */
  readonly level?: number;
  /** How many mistakes to list; default 50. */
  readonly mistakes?: number;
  /** Of subgroups. Default: the registry's. */
  readonly dimensions?: DimensionTable<DimensionName>;
  /** Default: the registry's. */
  readonly metrics?: MetricTable<MetricName>;
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
  const calibrated = calibration(predictions);
  const positives = predictions.filter((row) => row.label === 1).length;
  const table = options.metrics ?? metrics;
  const joining = { table, threshold: threshold.value, settings };
  return {
    n: predictions.length,
    positives,
    negatives: predictions.length - positives,
    patients: countPatients(predictions),
    threshold,
    thresholdOptima: threshold.givenBy === "user" ? optimaAt(predictions, threshold.value) : [],
    metrics: estimateMetrics(table, predictions, threshold.value, settings),
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
    calibration: { ...calibrated, ...calibrationUncertainty(predictions, calibrated, settings) },
    predictiveValues: predictiveValues(predictions, threshold.value, settings),
    decisionCurve: decisionCurve(predictions, settings),
    perPatient: joinedResults(predictions, "patient", joining),
    perStudy: joinedResults(predictions, "study", joining),
    subgroups: subgroups(predictions, threshold.value, options.dimensions ?? dimensions, settings.level),
    unsure:
      options.unsure === undefined ? null : abstention(predictions, threshold.value, options.unsure, settings.level),
    mistakes: confidentMistakes(predictions, threshold.value, options.mistakes ?? 50),
    settings,
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

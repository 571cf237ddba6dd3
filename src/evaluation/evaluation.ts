// Everything an evaluation says about one set of predictions: what the report, the CLI and metrics.json print.
// Plain data that survives JSON: numbers are finite or null.
import type { Calibration } from "./calibration.js";
import type { CalibrationUncertainty } from "./calibration-uncertainty.js";
import type { ClassificationReport } from "./classification-report.js";
import type { ConfusionMatrix } from "./confusion.js";
import type { DecisionPoint } from "./decision-curve.js";
import type { Estimate } from "./estimate.js";
import type { JoinedResults } from "./joined-results.js";
import type { MetricName } from "./metrics/registry.js";
import type { Mistake } from "./mistakes.js";
import type { OperatingPoint } from "./operating-points.js";
import type { PrPoint } from "./precision-recall.js";
import type { PredictiveValues } from "./predictive-values.js";
import type { RocPoint } from "./roc.js";
import type { Subgroup } from "./subgroups/subgroups.js";
import type { ThresholdChoice } from "./threshold.js";
import type { Abstention } from "./unsure/abstention.js";

/**
 * Everything that a list of scored images amounts to at one threshold; curves and calibration depend on the scores alone.
 */
export interface Evaluation {
  /** Images. */
  readonly n: number;
  /** Images of pneumonia and of normal lungs. */
  readonly positives: number;
  readonly negatives: number;
  /** Null where patients are not known. */
  readonly patients: number | null;
  readonly threshold: ThresholdChoice;
  /** What a threshold that a user gave is the best of on these very images, such as "accuracy"; empty for other thresholds. */
  readonly thresholdOptima: readonly string[];
  /**
   * Proportions (accuracy, sensitivity, specificity, ppv, npv) carry Wilson's interval for the number of independent images that
   * the patients' images amount to; the others a bootstrap by patient. `value` is null where there is nothing to divide by.
   */
  readonly metrics: Readonly<Record<MetricName, Estimate>>;
  readonly confusion: ConfusionMatrix;
  /** scikit-learn's table with the study's class names, and its numbers. */
  readonly report: ClassificationReport;
  /** Corners only (scikit-learn's drop_intermediate); null where a class is missing. */
  readonly roc: readonly RocPoint[] | null;
  readonly pr: readonly PrPoint[] | null;
  /** Read off this curve after the fact: a description, not thresholds to use. */
  readonly operatingPoints: readonly OperatingPoint[];
  readonly calibration: Calibration & CalibrationUncertainty;
  /** Where pneumonia is as common as stated; null where a class is missing. */
  readonly predictiveValues: readonly PredictiveValues[] | null;
  /** By rising threshold probability; null where a class is missing. */
  readonly decisionCurve: readonly DecisionPoint[] | null;
  /** Null where patients are not known, or none has more than one image. */
  readonly perPatient: JoinedResults | null;
  /** Null where patients or studies are not known, or no study has more than one image. */
  readonly perStudy: JoinedResults | null;
  /** By age, sex, view, source and finding, where these are known and differ. */
  readonly subgroups: readonly Subgroup[];
  /** What answering "unsure" amounts to; null where nobody asked for that. */
  readonly unsure: Abstention | null;
  /** The most confident first. */
  readonly mistakes: readonly Mistake[];
  readonly settings: { readonly seed: number; readonly resamples: number; readonly level: number };
}

// Every plotted figure of a report by its file name: which exist depends on what the input holds. The report places
// them by these names and the run folder gets each as SVG and PNG.
import { countMetrics } from "../../evaluation/confusion.js";
import type { ReportInput } from "../report-input.js";
import { calibrationFigure } from "./calibration.js";
import { classDistributionFigure } from "./class-distribution.js";
import { confusionMatrixFigure } from "./confusion-matrix.js";
import { decisionCurveFigure } from "./decision-curve.js";
import { precisionRecallFigure } from "./precision-recall.js";
import { riskCoverageFigure } from "./risk-coverage.js";
import { rocFigure } from "./roc.js";
import { scoreHistogramFigure } from "./score-histogram.js";
import { subgroupsFigure } from "./subgroups.js";
import { accuracyFigure, aucFigure, learningRateFigure, lossFigure } from "./training-curves.js";

export type FigureName =
  | "class-distribution"
  | "training-loss"
  | "training-accuracy"
  | "training-auc"
  | "learning-rate"
  | "confusion-matrix"
  | "roc"
  | "precision-recall"
  | "calibration"
  | "decision-curve"
  | "risk-coverage"
  | "subgroups"
  | "score-histogram";

/** Figure name -> SVG text. A figure whose numbers do not exist (no training, one class only) is absent. */
export function drawFigures(input: ReportInput): ReadonlyMap<FigureName, string> {
  const figures = new Map<FigureName, string>([["class-distribution", classDistributionFigure(input.dataset.splits)]]);
  const { training } = input;
  if (training !== undefined && training.history.length > 0) {
    figures.set("training-loss", lossFigure(training));
    figures.set("training-accuracy", accuracyFigure(training));
    if (training.history.some((row) => row.validationAuc !== null)) figures.set("training-auc", aucFigure(training));
    figures.set("learning-rate", learningRateFigure(training));
  }
  for (const [name, svg] of evaluationFigures(input)) figures.set(name, svg);
  return figures;
}

/** Those of the test results. */
export function evaluationFigures({
  evaluation: { test },
  testScores: scores,
  dimensions,
}: Pick<ReportInput, "evaluation" | "testScores" | "dimensions">): ReadonlyMap<FigureName, string> {
  const figures = new Map<FigureName, string>();
  const { confusion, metrics, calibration, n } = test;
  const threshold = test.threshold.value;
  const at = countMetrics(confusion);
  const part = "test";
  figures.set("confusion-matrix", confusionMatrixFigure({ confusion, threshold, part }));
  if (test.roc !== null) {
    const { sensitivity, specificity } = at;
    figures.set("roc", rocFigure({ curve: test.roc, auc: metrics.auc, threshold, sensitivity, specificity, part, n }));
  }
  if (test.pr !== null) {
    figures.set(
      "precision-recall",
      precisionRecallFigure({
        curve: test.pr,
        averagePrecision: metrics.averagePrecision,
        prevalence: test.positives / n,
        threshold,
        precision: metrics.ppv.value,
        recall: at.sensitivity,
        part,
        n,
      }),
    );
  }
  figures.set(
    "calibration",
    calibrationFigure({
      bins: calibration.bins,
      brier: metrics.brier.value,
      classWiseError: calibration.classWiseError,
      part,
      n,
    }),
  );
  if (test.subgroups.length > 0) figures.set("subgroups", subgroupsFigure(test, dimensions));
  if (test.decisionCurve !== null) {
    figures.set(
      "decision-curve",
      decisionCurveFigure({ points: test.decisionCurve, level: test.settings.level, part, n }),
    );
  }
  if (test.unsure !== null) {
    figures.set("risk-coverage", riskCoverageFigure({ unsure: test.unsure, part, n }));
  }
  figures.set("score-histogram", scoreHistogramFigure({ rows: scores, threshold, part }));
  return figures;
}

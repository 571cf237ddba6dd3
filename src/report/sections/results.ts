// The test results in full, and how to read them without statistics.

import { formatEstimate, formatValue } from "../../evaluation/estimate.js";
import type { Evaluation } from "../../evaluation/evaluation.js";
import type { MetricTable } from "../../evaluation/metrics/metric.js";
import { shownMetrics } from "../../evaluation/metrics/registry.js";
import type { ReportAssets } from "../assets.js";
import { html, type Markup } from "../html.js";
import { count, counted, percent, proportion } from "../numbers.js";
import type { ReportInput } from "../report-input.js";
import { drawing, type Section, table } from "./parts.js";
import { perPatientPart, subgroupsPart } from "./parts-of-results.js";

export function resultsSection(input: ReportInput, assets: ReportAssets): Section {
  const { test, validation } = input.evaluation;
  const body = html`${reading(test)}
<div class="figures">
${drawing(assets, "confusion-matrix", "Every test image by its true class (rows) and the model's answer (columns). Right answers lie on the diagonal from the upper left.")}
${drawing(assets, "score-histogram", "Scores of the two classes. The better the model, the further apart they lie; where they overlap, any threshold makes mistakes.")}
${drawing(assets, "roc", "Sensitivity against the share of false alarms as the threshold moves. The dot is the threshold in use. AUC 0.5 is chance, 1 is perfect.")}
${drawing(assets, "precision-recall", "Of the images called pneumonia, the share that are, against the share of pneumonias found. Depends on how common pneumonia is among the images.")}
${drawing(assets, "calibration", html`Whether a score can be read as a probability: dots on the diagonal mean yes, below it that scores are too high. Bars are 95% intervals. ${calibrationWords(test)}`)}
<figure class="drawing"><h3>Classification report</h3><pre tabindex="0">${test.report.text}</pre>
<figcaption>The table scikit-learn prints, with the study's class names and order. Recall of pneumonia is the sensitivity, recall of normal the specificity.</figcaption></figure>
</div>
<h3>All measures</h3>
${metricsTable(test, validation, input.metrics)}
${perPatientPart(input)}
${operatingPoints(test)}
${subgroupsPart(input)}`;
  return { id: "results", short: "Test results", title: `Test results on ${counted(test.n, "image")}`, body };
}

function reading({ positives, n, metrics, confusion }: Evaluation): Markup {
  const falseAlarms = confusion.falsePositives;
  return html`<div class="aside"><h3>How to read these numbers</h3>
<dl class="words">
<div><dt>Sensitivity</dt><dd>Of 100 images with pneumonia, how many the model calls pneumonia. What is missing to 100 it overlooks: here ${counted(confusion.falseNegatives, "image")}.</dd></div>
<div><dt>Specificity</dt><dd>Of 100 images without it, how many the model leaves alone. What is missing to 100 are false alarms: here ${counted(falseAlarms, "image")}.</dd></div>
<div><dt>ROC AUC</dt><dd>Take one image with and one without pneumonia at random: the chance that the first has the higher score. It does not depend on the threshold.</dd></div>
<div><dt>Predictive values</dt><dd>How far to trust one answer. They depend on how common pneumonia is: here ${percent(positives / n)} of the images, far more than in most clinics. ${prevalenceExample(metrics.sensitivity.value, metrics.specificity.value)}</dd></div>
</dl></div>`;
}

/** Bayes' rule at a prevalence a reader can picture. */
function prevalenceExample(sensitivity: number | null, specificity: number | null): string {
  if (sensitivity === null || specificity === null) return "";
  const prevalence = 0.1;
  const found = sensitivity * prevalence;
  const called = found + (1 - specificity) * (1 - prevalence);
  if (called === 0) return "";
  return `Where 10% have pneumonia, a positive answer from this model would be right in ${percent(found / called)} of cases.`;
}

function calibrationWords({ calibration, metrics }: Evaluation): string {
  const { slope, expectedCalibrationError } = calibration;
  const tendency =
    slope === null
      ? ""
      : slope < 0.9
        ? " Scores are too extreme (slope below 1)."
        : slope > 1.1
          ? " Scores are too timid (slope above 1)."
          : "";
  return `Expected calibration error ${proportion(expectedCalibrationError)} over ${calibration.binCount} bins, Brier score ${formatValue(metrics.brier.value)}${slope === null ? "" : `, calibration slope ${slope.toFixed(2)}`}.${tendency}`;
}

function metricsTable(test: Evaluation, validation: Evaluation | undefined, metrics?: MetricTable): Markup {
  const validated = validation && shownMetrics(validation.metrics, metrics);
  const level = `${Math.round(100 * test.settings.level)}%`;
  const column = (title: string) => ({ title, kind: "number" as const });
  return table({
    caption: `Value with ${level} interval. Proportions: Wilson; the others: bootstrap by ${test.patients === null ? "image" : "patient"}, ${count(test.settings.resamples)} samples.`,
    columns: [
      { title: "Measure" },
      column(`Test (n = ${count(test.n)})`),
      ...(validation === undefined ? [] : [column(`Validation (n = ${count(validation.n)})`)]),
    ],
    rows: [
      ...shownMetrics(test.metrics, metrics).map(({ title, found }, i) => ({
        cells: [title, ...[found, validated?.[i]?.found].flatMap((each) => (each ? [formatEstimate(each)] : []))],
      })),
      {
        cells: [
          "ROC AUC, DeLong's interval",
          formatEstimate(test.aucDeLong),
          ...(validation === undefined ? [] : [formatEstimate(validation.aucDeLong)]),
        ],
      },
    ],
  });
}

function operatingPoints({ operatingPoints: points }: Evaluation): Markup | null {
  if (points.length === 0) return null;
  return html`<h3>Other points of the ROC curve</h3>
<p>Read off the test curve afterwards, to compare with papers. They are not thresholds to use: those must come from other images.</p>
${table({
  caption: "Best counterpart at a wanted sensitivity or specificity.",
  columns: [
    { title: "Wanted" },
    { title: "Sensitivity", kind: "number" },
    { title: "Specificity", kind: "number" },
    { title: "Threshold", kind: "number" },
  ],
  rows: points.map((point) => ({
    cells: [
      `${point.wanted} at least ${proportion(point.target)}`,
      proportion(point.sensitivity),
      proportion(point.specificity),
      formatValue(point.threshold),
    ],
  })),
})}`;
}

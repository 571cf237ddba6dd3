// The test results in full, and how to read them without statistics.

import { formatEstimate, formatValue } from "../../evaluation/estimate.js";
import type { Evaluation } from "../../evaluation/evaluation.js";
import type { MetricTable } from "../../evaluation/metrics/metric.js";
import { shownMetrics } from "../../evaluation/metrics/registry.js";
import type { ReportAssets } from "../assets.js";
import {
  calibrationColumns,
  calibrationNote,
  calibrationRows,
  calibrationVerdict,
  predictiveColumns,
  predictiveRows,
  prevalenceExample,
} from "../calibration-words.js";
import { html, type Markup } from "../html.js";
import { intervalsText } from "../interval-words.js";
import { count, counted, percent, proportion } from "../numbers.js";
import { drawing, type Section, table } from "./parts.js";
import { perPatientPart, type ReportedResults, subgroupsPart, unsurePart } from "./parts-of-results.js";

export function resultsSection(input: ReportedResults, assets: ReportAssets): Section {
  const { test, validation } = input.evaluation;
  const body = html`${reading(test)}
<div class="figures">
${drawing(assets, "confusion-matrix", "Every test image by its true class (rows) and the model's answer (columns). Right answers lie on the diagonal from the upper left.")}
${drawing(assets, "score-histogram", "Scores of the two classes. The better the model, the further apart they lie; where they overlap, any threshold makes mistakes.")}
${drawing(assets, "roc", "Sensitivity against the share of false alarms as the threshold moves. The dot is the threshold in use. AUC 0.5 is chance, 1 is perfect.")}
${drawing(assets, "precision-recall", "Of the images called pneumonia, the share that are, against the share of pneumonias found. Depends on how common pneumonia is among the images.")}
${drawing(assets, "calibration", html`Whether a score can be read as a probability: dots on the diagonal mean yes, below it that scores are too high. Bars are 95% intervals. ${calibrationVerdict(test)}`)}
${drawing(assets, "decision-curve", "What acting on the score would be worth, to someone who would act from that chance of pneumonia on: pneumonias found less weighted false alarms, as a share of all images. Above both dashed lines the model helps. It takes scores for probabilities, and pneumonia for as common as among these images.")}
<figure class="drawing"><h3>Classification report</h3><pre tabindex="0">${test.report.text}</pre>
<figcaption>The table scikit-learn prints, with the study's order, pneumonia first. Recall of pneumonia is the sensitivity, recall of normal the specificity.</figcaption></figure>
</div>
<h3>All measures</h3>
${metricsTable(test, validation, input.metrics)}
${predictiveValues(test)}
${calibrationTable(test)}
${unsurePart(input, assets)}
${perPatientPart(input)}
${operatingPoints(test)}
${subgroupsPart(input, assets)}`;
  return { id: "results", short: "Test results", title: `Test results on ${counted(test.n, "image")}`, body };
}

function reading(test: Evaluation): Markup {
  const { positives, n, confusion } = test;
  const falseAlarms = confusion.falsePositives;
  return html`<div class="aside"><h3>How to read these numbers</h3>
<dl class="words">
<div><dt>Sensitivity</dt><dd>Of 100 images with pneumonia, how many the model calls pneumonia. What is missing to 100 it overlooks: here ${counted(confusion.falseNegatives, "image")}.</dd></div>
<div><dt>Specificity</dt><dd>Of 100 images without it, how many the model leaves alone. What is missing to 100 are false alarms: here ${counted(falseAlarms, "image")}.</dd></div>
<div><dt>ROC AUC</dt><dd>Take one image with and one without pneumonia at random: the chance that the first has the higher score. It does not depend on the threshold.</dd></div>
<div><dt>Predictive values</dt><dd>How far to trust one answer. They depend on how common pneumonia is: here ${percent(positives / n)} of the images, far more than in most clinics. ${prevalenceExample(test)}</dd></div>
</dl></div>`;
}

function metricsTable(test: Evaluation, validation: Evaluation | undefined, metrics?: MetricTable): Markup {
  const validated = validation && shownMetrics(validation.metrics, metrics);
  const level = `${Math.round(100 * test.settings.level)}%`;
  const column = (title: string) => ({ title, kind: "number" as const });
  return table({
    caption: `Value with ${level} interval. ${intervalsText(test)}`,
    columns: [
      { title: "Measure" },
      column(`Test (n = ${count(test.n)})`),
      ...(validation === undefined ? [] : [column(`Validation (n = ${count(validation.n)})`)]),
    ],
    rows: shownMetrics(test.metrics, metrics).map(({ title, found }, i) => ({
      cells: [title, ...[found, validated?.[i]?.found].flatMap((each) => (each ? [formatEstimate(each)] : []))],
    })),
  });
}

function predictiveValues(test: Evaluation): Markup | null {
  if (test.predictiveValues === null) return null;
  return html`<h3>Predictive values elsewhere</h3>
${table({
  caption: `By Bayes' rule from the sensitivity and specificity of these images, with ${percent(test.settings.level, 0)} intervals by bootstrap. They hold only where images and patients are like these.`,
  columns: predictiveColumns.map((title, i) => (i === 0 ? { title } : { title, kind: "number" as const })),
  rows: predictiveRows(test).map((cells) => ({ cells })),
})}`;
}

function calibrationTable(test: Evaluation): Markup {
  return html`<h3>Calibration</h3>
${table({
  caption: calibrationNote,
  columns: calibrationColumns(percent(test.settings.level, 0)).map((title, i) =>
    i === 1 ? { title, kind: "number" as const } : { title },
  ),
  rows: calibrationRows(test).map((cells) => ({ cells })),
})}`;
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

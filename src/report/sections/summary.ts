// The first screen: what this is, how good, at which threshold, on how many images, and beside what.
import type { Estimate } from "../../evaluation/estimate.js";
import type { Evaluation } from "../../evaluation/evaluation.js";
import { html, type Markup, trusted } from "../html.js";
import { intervalsInShort, powerText } from "../interval-words.js";
import { count, counted, patientsText, percent, proportion, thresholdText } from "../numbers.js";
import { palette } from "../palette.js";
import { readingSentences } from "../reading-words.js";
import type { ComparisonRow, ReportInput } from "../report-input.js";
import { reversedText } from "../reversed-words.js";
import { alarmSentences } from "../shift-words.js";
import { thresholdSentence } from "../words.js";
import { type Section, table } from "./parts.js";

export function summarySection(input: ReportInput): Section {
  const { test } = input.evaluation;
  const body = html`<p class="lead">${leadText(input)}</p>
${reversedNotice(test)}
${shiftNotice(input)}
${resultCards(test)}
<p>${thresholdSentence(test)} A score of at least ${thresholdText(test.threshold.value)} is called pneumonia.</p>
<p>The marks under the numbers show each value with its interval on a scale from 0.5 to 1. ${intervalsInShort(test)}</p>
${readingNote(input)}
${comparison(input)}`;
  return { id: "summary", short: "Summary", title: "Summary", body };
}

/** Nothing where nobody counted. */
export function readingNote({ reading }: Pick<ReportInput, "reading">): Markup | null {
  return reading === undefined ? null : html`<p>${readingSentences(reading).join(" ")}</p>`;
}

/** The four numbers that a reader looks for. */
export function resultCards(test: Evaluation): Markup {
  const { metrics, confusion } = test;
  const level = `${Math.round(100 * test.settings.level)}%`;
  return html`<ul class="cards">
${card("Sensitivity", metrics.sensitivity, level, `${ofTotalShort(confusion.truePositives, test.positives)} pneumonias`)}
${card("Specificity", metrics.specificity, level, `${ofTotalShort(confusion.trueNegatives, test.negatives)} normals`)}
${card("ROC AUC", metrics.auc, level, "any threshold")}
${card("Accuracy", metrics.accuracy, level, `${ofTotalShort(confusion.truePositives + confusion.trueNegatives, test.n)} images`)}
</ul>`;
}

/** Nothing where the scores rank as they should. */
export function reversedNotice(test: Evaluation): Markup | null {
  const text = reversedText(test, test.metrics.auc);
  return text === undefined ? null : html`<p class="notice"><strong>${text}</strong></p>`;
}

/** Nothing where the threshold was set on images like these, or nobody can tell. */
export function shiftNotice({ shift }: Pick<ReportInput, "shift">): Markup | null {
  const alarm = shift?.alarm;
  if (typeof alarm !== "object" || !alarm.isRaised) return null;
  return html`<p class="notice">${alarmSentences(alarm, "tested").join(" ")}</p>`;
}

function leadText({ model, dataset, evaluation: { test }, training, head }: ReportInput): string {
  const train = dataset.splits.find((split) => split.name === "train");
  const kind = dataset.kind === "synthetic" ? "synthetic phantom" : "chest radiograph";
  const trained =
    train === undefined || (training === undefined && head === undefined)
      ? `${model.title} was evaluated`
      : `${model.title} was trained on ${counted(train.normal + train.pneumonia, kind)} of ${patientsText(train.patients)} and tested`;
  const { truePositives, trueNegatives } = test.confusion;
  const found = `${count(truePositives)} of the ${count(test.positives)} pneumonia images (${percent(ratio(truePositives, test.positives))})`;
  const spared = `${count(trueNegatives)} of the ${count(test.negatives)} normal ones (${percent(ratio(trueNegatives, test.negatives))})`;
  return (
    `${trained} on ${counted(test.n, "image")} of ${patientsText(test.patients)}. ` +
    `It found ${found} and left ${spared} alone.`
  );
}

const ratio = (part: number, total: number) => (total === 0 ? null : part / total);
const ofTotalShort = (part: number, total: number) => `${count(part)} of ${count(total)}`;

function card(name: string, estimate: Estimate, level: string, of: string): Markup {
  const { value, interval } = estimate;
  const range =
    interval === null
      ? "no interval"
      : html`${level} CI <span class="together">${proportion(interval.low)} to ${proportion(interval.high)}</span>`;
  return html`<li class="card"><span class="name">${name}</span> <span class="value">${proportion(value)}</span>
${intervalMark(estimate)}<span class="interval">${range}</span> <span class="of">${of}</span></li>`;
}

/** The estimate as a dot in its interval on a line from 0.5 to 1; below 0.5 it sticks to the left edge. */
function intervalMark({ value, interval }: Estimate): Markup | null {
  if (value === null || interval === null) return null;
  const x = (share: number) => Number((4 + 192 * Math.min(1, Math.max(0, (share - 0.5) / 0.5))).toFixed(1));
  return trusted(
    `<svg viewBox="0 0 200 14" preserveAspectRatio="none" aria-hidden="true">` +
      `<path d="M4,7H196" stroke="${palette.rule}" stroke-width="2"/>` +
      `<path d="M${x(interval.low)},7H${x(interval.high)}" stroke="${palette.accent}" stroke-width="6"/>` +
      `<path d="M${x(value)},0V14" stroke="${palette.ink}" stroke-width="3"/></svg>`,
  );
}

function comparison(input: ReportInput): Markup | null {
  const { metrics } = input.evaluation.test;
  const others = [...(input.reference === undefined ? [] : [input.reference]), ...(input.floors ?? [])];
  if (others.length === 0) return null;
  const own: ComparisonRow = {
    title: `This run: ${input.model.title}`,
    source: `${input.protocol.name} protocol`,
    accuracy: metrics.accuracy.value,
    sensitivity: metrics.sensitivity.value,
    specificity: metrics.specificity.value,
    auc: metrics.auc.value,
  };
  const cells = (row: ComparisonRow) => [
    html`${row.title}<small>${row.source}</small>`,
    ...[row.accuracy, row.sensitivity, row.specificity, row.auc].map((value) =>
      value === null ? "–" : proportion(value),
    ),
  ];
  return html`<h3>Beside other results</h3>
${table({
  caption: `The same measures for this run, and others on the same test images. ${powerText(input.evaluation.test)}`,
  columns: [
    { title: "Classifier" },
    ...["Accuracy", "Sensitivity", "Specificity", "ROC AUC"].map((title) => ({ title, kind: "number" as const })),
  ],
  rows: [{ cells: cells(own), kind: "this" as const }, ...others.map((row) => ({ cells: cells(row) }))],
})}`;
}

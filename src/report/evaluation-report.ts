// report.html of an evaluation: a model's results on labelled images, or what saved predictions amount to. The report of a training
// has more; the sections that both have are the same.
import { join } from "node:path";
import { writeFileAtomically } from "../core/atomic-file.js";
import { researchUseInFull } from "../core/research-use.js";
import type { ReportAssets } from "./assets.js";
import { evaluationFigures } from "./figures/all-figures.js";
import { html } from "./html.js";
import { intervalsInShort, powerText } from "./interval-words.js";
import { count, counted, patientsText, thresholdText } from "./numbers.js";
import { dateText, notices, renderShell } from "./page.js";
import { imageDataUri, svgToPng } from "./png.js";
import type { DatasetFacts, ReportInput } from "./report-input.js";
import { besideTraining } from "./sections/data.js";
import { datasetLimits, imagesLimit } from "./sections/limits.js";
import { mistakesSection } from "./sections/mistakes.js";
import type { Section } from "./sections/parts.js";
import { resultsSection } from "./sections/results.js";
import { readingNote, resultCards, reversedNotice, shiftNotice } from "./sections/summary.js";
import { thresholdSentence } from "./words.js";

export interface EvaluationReportInput
  extends Pick<ReportInput, "evaluation" | "testScores" | "mistakes" | "shift" | "reading" | "metrics" | "dimensions"> {
  /** ISO 8601. */
  readonly createdAt: string;
  readonly version: string;
  /** The model's, or null for predictions of which nobody says what made them. */
  readonly model: string | null;
  /** What the model is for, as its contract says. */
  readonly intendedUse: string | null;
  /** The dataset's folder, or the file of the predictions. */
  readonly measuredOn: string;
  /** Null where no image was read. */
  readonly kind: DatasetFacts["kind"] | null;
  /** "test", "val", "train"; null where it is not known. */
  readonly split: string | null;
  /** Images that could not be read. */
  readonly skipped: number;
}

/** Writes report.html and figures/. @returns the page's path @throws AppError FILE_UNWRITABLE */
export async function writeEvaluationReport(folder: string, input: EvaluationReportInput): Promise<string> {
  const assets = await assetsOf(input);
  for (const [name, svg] of assets.figures) {
    await writeFileAtomically(join(folder, "figures", `${name}.svg`), svg);
    await writeFileAtomically(join(folder, "figures", `${name}.png`), svgToPng(svg));
  }
  const page = join(folder, "report.html");
  await writeFileAtomically(page, renderEvaluation(input, assets));
  return page;
}

async function assetsOf(input: EvaluationReportInput): Promise<ReportAssets> {
  const { mistakes = [] } = input;
  return {
    figures: evaluationFigures(input),
    samples: [],
    mistakes: await Promise.all(mistakes.map(({ image }) => imageDataUri(image))),
    lookedAt: [],
    augmentation: [],
  };
}

function renderEvaluation(input: EvaluationReportInput, assets: ReportAssets): string {
  const { model, measuredOn, kind, split } = input;
  const what = model === null ? "Predictions" : model;
  const sections = [
    summary(input),
    resultsSection(input, assets),
    mistakesSection(input, assets),
    limits(input),
  ].filter((section) => section !== null);
  return renderShell({
    title: `${what} on ${measuredOn}: Pneumoscope evaluation`,
    version: input.version,
    head: html`<header class="top">
<p class="product">Pneumoscope evaluation</p>
<h1>${what} on ${measuredOn}</h1>
<ul class="facts"><li><b>Made</b> ${dateText(input.createdAt)}</li>${split === null ? null : html`<li><b>Images</b> ${split}/</li>`}</ul>
${notices(kind ?? "other")}</header>`,
    sections,
    files: "predictions.csv, from which every number derives, metrics.json, and the figures as SVG and PNG in figures/",
  });
}

function summary(input: EvaluationReportInput): Section {
  const { test } = input.evaluation;
  const skipped =
    input.skipped === 0
      ? ""
      : ` ${counted(input.skipped, "image")} could not be read and ${input.skipped === 1 ? "is" : "are"} left out.`;
  const body = html`<p class="lead">${counted(test.n, "image")} of ${patientsText(test.patients)}, ${count(test.positives)} with pneumonia.${skipped}</p>
${reversedNotice(test)}
${shiftNotice(input)}
${resultCards(test)}
<p>${thresholdSentence(test)} A score of at least ${thresholdText(test.threshold.value)} is called pneumonia.</p>
<p>${intervalsInShort(test)} ${powerText(test)}</p>
${readingNote(input)}
${besideTraining(input)}`;
  return { id: "summary", short: "Summary", title: "Summary", body };
}

function limits({ kind, intendedUse, evaluation: { test } }: EvaluationReportInput): Section {
  const lines = [
    ...(intendedUse === null ? [] : [intendedUse]),
    ...(kind === null ? [] : datasetLimits[kind]),
    "Reading images again to choose between models, thresholds or epochs spoils them as a test.",
    imagesLimit(test.n),
  ];
  const body = html`<p><strong>${researchUseInFull}</strong></p>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
  return { id: "limits", short: "Limits", title: "Limits", body };
}

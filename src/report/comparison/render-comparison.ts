// comparison.html: several models side by side on one page, in the look of a single run's report.
import { researchUseInFull } from "../../core/research-use.js";
import { formatEstimate } from "../../evaluation/estimate.js";
import { html, type Markup, trusted } from "../html.js";
import { count, counted, patientsText, percent, proportion } from "../numbers.js";
import { dateText, notices, renderShell } from "../page.js";
import { imageDataUri } from "../png.js";
import { datasetLimits } from "../sections/limits.js";
import { imageList, type Section, table } from "../sections/parts.js";
import { type ComparisonFigureName, comparisonFigures } from "./comparison-figures.js";
import type { ComparisonInput } from "./comparison-input.js";
import {
  type ComparisonCell,
  type ComparisonTable,
  comparisonNotes,
  comparisonTables,
  ensembleTitle,
  missingText,
} from "./comparison-tables.js";

type Figures = ReadonlyMap<ComparisonFigureName, string>;

/** The whole page as text. `figures` as `comparisonFigures` draws them. */
export async function renderComparison(
  input: ComparisonInput,
  figures: Figures = comparisonFigures(input),
): Promise<string> {
  const tables = new Map(comparisonTables(input).map((one) => [one.id, one]));
  const shown = (id: ComparisonTable["id"]) => tableMarkup(tables.get(id));
  const sections = [
    resultsSection(input, figures, shown("results"), shown("spread")),
    foldsSection(shown("folds")),
    curvesSection(figures),
    testsSection(shown("tests")),
    studySection(shown("performance"), shown("parameters")),
    await mistakesSection(input),
    trainingsSection(input, shown("trainings")),
    limitsSection(input),
  ].filter((section) => section !== null);
  const { dataset, comparison } = input;
  const models = comparison.models.length;
  const what = input.folds === null ? "Comparison" : "Cross-validation";
  const tested =
    input.folds === null
      ? html`<b>Test images</b> ${count(comparison.n)}`
      : html`<b>Images</b> ${count(comparison.n)} in ${input.folds} folds`;
  return renderShell({
    title: `${what} on ${dataset.name}: Pneumoscope`,
    version: input.version,
    head: html`<header class="top">
<p class="product">Pneumoscope ${what.toLowerCase()}</p>
<h1>${counted(models, "model")} on ${dataset.name}</h1>
<ul class="facts"><li><b>${what}</b> ${input.name}</li><li><b>Made</b> ${dateText(input.createdAt)}</li><li>${tested}</li></ul>
${notices(dataset.kind)}${gapNotice(input)}</header>`,
    sections,
    files: "comparison.csv and comparison.md with the same numbers, the figures as SVG and PNG in figures/",
  });
}

function tableMarkup(one: ComparisonTable | undefined): Markup | null {
  if (one === undefined) return null;
  return table({
    caption: one.caption,
    columns: one.columns,
    rows: one.rows.map(({ cells, kind }) => ({
      cells: cells.map(cellMarkup),
      ...(kind === "beside" && { kind }),
      ...(kind === "ensemble" && { kind: "this" as const }),
    })),
  });
}

function cellMarkup(cell: ComparisonCell): string | Markup {
  return typeof cell === "string" ? cell : html`${cell.value}<small>${cell.detail}</small>`;
}

function gapNotice({ missing }: ComparisonInput): Markup | null {
  if (missing.length === 0) return null;
  const trainings = missing.reduce((sum, { seeds }) => sum + seeds.length, 0);
  return html`<div class="notice"><strong>${counted(trainings, "training")} failed:</strong> the comparison has gaps.
<ul>${missing.map((runs) => html`<li>${missingText(runs)}: ${runs.reason}</li>`)}</ul></div>`;
}

function resultsSection(
  input: ComparisonInput,
  figures: Figures,
  results: Markup | null,
  spread: Markup | null,
): Section {
  const marks = comparisonNotes({ ...input, missing: [] });
  const body = html`<p class="lead">${leadText(input)}</p>
${figure(figures, "intervals", "Each classifier as a dot with its interval. Where two intervals overlap widely, the test images cannot tell the two apart; the paired tests below ask that question properly.", "wide")}
${results}
${marks.map((note) => html`<p>${note}</p>`)}
${spread === null ? null : html`<h3>Spread over seeds</h3>${spread}`}`;
  return { id: "results", short: "Results", title: "Results", body };
}

function leadText({ comparison, rows, folds }: ComparisonInput): string {
  const { models, ensembles, floors } = comparison;
  const ranked = models.flatMap((model) => (model.metrics.auc.value === null ? [] : [model]));
  const best = ranked.reduce<(typeof ranked)[number] | undefined>(
    (a, b) => ((a?.metrics.auc.value ?? -1) >= (b.metrics.auc.value ?? -1) ? a : b),
    undefined,
  );
  const runs = rows.reduce((sum, row) => sum + Math.max(row.seeds.length, row.folds.length), 0);
  const images = folds === null ? counted(comparison.n, "test image") : counted(comparison.n, "image");
  const divided = folds === null ? "" : `, divided by patient into ${folds} folds`;
  const begin = `${counted(models.length, "model")} (${counted(runs, "training")}) on the same ${images} of ${patientsText(comparison.patients)}${divided}.`;
  if (best === undefined) return begin;
  const { auc, accuracy, sensitivity, specificity } = best.metrics;
  const highest =
    ` ${models.length > 1 ? `${best.title} has the highest AUC` : `${best.title} reaches an AUC of`}: ${formatEstimate(auc)}. At its threshold it calls ${percent(accuracy.value)} of the images right ` +
    `(sensitivity ${proportion(sensitivity.value)}, specificity ${proportion(specificity.value)}).`;
  const together = ensembles.at(-1);
  const ensemble =
    together === undefined
      ? ""
      : ` ${ensembleTitle(together, models.length)}, as the mean of their scores: AUC ${proportion(together.metrics.auc.value)}, accuracy ${proportion(together.metrics.accuracy.value)}.`;
  const floor = floors.reduce<(typeof floors)[number] | undefined>(
    (a, b) => ((a?.metrics.auc.value ?? -1) >= (b.metrics.auc.value ?? -1) ? a : b),
    undefined,
  );
  const beside =
    floor === undefined
      ? ""
      : ` The best shortcut floor, a logistic regression (${floor.title.toLowerCase()}), reaches an AUC of ${proportion(floor.metrics.auc.value)}.`;
  return begin + highest + ensemble + beside;
}

function foldsSection(folds: Markup | null): Section | null {
  if (folds === null) return null;
  return { id: "folds", short: "Folds", title: "Each fold", body: html`${folds}` };
}

function curvesSection(figures: Figures): Section | null {
  if (!figures.has("roc-curves")) return null;
  const body = html`<div class="figures">
${figure(figures, "roc-curves", "Sensitivity against the share of false alarms as the threshold moves; dots are thresholds in use. A curve of several seeds is their mean: the area under it is the mean AUC. Grey: shortcut floors.")}
${figure(figures, "roc-corner", "The same curves where the good ones lie close together.")}
</div>`;
  return { id: "curves", short: "ROC curves", title: "ROC curves", body };
}

function testsSection(tests: Markup | null): Section | null {
  if (tests === null) return null;
  const body = html`<p>All models saw the same images, so they are compared image by image. Only images on which two models disagree tell them apart.</p>${tests}`;
  return { id: "tests", short: "Paired tests", title: "Which differences can these images show?", body };
}

function studySection(performance: Markup | null, parameters: Markup | null): Section {
  const body = html`<h3>Performance</h3>${performance}<h3>Parameters</h3>${parameters}`;
  return { id: "study", short: "The study's tables", title: "The study's tables", body };
}

async function mistakesSection({ comparison, commonMistakes }: ComparisonInput): Promise<Section | null> {
  const { models, n } = comparison;
  if (models.length < 2) return null;
  const total = comparison.commonMistakes.length;
  const uris = await Promise.all(commonMistakes.map(({ image }) => imageDataUri(image)));
  const shown =
    commonMistakes.length < total
      ? ` Shown: the ${commonMistakes.length} whose scores lie furthest from the label.`
      : "";
  const body = html`<p>${counted(total, "image")} of ${count(n)} ${total === 1 ? "is" : "are"} called wrongly by every model.${shown}
 What no model can read may be an unusual film, a finding too faint for this size, or a label that is itself wrong: they are the first to look at. Scores are told by model, in the order of the table.</p>
${
  uris.length === 0
    ? null
    : imageList(
        commonMistakes.map(({ label, scores, caption }, i) => ({
          uri: uris[i] ?? "",
          alt: `Chest radiograph, labelled ${label === 1 ? "pneumonia" : "normal"}, called ${label === 1 ? "normal" : "pneumonia"} by all models`,
          strong: label === 1 ? "Missed pneumonia" : "False alarm",
          lines: [`Scores ${scores.map(proportion).join(", ")}`, caption],
        })),
      )
}
${uris.length === 0 && total > 0 ? html`<ul>${comparison.commonMistakes.slice(0, listedNames).map(({ name }) => html`<li class="long">${name}</li>`)}</ul>` : null}`;
  return { id: "mistakes", short: "Missed by all", title: "Images that all models get wrong", body };
}

/** Names that stand in for images that could not be read. */
const listedNames = 20;

function trainingsSection({ rows }: ComparisonInput, trainings: Markup | null): Section {
  const body = html`${trainings}
<details><summary>Run folders and the commands that repeat them</summary>
${rows.map(
  ({ title, runs }) => html`<h3>${title}</h3>
${runs.map(({ folder, command }) => html`<p class="long">${folder}</p><pre tabindex="0">${command}</pre>`)}`,
)}</details>`;
  return { id: "trainings", short: "Trainings", title: "The trainings", body };
}

function limitsSection({ dataset, comparison, folds }: ComparisonInput): Section {
  const lines = [
    ...datasetLimits[dataset.kind],
    ...(folds === null
      ? []
      : [
          "Cross-validation measures a way of training, not one network: none of the networks here has been tested on all of the images. It says nothing of images from elsewhere.",
        ]),
    "Whoever chooses the best row of this table by its test numbers makes that row look better than it is: the choice itself has then seen the test.",
    ...powerLines(comparison),
    ...(comparison.models.some(({ runs }) => runs === 1)
      ? ["A row of one seed says nothing of how much another seed would change it."]
      : []),
  ];
  const body = html`<p><strong>${researchUseInFull}</strong></p>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>
${dataset.attribution === undefined ? null : html`<p>${dataset.attribution}</p>`}`;
  return { id: "limits", short: "Limits", title: "Limits", body };
}

/** What the paired tests can find, as a range over the pairs. */
function powerLines({ n, patients, tests }: ComparisonInput["comparison"]): readonly string[] {
  if (tests.length === 0) return [];
  const range = (found: readonly (number | null | undefined)[], text: (value: number) => string) => {
    const values = found.flatMap((value) => value ?? []);
    if (values.length === 0) return "none";
    const [low, high] = [text(Math.min(...values)), text(Math.max(...values))];
    return low === high ? low : `${low} to ${high}`;
  };
  const accuracy = range(
    tests.map(({ calls }) => calls.detectable),
    (value) => (100 * value).toFixed(1),
  );
  const auc = range(
    tests.map(({ auc }) => auc?.detectable),
    (value) => value.toFixed(3),
  );
  return [
    `With ${counted(n, "test image")} of ${patientsText(patients)}, a paired test of two of these models finds, in 80 of 100 such test sets (p < 0.05 before Holm's correction), a true difference of accuracy from ${accuracy} points on and of AUC from ${auc} on, as the pairs' disagreements are. Smaller differences may be chance: a p above 0.05 says that these images cannot tell two models apart, not that the models are equal.`,
  ];
}

function figure(figures: Figures, name: ComparisonFigureName, caption: string, size: "wide" | "" = ""): Markup | null {
  const svg = figures.get(name);
  if (svg === undefined) return null;
  return html`<figure class="drawing ${size}" id="figure-${name}">${trusted(svg)}<figcaption>${caption}</figcaption></figure>
`;
}

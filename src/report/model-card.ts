// model-card.md: the run as a model repository expects it, with Hugging Face's YAML head (model-index) and the words and
// numbers of the report. No second source of facts: everything comes from the report's input.
import { researchUseInFull } from "../core/research-use.js";
import { type Estimate, formatEstimate, formatValue } from "../evaluation/estimate.js";
import { comparedIn, shownMetrics } from "../evaluation/metrics/registry.js";
import {
  calibrationColumns,
  calibrationNote,
  calibrationRows,
  predictiveColumns,
  predictiveRows,
} from "./calibration-words.js";
import { cardFacts } from "./card-facts.js";
import { heatMapCheckText } from "./heat-map-words.js";
import { intervalsText } from "./interval-words.js";
import { joinedTables } from "./joined-table.js";
import { count, counted, duration, patientsCell, patientsText, percent, thresholdText } from "./numbers.js";
import { dateText } from "./page.js";
import { readingSentences } from "./reading-words.js";
import type { ReportInput } from "./report-input.js";
import { reversedText } from "./reversed-words.js";
import { patientsCheck } from "./sections/data.js";
import { penaltyText } from "./sections/head.js";
import { limitLines } from "./sections/limits.js";
import { shiftTable } from "./shift-table.js";
import { ownTestTitle, shiftSentences } from "./shift-words.js";
import { subgroupTable } from "./subgroup-table.js";
import { markdownTable } from "./tables.js";
import { unsureColumns, unsureRows, unsureSentences, unsureTitle } from "./unsure-words.js";
import { thresholdSentence } from "./words.js";

/** The whole file; ends with a line break. */
export function modelCard(input: ReportInput): string {
  const { run, model, dataset } = input;
  const { intendedUse, outOfScope, licences, citations } = cardFacts(input);
  return [
    ...head(input),
    `# ${text(model.title)} on ${text(dataset.name)}`,
    "",
    `**${researchUseInFull}**`,
    "",
    ...(dataset.kind === "synthetic"
      ? ["**Synthetic images.** No patient was involved: these numbers say nothing about pneumonia.", ""]
      : []),
    `${text(model.description ?? model.title)} It gives one score per radiograph, from 0 to 1, the higher the more it looks like the pneumonias it was trained on. Made ${dateText(run.createdAt)} by Pneumoscope ${text(run.version)}, run ${text(run.name)}.`,
    "",
    ...section("Meant for", bullets(intendedUse)),
    ...section("Not meant for", bullets(outOfScope)),
    ...section("Data", dataLines(input)),
    ...section(ownTestTitle, shiftLines(input)),
    ...section("Training", trainingLines(input)),
    ...section(`Results on ${counted(input.evaluation.test.n, "test image")}`, resultLines(input)),
    ...joinedTables(input.evaluation.test, comparedIn(input.metrics)).flatMap(({ title, sentences, columns, rows }) =>
      section(title, [sentences.join(" "), "", ...markdownTable(columns, rows)]),
    ),
    ...section(unsureTitle, unsureLines(input)),
    ...section("Parts of the test images", subgroupLines(input)),
    ...section("Where the model looked", heatMapLines(input)),
    ...section("Limits", bullets(limitLines(input))),
    ...section("Licences", bullets(licences)),
    ...section("To cite", bullets(citations)),
  ].join("\n");
}

/** The YAML head. Texts are JSON strings, which YAML reads as they are. */
function head({ model, dataset, evaluation: { test }, metrics: table }: ReportInput): readonly string[] {
  const quoted = (value: string) => JSON.stringify(value);
  const level = percent(test.settings.level, 0);
  const metrics = shownMetrics(test.metrics, table).flatMap(({ name, title, huggingFace = name, found }) => {
    const { value, interval, n } = found;
    if (value === null) return [];
    const range =
      interval === null ? "" : `, ${level} interval ${formatValue(interval.low)} to ${formatValue(interval.high)}`;
    return [
      `          - type: ${huggingFace}`,
      `            value: ${Number(value.toFixed(6))}`,
      `            name: ${quoted(`${title} (n = ${n}${range})`)}`,
    ];
  });
  return [
    "---",
    ...(model.licence === undefined ? [] : [`license: ${quoted(model.licence.model.toLowerCase())}`]),
    "library_name: pneumoscope",
    "pipeline_tag: image-classification",
    "tags:",
    ...["chest-x-ray", "pneumonia", "research-only", "not-a-medical-device"].map((tag) => `  - ${tag}`),
    "model-index:",
    `  - name: ${quoted(model.title)}`,
    "    results:",
    "      - task:",
    "          type: image-classification",
    "          name: Pneumonia in chest radiographs",
    "        dataset:",
    `          name: ${quoted(dataset.name)}`,
    `          type: ${dataset.kind}`,
    "          split: test",
    "        metrics:",
    ...metrics,
    "---",
    "",
  ];
}

function dataLines({ dataset }: ReportInput): readonly string[] {
  const { attribution, splits } = dataset;
  return [
    ...(attribution === undefined ? [] : [text(attribution), ""]),
    ...markdownTable(
      ["Part", "Normal", "Pneumonia", "Patients"],
      splits.map(({ name, note, normal, pneumonia, patients }) => [
        note === undefined ? name : `${name} (${text(note)})`,
        count(normal),
        count(pneumonia),
        patientsCell(patients),
      ]),
    ),
    "",
    [patientsCheck(dataset), ...(dataset.keptTogether === undefined ? [] : [dataset.keptTogether])].join(" "),
  ];
}

function unsureLines({ evaluation: { test } }: ReportInput): readonly string[] {
  if (test.unsure === null) return [];
  return [...unsureSentences(test.unsure), "", ...markdownTable(unsureColumns, unsureRows(test.unsure))];
}

function shiftLines({ shift }: ReportInput): readonly string[] {
  const shown = shift && shiftTable(shift, "tested");
  if (!shown) return [];
  const { columns, rows, note } = shown;
  const escaped = rows.map((cells) => cells.map((cell) => cell.replace(/^\*/, "\\*")));
  return [...markdownTable(columns, escaped), "", note.replaceAll("*", "\\*"), "", ...shiftSentences(shift, "tested")];
}

function trainingLines({ model, protocol, training, head, run }: ReportInput): readonly string[] {
  const { inputText, weightsText, parameters } = model;
  const lines = [
    ...(inputText === undefined ? [] : [`Input: ${text(inputText)}.`]),
    ...(weightsText === undefined ? [] : [`Weights at the start: ${text(weightsText)}.`]),
    `${count(parameters.total)} parameters, ${count(parameters.trainable)} of them trained.`,
    ...(training === undefined
      ? []
      : [
          `${counted(training.history.length, "epoch")} in ${duration(training.totalSeconds)}; the model is that of epoch ${training.bestEpoch} (${text(training.bestEpochRule)}).`,
        ]),
    ...(head === undefined
      ? []
      : [
          `Logistic regression fitted to its optimum with ${counted(head.tried.length, "penalty", "penalties")}; the model is that of C ${penaltyText(head.c)} (lowest validation loss).`,
        ]),
    ...protocol.rules.map(text),
  ];
  const command = run.command === undefined ? [] : ["", "```sh", run.command.replaceAll("```", ""), "```"];
  return [`Protocol: ${protocol.name}.`, "", ...bullets(lines), ...command];
}

function resultLines({ evaluation: { test }, metrics, reading }: ReportInput): readonly string[] {
  const level = percent(test.settings.level, 0);
  const row = (title: string, estimate: Estimate) => [title, formatEstimate(estimate), count(estimate.n)];
  const reversed = reversedText(test, test.metrics.auc);
  return [
    ...(reversed === undefined ? [] : [`**${reversed}**`, ""]),
    `${counted(test.n, "image")} of ${patientsText(test.patients)}, ${count(test.positives)} with pneumonia. ${thresholdSentence(test)} A score of at least ${thresholdText(test.threshold.value)} is called pneumonia.`,
    ...(reading === undefined ? [] : ["", readingSentences(reading).map(text).join(" ")]),
    "",
    ...markdownTable(
      ["Measure", `Value (${level} interval)`, "n"],
      shownMetrics(test.metrics, metrics).map(({ title, found }) => row(title, found)),
    ),
    "",
    intervalsText(test),
    "",
    ...markdownTable(predictiveColumns, predictiveRows(test)),
    "",
    `Predictive values by Bayes' rule from this sensitivity and specificity.`,
    "",
    ...markdownTable(
      calibrationColumns(level).map((title, i) => (i === 1 ? title : { title })),
      calibrationRows(test),
    ),
    "",
    calibrationNote,
  ];
}

function subgroupLines({ evaluation: { test }, dimensions }: ReportInput): readonly string[] {
  const shown = subgroupTable(test, dimensions);
  if (shown === null) return [];
  const { columns, parts, notes } = shown;
  const empty = columns.slice(1).map(() => "");
  const rows = parts.flatMap((part) => [
    [`**${text(part.title)}**`, ...empty],
    ...part.rows.map(([group = "", ...cells]) => [text(group), ...cells]),
  ]);
  return [...markdownTable(columns, rows), ...notes.flatMap((note) => ["", note.replace(/^\*/, "\\*")])];
}

function heatMapLines({ heatMaps }: ReportInput): readonly string[] {
  if (heatMaps === undefined) return [];
  const { layer, height, width, check } = heatMaps;
  return [
    `Heat maps by Grad-CAM at layer \`${layer.replaceAll("`", "")}\`, ${height} x ${width} cells: where the model looked, not where a disease is.`,
    ...(check === undefined ? [] : ["", heatMapCheckText(check)]),
  ];
}

const bullets = (lines: readonly string[]): readonly string[] => lines.map((line) => `- ${line}`);

/** Nothing where there are no lines. */
function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`## ${title}`, "", ...lines, ""];
}

/** Names of files and folders as words of one line: no markup of theirs takes effect. */
function text(value: string): string {
  return value.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#]/g, "\\$&");
}

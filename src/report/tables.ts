// An evaluation as plain text for a terminal, as Markdown for a model card or an issue, and as CSV for a spreadsheet.

import CliTable from "cli-table3";
import { researchUse } from "../core/research-use.js";
import { thresholdOrigin } from "../core/threshold-origin.js";
import { type ConfusionMatrix, confusionRows, displayOrder } from "../evaluation/confusion.js";
import { type Estimate, formatValue } from "../evaluation/estimate.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import type { MetricTable } from "../evaluation/metrics/metric.js";
import { comparedIn, shownMetrics } from "../evaluation/metrics/registry.js";
import type { DimensionTable } from "../evaluation/subgroups/dimension.js";
import { calibrationColumns, calibrationRows, predictiveColumns, predictiveRows } from "./calibration-words.js";
import { intervalsText } from "./interval-words.js";
import { joinedTables } from "./joined-table.js";
import { count, counted, patientsText, percent, thresholdText } from "./numbers.js";
import { reversedText } from "./reversed-words.js";
import { subgroupTable } from "./subgroup-table.js";
import { unsureColumns, unsureRows, unsureSentences, unsureTitle } from "./unsure-words.js";
import { optimumWarning } from "./words.js";

/**
 * An evaluation as a table for the terminal, with intervals; it ends with a line break.
 * @param title what was evaluated: "Test"
 * @param table the metrics to show; the registry's when absent
 * @param dimensions of subgroups; the registry's when absent
 *
 * @example
 * const run = await openRun("runs/mine");
 * console.log(formatEvaluation(run.evaluation.test));
 */
export function evaluationText(
  evaluation: Evaluation,
  title = "Test",
  table?: MetricTable,
  dimensions?: DimensionTable,
): string {
  const level = percent(evaluation.settings.level, 0);
  const metrics = shownMetrics(evaluation.metrics, table).map((metric) => {
    const { value, interval, n } = metric.found;
    return [metric.title, formatValue(value), intervalText(interval), count(n)];
  });
  const reversed = reversedText(evaluation, evaluation.metrics.auc);
  const lines = [
    headline(evaluation, title),
    thresholdLine(evaluation),
    researchUse, // here, for whoever prints something behind the table
    ...(reversed === undefined ? [] : ["", folded(reversed)]),
    "",
    aligned(["", "value", `${level} interval`, "n"], metrics),
    folded(intervalsText(evaluation)),
    "",
    ...calibrationLines(evaluation),
    aligned(
      ["Confusion matrix", ...displayOrder.map((name) => `called ${name}`)],
      confusionCells(evaluation.confusion).map((cells, i) => [`true ${displayOrder[i]}`, ...cells]),
    ),
    "",
    "Classification report",
    evaluation.report.text.trimEnd(),
    "",
    ...unsureLines(evaluation),
    ...perPatientLines(evaluation, table),
    ...subgroupLines(evaluation, dimensions),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** In lines of at most 100 characters. */
export function folded(text: string): string {
  return text.replace(/(.{1,100})(?: |$)/g, "$1\n").trimEnd();
}

function calibrationLines(evaluation: Evaluation): readonly string[] {
  const level = percent(evaluation.settings.level, 0);
  const predictive = predictiveRows(evaluation);
  return [
    aligned(calibrationColumns(level), calibrationRows(evaluation)),
    "",
    ...(predictive.length === 0 ? [] : [aligned(predictiveColumns, predictive), ""]),
  ];
}

function unsureLines({ unsure }: Evaluation): readonly string[] {
  if (unsure === null) return [];
  return [unsureTitle, folded(unsureSentences(unsure).join(" ")), aligned(unsureColumns, unsureRows(unsure)), ""];
}

/** The metrics that comparisons show; metrics.json and reports have all. */
function perPatientLines(evaluation: Evaluation, table?: MetricTable): readonly string[] {
  return joinedTables(evaluation, comparedIn(table)).flatMap(({ title, sentences, columns, rows }) => [
    title,
    ...sentences,
    aligned(columns, rows),
    "",
  ]);
}

function subgroupLines(evaluation: Evaluation, dimensions?: DimensionTable): readonly string[] {
  const shown = subgroupTable(evaluation, dimensions, 2); // two decimals: terminals are narrow
  if (shown === null) return [];
  const { columns, parts, notes } = shown;
  const empty = columns.slice(1).map(() => "");
  const rows = parts.flatMap((part) => [
    [part.title, ...empty],
    ...part.rows.map(([group, ...cells]) => [`  ${group}`, ...cells]),
  ]);
  return ["Parts of the images", aligned(columns, rows), ...notes, ""];
}

/** Columns lined up without rules: the first to the left, the others to the right. */
export function aligned(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new CliTable({
    chars: Object.fromEntries(borderParts.map((part) => [part, part === "middle" ? "  " : ""])),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
    colAligns: head.map((_, i) => (i === 0 ? "left" : "right")),
  });
  table.push([...head], ...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const borderParts = [
  "top",
  "top-mid",
  "top-left",
  "top-right",
  "bottom",
  "bottom-mid",
  "bottom-left",
  "bottom-right",
  "left",
  "left-mid",
  "mid",
  "mid-mid",
  "right",
  "right-mid",
  "middle",
] as const;

function headline({ n, patients, positives, negatives }: Evaluation, title: string): string {
  return `${title}: ${counted(n, "image")} of ${patientsText(patients)} (${count(positives)} pneumonia, ${count(negatives)} normal)`;
}

function thresholdLine({ threshold, thresholdOptima }: Evaluation): string {
  const line = `Pneumonia where the score is at least ${thresholdText(threshold.value)} (${thresholdOrigin(threshold)})`;
  const warning = optimumWarning(thresholdOptima);
  return warning === undefined ? line : `${line}\n${warning}`;
}

function confusionCells(confusion: ConfusionMatrix): string[][] {
  return confusionRows(confusion).map((row) => {
    const total = row[0] + row[1];
    return row.map((value) => `${count(value)} (${percent(total === 0 ? null : value / total)})`);
  });
}

function intervalText(interval: Estimate["interval"]): string {
  return interval === null ? "–" : `${formatValue(interval.low)}–${formatValue(interval.high)}`;
}

/** A title alone stands above numbers. */
export type MarkdownColumn = string | { readonly title: string; readonly kind?: "number" };

/** Lines of a Markdown table: the first column and texts to the left, numbers to the right. */
export function markdownTable(columns: readonly MarkdownColumn[], rows: readonly (readonly string[])[]): string[] {
  const head = columns.map((column) => (typeof column === "string" ? column : column.title));
  const rules = columns.map((column, i) =>
    i > 0 && (typeof column === "string" || column.kind === "number") ? "---:" : "---",
  );
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(rules), ...rows.map(line)];
}

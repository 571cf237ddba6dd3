// The table of scikit-learn's `classification_report`, character by character, and the numbers in it.
// Written after sklearn/metrics/_classification.py (1.9), `zero_division=0`.
import { AppError } from "../core/errors.js";
import { isCalled } from "./confusion.js";
import { fixedDecimals } from "./fixed-decimals.js";
import type { Scored } from "./prediction.js";

export interface ReportRow {
  readonly name: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** True rows of the class; of all listed classes in the averages. */
  readonly support: number;
}

export interface ClassificationReport {
  /** The printed table; ends with a line break, as scikit-learn's string does. */
  readonly text: string;
  readonly classes: readonly ReportRow[];
  /** Named "accuracy" (its `f1` is the accuracy), or "micro avg" where `labels` leaves out a class that occurs. */
  readonly micro: ReportRow;
  readonly macro: ReportRow;
  readonly weighted: ReportRow;
}

export interface ReportOptions {
  /** The classes to list, in order. Default: all that occur, rising. */
  readonly labels?: readonly number[];
  /** One name per listed class. Default: the labels themselves. */
  readonly targetNames?: readonly string[];
  /** Decimals, default 2. */
  readonly digits?: number;
}

/** In the study's order, without its numbers: its class 0 is pneumonia, which is label 1 in predictions.csv and everywhere else. */
const targetNames = ["Pneumonia", "Normal"] as const;

/** The report of scores at a threshold, in the study's order: pneumonia first, both classes listed whether they occur or not. */
export function studyReport(rows: readonly Scored[], threshold: number, digits = 2): ClassificationReport {
  return classificationReport(
    rows.map((row) => (row.label === 1 ? 0 : 1)),
    rows.map((row) => (isCalled(row, threshold) ? 0 : 1)),
    { labels: [0, 1], targetNames, digits },
  );
}

/**
 * Precision, recall, F1 and support per class with their averages, from whole-number labels.
 * @throws AppError EVALUATION_INPUT where lengths differ, nothing is given, or the names do not fit the labels.
 */
export function classificationReport(
  truth: readonly number[],
  predicted: readonly number[],
  options: ReportOptions = {},
): ClassificationReport {
  const occurring = [...new Set([...truth, ...predicted])].sort((a, b) => a - b);
  const labels = options.labels ?? occurring;
  const names = options.targetNames ?? labels.map(String);
  checkInput(truth, predicted, labels, names);
  const counts = labels.map((label) => countClass(truth, predicted, label));
  const classes = counts.map((count, i) => rowOf(names[i] as string, count));
  const total = counts.reduce(addCounts, { hits: 0, called: 0, support: 0 });
  const isAccuracy = occurring.every((label) => labels.includes(label));
  const report = {
    classes,
    micro: rowOf(isAccuracy ? "accuracy" : "micro avg", total),
    macro: averageRow(
      "macro avg",
      classes,
      classes.map(() => 1),
      total.support,
    ),
    weighted: averageRow(
      "weighted avg",
      classes,
      total.support === 0 ? classes.map(() => 1) : classes.map((row) => row.support),
      total.support,
    ),
  };
  const hasHit = truth.some((label, i) => label === predicted[i]);
  return { text: layOut(report, names, options.digits ?? 2, hasHit), ...report };
}

interface ClassCounts {
  readonly hits: number;
  readonly called: number;
  readonly support: number;
}

function countClass(truth: readonly number[], predicted: readonly number[], label: number): ClassCounts {
  let [hits, called, support] = [0, 0, 0];
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] === label) support++;
    if (predicted[i] === label) called++;
    if (truth[i] === label && predicted[i] === label) hits++;
  }
  return { hits, called, support };
}

const addCounts = (a: ClassCounts, b: ClassCounts): ClassCounts => ({
  hits: a.hits + b.hits,
  called: a.called + b.called,
  support: a.support + b.support,
});

function rowOf(name: string, { hits, called, support }: ClassCounts): ReportRow {
  return {
    name,
    precision: called === 0 ? 0 : hits / called,
    recall: support === 0 ? 0 : hits / support,
    f1: called + support === 0 ? 0 : (2 * hits) / (called + support),
    support,
  };
}

function averageRow(name: string, rows: readonly ReportRow[], weights: readonly number[], support: number): ReportRow {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (key: "precision" | "recall" | "f1") =>
    rows.reduce((sum, row, i) => sum + row[key] * (weights[i] as number), 0) / total;
  return { name, precision: mean("precision"), recall: mean("recall"), f1: mean("f1"), support };
}

/** Where no row is right scikit-learn counts in floating point, and its supports print as "2.0": so do ours. */
function layOut(
  report: Omit<ClassificationReport, "text">,
  names: readonly string[],
  digits: number,
  hasHit: boolean,
): string {
  const width = Math.max(...names.map(lengthOf), "weighted avg".length, digits);
  const line = (name: string, cells: readonly string[]) =>
    `${padStart(name, width)} ${cells.map((cell) => ` ${cell.padStart(9)}`).join("")}\n`;
  const numbers = (row: ReportRow) => [
    ...[row.precision, row.recall, row.f1].map((value) => fixedDecimals(value, digits)),
    `${row.support}${hasHit ? "" : ".0"}`,
  ];
  const { micro, macro, weighted } = report;
  const microCells = micro.name === "accuracy" ? ["", "", ...numbers(micro).slice(2)] : numbers(micro);
  return [
    `${line("", ["precision", "recall", "f1-score", "support"])}\n`,
    ...report.classes.map((row) => line(row.name, numbers(row))),
    "\n",
    line(micro.name, microCells),
    line(macro.name, numbers(macro)),
    line(weighted.name, numbers(weighted)),
  ].join("");
}

/** Characters as Python counts them: code points, not UTF-16 units. */
const lengthOf = (text: string): number => [...text].length;
const padStart = (text: string, width: number): string => " ".repeat(Math.max(0, width - lengthOf(text))) + text;

function checkInput(
  truth: readonly number[],
  predicted: readonly number[],
  labels: readonly number[],
  names: readonly string[],
): void {
  const complain = (rule: string, received: string): never => {
    throw new AppError("EVALUATION_INPUT", {
      place: "classification report",
      rule,
      received,
      remedy: "Correct the call",
    });
  };
  if (truth.length !== predicted.length)
    complain("one prediction per true label", `${truth.length} labels and ${predicted.length} predictions`);
  if (truth.length === 0) complain("at least one row is needed", "none");
  if (labels.length !== names.length)
    complain("one name per listed class", `${labels.length} classes and ${names.length} names`);
}

// The tables of a comparison as plain text cells, made once: the terminal, Markdown and the page lay out the same ones.
import { everyModel, type ModelResult, type PairedTest } from "../../evaluation/comparison.js";
import { type Estimate, formatValue } from "../../evaluation/estimate.js";
import { mean, type Spread, spreadOf } from "../../evaluation/mean-of-runs.js";
import type { MetricTable } from "../../evaluation/metrics/metric.js";
import { type ComparedMetric, comparedIn, shownMetrics } from "../../evaluation/metrics/registry.js";
import type { ThresholdChoice } from "../../evaluation/threshold.js";
import { count, counted, duration, patientsText, percent, pValue, thresholdText } from "../numbers.js";
import { reversedText } from "../reversed-words.js";
import type { ComparisonInput, MissingRuns, ParameterFacts, RowFacts, StudyClass } from "./comparison-input.js";

export interface ComparisonTable {
  readonly id: "results" | "folds" | "spread" | "performance" | "parameters" | "tests" | "trainings";
  readonly title: string;
  /** How to read it, in one or two sentences. */
  readonly caption: string;
  readonly columns: readonly { readonly title: string; readonly kind?: "number" }[];
  readonly rows: readonly ComparisonTableRow[];
}

/** `detail` stands smaller beside or below the value. */
export type ComparisonCell = string | { readonly value: string; readonly detail: string };

export interface ComparisonTableRow {
  /** The first is the row's head. */
  readonly cells: readonly ComparisonCell[];
  /** `beside`: not a model of this comparison (a floor, the study's row, a gap). `ensemble`: several models' mean. */
  readonly kind?: "beside" | "ensemble";
}

/** The cell on one line: "0.925 (0.903–0.943)". */
export const cellText = (cell: ComparisonCell): string =>
  typeof cell === "string" ? cell : `${cell.value} (${cell.detail})`;

/** What stands behind a title whose weights are not those the recipe asks for. */
export const randomMark = "†";

/** Only those that have something to say, in the order of the terminal and of Markdown. */
export function comparisonTables(input: ComparisonInput): readonly ComparisonTable[] {
  const { comparison } = input;
  return [
    resultsTable(input),
    ...(input.folds === null ? [] : [foldsTable(input, input.folds)]),
    ...(comparison.models.some(({ runs }) => runs > 1) ? [spreadTable(input)] : []),
    performanceTable(input),
    ...(comparison.tests.length > 0 ? [testsTable(comparison.tests)] : []),
    parametersTable(input),
    trainingsTable(input),
  ];
}

/** Notes that belong under the tables: the mark, gaps, what is absent. */
export function comparisonNotes({ comparison, rows, missing, notes }: ComparisonInput): readonly string[] {
  const wanted = rows.filter(({ weightsWanted }) => weightsWanted !== null);
  return [
    ...(wanted.length === 0
      ? []
      : [
          `${randomMark} trained from random weights, though the model's recipe asks for published ones (${[...new Set(wanted.map(({ weightsWanted }) => weightsWanted))].join(", ")}). Not comparable with the study's row.`,
        ]),
    ...comparison.models.flatMap(({ title, metrics }) => reversedText(comparison, metrics.auc, title) ?? []),
    ...missing.map((runs) => `Missing: ${missingText(runs)}. ${runs.reason}`),
    ...notes,
  ];
}

/** "MobileNet, seeds 1, 2, 3" */
export const missingText = ({ title, seeds }: Pick<MissingRuns, "title" | "seeds">): string =>
  `${title}, ${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`;

export function rowTitle({ title, weightsWanted }: RowFacts): string {
  return weightsWanted === null ? title : `${title} ${randomMark}`;
}

/** An ensemble's name in tables and figures. */
export function ensembleTitle({ title, runs }: ModelResult, models: number): string {
  if (title === everyModel) return models === 2 ? "Both models" : `All ${models} models`;
  return `${title}, ${runs} seeds`;
}

function resultsTable(input: ComparisonInput): ComparisonTable {
  const { comparison, rows, folds } = input;
  const level = percent(comparison.settings.level, 0);
  const compared = comparedIn(input.metrics);
  const cells = ({ metrics }: ModelResult) => shownMetrics(metrics, compared).map(({ found }) => estimateCell(found));
  const gaps = gapTitles(input);
  return {
    id: "results",
    title: folds === null ? "Results on the test images" : `Results of all ${folds} folds together`,
    caption:
      `Value (${level} interval) on ${counted(comparison.n, "image")} of ${patientsText(comparison.patients)}, ` +
      `${count(comparison.positives)} with pneumonia. Means over seeds where there are several. ${thresholdRule(folds)} An ensemble is one answer from the mean of the scores; a floor is a logistic regression on something simpler than the radiograph. ` +
      `Intervals${comparison.patients === null ? "" : " by patient"}: Wilson's for proportions and the variance of ${comparison.patients === null ? "DeLong" : "Obuchowski"} for AUCs of a single run, otherwise a bootstrap; for a mean over seeds they do not hold the seeds' spread.`,
    columns: [{ title: "Model" }, { title: "Protocol" }, { title: "Threshold" }, ...metricColumns(compared)],
    rows: [
      ...comparison.models.map((model, i) => {
        const facts = rows[i] as RowFacts;
        const seeds = facts.seeds.length === 1 ? `seed ${facts.seeds[0]}` : `${facts.seeds.length} seeds`;
        const head = { value: rowTitle(facts), detail: seeds };
        return { cells: [head, facts.protocol, thresholdsText(facts.thresholds), ...cells(model)] };
      }),
      ...gaps.map((title) => ({
        cells: [{ value: title, detail: "failed" }, "–", "–", ...Object.keys(compared).map(() => "–")],
        kind: "beside" as const,
      })),
      ...comparison.ensembles.map((ensemble) => ({
        cells: [
          { value: ensembleTitle(ensemble, comparison.models.length), detail: "ensemble" },
          "–",
          "mean of theirs",
          ...cells(ensemble),
        ],
        kind: "ensemble" as const,
      })),
      ...comparison.floors.map((floor) => ({
        cells: [{ value: floor.title, detail: "floor" }, "–", "0.5 fixed", ...cells(floor)],
        kind: "beside" as const,
      })),
    ],
  };
}

function thresholdRule(folds: number | null): string {
  if (folds === null) return "Thresholds were fixed before the test was read.";
  return `Every image is scored by the one of ${folds} networks that trained on none of its patient's images, and called at the threshold that this network's own validation chose.`;
}

function foldsTable({ rows, metrics: table }: ComparisonInput, folds: number): ComparisonTable {
  const { brier, ...shown } = comparedIn(table);
  const names = Object.keys(shown) as (keyof typeof shown & ComparedMetric)[];
  return {
    id: "folds",
    title: "Each fold",
    caption:
      `${folds} trainings of each model and seed, each tested on the patients that it was kept from. Below them their mean ± standard deviation (lowest to highest): ` +
      "how much the choice of patients matters. The deviation is not a standard error: the folds' training images overlap.",
    columns: [
      { title: "Model" },
      { title: "Fold", kind: "number" },
      { title: "Images", kind: "number" },
      { title: "Patients", kind: "number" },
      { title: "Threshold", kind: "number" },
      ...metricColumns(shown),
    ],
    rows: rows.flatMap((facts) => [
      ...facts.folds.map(({ seed, fold, n, patients, threshold, values }) => ({
        cells: [
          { value: facts.title, detail: `seed ${seed}` },
          String(fold),
          count(n),
          patients === null ? "–" : count(patients),
          thresholdText(threshold),
          ...names.map((name) => formatValue(values[name])),
        ],
      })),
      {
        cells: [
          { value: facts.title, detail: "mean ± deviation" },
          "–",
          "–",
          "–",
          "–",
          ...names.map((name) => {
            const values = facts.folds.map((fold) => fold.values[name]);
            return spreadCell(mean(values), spreadOf(values));
          }),
        ],
        kind: "ensemble" as const,
      },
    ]),
  };
}

/** Titles of models without any finished run. */
function gapTitles({ missing, rows }: ComparisonInput): readonly string[] {
  const present = new Set(rows.map(({ title }) => title));
  return [...new Set(missing.map(({ title }) => title))].filter((title) => !present.has(title));
}

const metricColumns = (table: MetricTable) =>
  Object.values(table).map(({ title }) => ({ title, kind: "number" as const }));

function spreadTable({ comparison, rows, metrics: table }: ComparisonInput): ComparisonTable {
  const { brier, ...shown } = comparedIn(table); // the Brier score's is in comparison.csv
  return {
    id: "spread",
    title: "Spread over seeds",
    caption:
      "Mean ± standard deviation (lowest to highest) of single runs that differ in nothing but the seed: how much of a difference is luck of the draw.",
    columns: [{ title: "Model" }, { title: "Seeds", kind: "number" }, ...metricColumns(shown)],
    rows: comparison.models.map(({ runs, metrics }, i) => ({
      cells: [
        { value: rowTitle(rows[i] as RowFacts), detail: callText(rows[i] as RowFacts) },
        String(runs),
        ...shownMetrics(metrics, shown).map(({ found }) => spreadCell(found.value, found.spread)),
      ],
    })),
  };
}

function performanceTable({ comparison, rows }: ComparisonInput): ComparisonTable {
  const numbers = ["Prec.", "Recall", "F1"].flatMap((name) => [`${name} P`, `${name} N`]);
  const cells = (accuracy: string, pneumonia: StudyClass, normal: StudyClass, digits: number) => [
    accuracy,
    ...(["precision", "recall", "f1"] as const).flatMap((key) => [
      pneumonia[key].toFixed(digits),
      normal[key].toFixed(digits),
    ]),
  ];
  return {
    id: "performance",
    title: "The study's performance table",
    caption: `Precision, recall and F1 of P, pneumonia, and N, normal. Each model's row, mean over seeds${studyRowsText(rows)}`,
    columns: [
      { title: "Model" },
      { title: "Accuracy", kind: "number" },
      ...numbers.map((title) => ({ title, kind: "number" as const })),
    ],
    rows: comparison.models.flatMap(({ metrics, pneumonia, normal }, i) => {
      const facts = rows[i] as RowFacts;
      const head = { value: rowTitle(facts), detail: callText(facts) };
      const own = { cells: [head, ...cells(formatValue(metrics.accuracy.value), pneumonia, normal, 3)] };
      if (facts.study === null) return [own, notInTheStudy(7)];
      const { scores } = facts.study;
      if (scores === null) return [own];
      const theirs = cells(scores.accuracy.toFixed(4), scores.pneumonia, scores.normal, 2);
      return [own, { cells: ["  in the study", ...theirs], kind: "beside" as const }];
    }),
  };
}

function studyRowsText(rows: readonly RowFacts[]): string {
  const published = rows.flatMap(({ study }) => study ?? []);
  if (published.some(({ scores }) => scores !== null)) {
    return ", with the study's published row below it: one run each, chosen on the same test images.";
  }
  if (published.length === 0) return ".";
  return ". The study's rows hold for the official test images only and are left out.";
}

function parametersTable({ rows }: ComparisonInput): ComparisonTable {
  const cells = ({ trainable, nonTrainable, total }: ParameterFacts) => [trainable, nonTrainable, total].map(count);
  return {
    id: "parameters",
    title: "The study's parameter table",
    caption:
      "Numbers of weights, with the study's published row below. They differ where the input size or the layers that learn do.",
    columns: [
      { title: "Model" },
      ...["Trainable", "Non-trainable", "Total"].map((title) => ({ title, kind: "number" as const })),
    ],
    rows: rows.flatMap((facts) => [
      { cells: [rowTitle(facts), ...cells(facts.parameters)] },
      facts.study === null
        ? notInTheStudy(3)
        : { cells: ["  in the study", ...cells(facts.study.parameters)], kind: "beside" as const },
    ]),
  };
}

/** Below a model that the study does not have, in its tables. @param numbers columns after the first */
const notInTheStudy = (numbers: number) => ({
  cells: ["  not in the study", ...Array<string>(numbers).fill("–")],
  kind: "beside" as const,
});

function testsTable(tests: readonly PairedTest[]): ComparisonTable {
  const isUntested = tests.some(({ auc }) => auc?.p === null);
  return {
    id: "tests",
    title: "Paired tests",
    caption:
      `Two models on the same images, each with its scores averaged over seeds. Only 1st / 2nd: images that only the one calls rightly. ${testsText(tests)} ` +
      "p carries Holm's correction over all pairs, beside it the single test's: below 0.05 it is a difference these images can show. " +
      "Shown from: the smallest true difference that the test finds in 80 of 100 such test sets, at p < 0.05 before the correction." +
      (isUntested
        ? " Where the AUCs differ and no patient's images would change the difference (constant scores beside a perfect ranking), nothing can be tested; the pair still counts in the correction."
        : ""),
    columns: [
      { title: "Models" },
      ...["Only 1st / 2nd", "Accuracy diff.", "p", "shown from", "AUC diff.", "p", "shown from"].map(numbered),
    ],
    rows: tests.map(({ a, b, calls, auc, adjustedCalls, adjustedAuc }) => ({
      cells: [
        `${a} / ${b}`,
        `${count(calls.onlyA)} / ${count(calls.onlyB)}`,
        differenceCell(calls),
        pCell(adjustedCalls, calls.p),
        formatValue(calls.detectable),
        auc === null ? "–" : differenceCell(auc),
        auc === null ? "–" : pCell(adjustedAuc, auc.p),
        formatValue(auc?.detectable ?? null),
      ],
    })),
  };
}

const numbered = (title: string) => ({ title, kind: "number" as const });

/** Which tests were made. */
function testsText([first]: readonly PairedTest[]): string {
  const { calls, auc } = first as PairedTest;
  const ofCalls =
    calls.method === "sign-flip-by-patient"
      ? "p of the calls: exact, from all ways to change the two models' names patient by patient (mid-p; images of one patient go together)"
      : "p of the calls: McNemar's mid-p, as if no two images were of one patient";
  if (auc === null) return `${ofCalls}.`;
  return `${ofCalls}; of the AUCs: ${auc.method === "obuchowski" ? "Obuchowski's test for images of the same patients" : "DeLong's test"}.`;
}

function pCell(adjusted: number | null, single: number | null): ComparisonCell {
  return single === null ? "not testable" : { value: pValue(adjusted), detail: `single ${pValue(single)}` };
}

function differenceCell({
  difference,
  interval,
}: PairedTest["calls"] | NonNullable<PairedTest["auc"]>): ComparisonCell {
  if (interval === null) return signed(difference);
  return { value: signed(difference), detail: `${signed(interval.low)} to ${signed(interval.high)}` };
}

function trainingsTable({ rows }: ComparisonInput): ComparisonTable {
  return {
    id: "trainings",
    title: "The trainings",
    caption: "Weights that were really loaded, mean time of one training without its evaluation, and training speed.",
    columns: [
      { title: "Model" },
      { title: "Weights at the start" },
      { title: "Input", kind: "number" },
      { title: "Validation" },
      { title: "Epochs", kind: "number" },
      { title: "Time", kind: "number" },
      { title: "Images/s", kind: "number" },
      { title: "On" },
    ],
    rows: rows.map((facts) => ({
      cells: [
        rowTitle(facts),
        facts.weights,
        `${facts.imageSize} px`,
        facts.validation,
        count(facts.epochs),
        duration(facts.seconds),
        facts.imagesPerSecond.toFixed(facts.imagesPerSecond < 100 ? 1 : 0),
        facts.machine,
      ],
    })),
  };
}

/** How images were called, beside scores that depend on it: "sound, 0.5 fixed". */
function callText({ title, protocol, thresholds }: RowFacts): string {
  const threshold = thresholdsText(thresholds);
  return title.endsWith(`(${protocol})`) ? threshold : `${protocol}, ${threshold}`;
}

/** "0.5 fixed", "0.431, youden", "0.412 to 0.530, youden". */
export function thresholdsText(thresholds: readonly ThresholdChoice[]): string {
  const values = thresholds.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const word = ({ policy, chosenOn, givenBy }: ThresholdChoice) =>
    givenBy !== undefined ? "given" : chosenOn === null ? "fixed" : policy;
  const policies = [...new Set(thresholds.map(word))];
  const range = low === high ? thresholdText(low) : `${thresholdText(low)} to ${thresholdText(high)}`;
  const [policy = ""] = policies;
  const isNumber = policies.length === 1 && (policy === "fixed" || policy === "given");
  return isNumber ? `${range.replace(/\.?0+$/, "")} ${policy}` : `${range}, ${policies.join(", ")}`;
}

function estimateCell({ value, interval }: Estimate) {
  const shown = formatValue(value);
  if (value === null || interval === null) return shown;
  return { value: shown, detail: `${formatValue(interval.low)}–${formatValue(interval.high)}` };
}

function spreadCell(value: number | null, spread: Spread | null) {
  if (value === null || spread === null) return formatValue(value);
  const { deviation, lowest, highest } = spread;
  return {
    value: `${formatValue(value)} ± ${formatValue(deviation)}`,
    detail: `${formatValue(lowest)}–${formatValue(highest)}`,
  };
}

function signed(difference: number): string {
  const text = Math.abs(difference).toFixed(3);
  return difference < 0 && text !== "0.000" ? `−${text}` : text;
}

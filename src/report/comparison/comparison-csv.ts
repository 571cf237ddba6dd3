// comparison.csv: one line per classifier, numbers in full, empty cells where there is none. For spreadsheets and scripts.
import { stringify } from "csv-stringify/sync";
import { disarmFormula } from "../../core/spreadsheet-text.js";
import type { ModelResult } from "../../evaluation/comparison.js";
import type { MetricTable } from "../../evaluation/metrics/metric.js";
import { comparedIn, shownMetrics } from "../../evaluation/metrics/registry.js";
import type { ComparisonInput, RowFacts, StudyScores } from "./comparison-input.js";
import { thresholdsText } from "./comparison-tables.js";

/** Kinds of lines: model, fold (of a cross-validation), ensemble, floor, study (as published), missing (a training that failed). */
export function comparisonCsv(input: ComparisonInput): string {
  const { comparison, rows, missing } = input;
  const compared = comparedIn(input.metrics);
  const lines = [
    ...comparison.models.map((model, i) => resultLine(model, compared, rows[i])),
    ...rows.flatMap(({ title, protocol, folds }) =>
      folds.map(({ seed, fold, n, patients, threshold, values }) => ({
        ...values,
        kind: "fold",
        title,
        runs: 1,
        seeds: seed,
        protocol,
        threshold,
        fold,
        images: n,
        patients,
      })),
    ),
    ...comparison.ensembles.map((ensemble) => resultLine(ensemble, compared)),
    ...comparison.floors.map((floor) => resultLine(floor, compared)),
    ...rows.flatMap(({ title, study }) => {
      if (study === null) return [{ kind: "study", title, remark: "not in the study" }];
      return study.scores === null ? [] : [studyLine(title, study.scores, study.parameters)];
    }),
    ...missing.map(({ title, seeds, reason }) => ({ kind: "missing", title, seeds: seeds.join(" "), remark: reason })),
  ];
  const columns = [
    ...fixedColumns,
    ...Object.keys(compared).flatMap(metricColumns),
    ...classColumns,
    ...factColumns,
    "remark",
  ];
  const cells = (line: Line) => columns.map((column) => cell(line[column]));
  return stringify([columns, ...lines.map(cells)], { record_delimiter: "unix" });
}

type Line = Readonly<Record<string, string | number | null | undefined>>;

const fixedColumns = ["kind", "title", "runs", "seeds", "protocol", "threshold", "fold", "images", "patients"] as const;
const metricColumns = (metric: string) => [
  metric,
  `${metric}_low`,
  `${metric}_high`,
  `${metric}_interval`,
  `${metric}_deviation`,
];
const classColumns = ["precision", "recall", "f1"].flatMap((name) => [`${name}_pneumonia`, `${name}_normal`]);
const factColumns = [
  "weights",
  "validation",
  "image_size",
  "trainable",
  "non_trainable",
  "total",
  "epochs",
  "seconds",
  "images_per_second",
  "machine",
] as const;

function resultLine(result: ModelResult, compared: MetricTable, facts?: RowFacts): Line {
  const metrics = shownMetrics(result.metrics, compared).map(({ name, found: { value, interval, spread } }): Line => {
    const cells = [value, interval?.low, interval?.high, interval?.method, spread?.deviation];
    return Object.fromEntries(metricColumns(name).map((column, i) => [column, cells[i]]));
  });
  return {
    kind: result.kind,
    title: result.title,
    runs: result.runs,
    ...Object.assign({}, ...metrics),
    ...classCells(result),
    ...(facts !== undefined && factCells(facts)),
  };
}

function factCells(facts: RowFacts): Line {
  const { parameters, weightsWanted } = facts;
  return {
    seeds: facts.seeds.join(" "),
    protocol: facts.protocol,
    threshold: thresholdsText(facts.thresholds),
    weights: facts.weights,
    validation: facts.validation,
    image_size: facts.imageSize,
    trainable: parameters.trainable,
    non_trainable: parameters.nonTrainable,
    total: parameters.total,
    epochs: facts.epochs,
    seconds: facts.seconds,
    images_per_second: facts.imagesPerSecond,
    machine: facts.machine,
    remark: weightsWanted === null ? "" : `random weights where the recipe asks for ${weightsWanted}`,
  };
}

function studyLine(title: string, scores: StudyScores, parameters: RowFacts["parameters"]): Line {
  return {
    kind: "study",
    title,
    runs: 1,
    accuracy: scores.accuracy,
    ...classCells(scores),
    sensitivity: scores.pneumonia.recall,
    specificity: scores.normal.recall,
    trainable: parameters.trainable,
    non_trainable: parameters.nonTrainable,
    total: parameters.total,
  };
}

function classCells({ pneumonia, normal }: Pick<StudyScores, "pneumonia" | "normal">): Line {
  return {
    precision_pneumonia: pneumonia.precision,
    precision_normal: normal.precision,
    recall_pneumonia: pneumonia.recall,
    recall_normal: normal.recall,
    f1_pneumonia: pneumonia.f1,
    f1_normal: normal.f1,
  };
}

function cell(value: Line[string]): string {
  if (value === null || value === undefined) return "";
  return typeof value === "number" ? String(value) : disarmFormula(value);
}

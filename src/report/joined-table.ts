// Results per patient and per study beside those per image, as tables for the terminal, the report and the model card.
import { formatEstimate } from "../evaluation/estimate.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import type { JoinedResults } from "../evaluation/joined-results.js";
import type { MetricTable } from "../evaluation/metrics/metric.js";
import { metrics as registry, shownMetrics } from "../evaluation/metrics/registry.js";
import { count, counted } from "./numbers.js";

export interface JoinedTable {
  readonly title: string;
  /** What is counted, and how. */
  readonly sentences: readonly string[];
  /** The first is of names, the others are of numbers. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** None where patients are not known or have one image each; studies only where they are other units than patients. */
export function joinedTables(evaluation: Evaluation, table: MetricTable = registry): readonly JoinedTable[] {
  const { perPatient, perStudy } = evaluation;
  const hasStudies = perStudy !== null && perStudy.n !== perPatient?.n;
  return [
    ...(perPatient === null ? [] : [joinedTable(evaluation, perPatient, "patient", table)]),
    ...(hasStudies ? [joinedTable(evaluation, perStudy, "study", table)] : []),
  ];
}

type Unit = "patient" | "study";
const plural: Readonly<Record<Unit, string>> = { patient: "patients", study: "studies" };

function joinedTable(evaluation: Evaluation, joined: JoinedResults, unit: Unit, table: MetricTable): JoinedTable {
  const units = (n: number) => counted(n, unit, plural[unit]);
  const n = count(joined.n);
  const columnOf = (found: Evaluation["metrics"]) =>
    shownMetrics(found, table).map((each) => formatEstimate(each.found));
  const columns = [evaluation.metrics, joined.highest.metrics, joined.mean.metrics].map(columnOf);
  const mixed = joined.mixed === 0 ? "" : `, ${count(joined.mixed)} of them with images of both classes`;
  return {
    title: `Results per ${unit}`,
    sentences: [
      `${units(joined.n)}, ${count(joined.positives)} with an image of pneumonia${mixed}; ${count(joined.several)} have more than one image.`,
      `A ${unit}'s score is the highest of its images' scores, or their mean. The threshold is that of images.`,
    ],
    columns: ["Measure", `Images (n = ${count(evaluation.n)})`, `Highest score (n = ${n})`, `Mean score (n = ${n})`],
    rows: shownMetrics(evaluation.metrics, table).map(({ title }, i) => [
      title,
      ...columns.map((column) => column[i] ?? ""),
    ]),
  };
}

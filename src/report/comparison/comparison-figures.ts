// The figures of a comparison by their file names.
import type { ModelResult } from "../../evaluation/comparison.js";
import { type ComparedMetric, metrics as metricTable } from "../../evaluation/metrics/registry.js";
import { type IntervalRow, intervalsFigure } from "../figures/intervals.js";
import { type RocSeries, rocCurvesFigure } from "../figures/roc-curves.js";
import type { ComparisonInput, StudyScores } from "./comparison-input.js";
import { ensembleTitle, rowTitle } from "./comparison-tables.js";

export type ComparisonFigureName = "roc-curves" | "roc-corner" | "intervals";

/** Figure name -> SVG text; ROC curves are absent where the test images are of one class. */
export function comparisonFigures(input: ComparisonInput): ReadonlyMap<ComparisonFigureName, string> {
  const { n, settings } = input.comparison;
  const entries = titledResults(input);
  const rows = entries.map(({ title, result, study }) => intervalRow(title, result, study));
  const figures = new Map<ComparisonFigureName, string>([
    ["intervals", intervalsFigure({ rows, n, level: settings.level })],
  ]);
  // A model's own ensemble of seeds lies so close to its curve that it only hides it.
  const drawn = entries.filter(
    ({ result }) => result.kind !== "ensemble" || result === input.comparison.ensembles.at(-1),
  );
  const series = drawn.flatMap(({ title, result }) => rocSeries(title, result));
  if (series.length === 0) return figures;
  figures.set("roc-curves", rocCurvesFigure({ series, n, part: "whole" }));
  figures.set("roc-corner", rocCurvesFigure({ series, n, part: "corner" }));
  return figures;
}

interface TitledResult {
  readonly title: string;
  readonly result: ModelResult;
  readonly study: StudyScores | null;
}

function titledResults({ comparison, rows }: ComparisonInput): readonly TitledResult[] {
  return [
    ...comparison.models.map((result, i) => {
      const facts = rows[i];
      return {
        title: facts === undefined ? result.title : rowTitle(facts),
        result,
        study: facts?.study?.scores ?? null,
      };
    }),
    ...comparison.ensembles.map((result) => ({
      title: `${ensembleTitle(result, comparison.models.length)} (ensemble)`,
      result,
      study: null,
    })),
    ...comparison.floors.map((result) => ({ title: `${result.title} (floor)`, result, study: null })),
  ];
}

const shownMetrics = ["sensitivity", "specificity", "auc", "accuracy"] as const satisfies readonly ComparedMetric[];

function intervalRow(title: string, { kind, metrics }: ModelResult, study: StudyScores | null): IntervalRow {
  const published = {
    sensitivity: study?.pneumonia.recall ?? null,
    specificity: study?.normal.recall ?? null,
    auc: null,
    accuracy: study?.accuracy ?? null,
  };
  return {
    title,
    kind,
    values: shownMetrics.map((metric) => {
      const { value, interval, spread } = metrics[metric];
      return {
        metric: metricTable[metric].title,
        value,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        spread: spread === null ? null : [spread.lowest, spread.highest],
        study: published[metric],
      };
    }),
  };
}

function rocSeries(title: string, { kind, metrics, roc, runs }: ModelResult): RocSeries[] {
  if (roc === null) return [];
  const { sensitivity, specificity, auc } = metrics;
  const isOnCurve = (kind === "ensemble" || runs === 1) && sensitivity.value !== null && specificity.value !== null;
  const point = isOnCurve
    ? { sensitivity: sensitivity.value as number, specificity: specificity.value as number }
    : null;
  return [{ title, kind, curve: roc, auc, point }];
}

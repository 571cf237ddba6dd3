// A forest plot of the parts of the images: each group's sensitivity, specificity and AUC with intervals, below those of all images.
import type { Evaluation } from "../../evaluation/evaluation.js";
import { metrics as metricTable } from "../../evaluation/metrics/registry.js";
import { type DimensionTable, groupTitle } from "../../evaluation/subgroups/dimension.js";
import { dimensions } from "../../evaluation/subgroups/registry.js";
import { subgroupMeasures } from "../../evaluation/subgroups/subgroups.js";
import { type IntervalRow, intervalsFigure } from "./intervals.js";

/** Groups with too few patients of a class are grey. Not to be drawn where there are no subgroups. */
export function subgroupsFigure(
  { subgroups, metrics, n, settings }: Evaluation,
  table: DimensionTable = dimensions,
): string {
  const row = (
    title: string,
    kind: IntervalRow["kind"],
    from: Pick<Evaluation["metrics"], "sensitivity" | "specificity" | "auc">,
  ) => ({
    title,
    kind,
    values: subgroupMeasures.map((measure) => {
      const { value, interval } = from[measure];
      const { title: metric } = metricTable[measure];
      return { metric, value, low: interval?.low ?? null, high: interval?.high ?? null, spread: null, study: null };
    }),
  });
  const groups = Object.entries(table).flatMap(([name, dimension]) =>
    subgroups
      .filter((group) => group.dimension === name)
      .map((group) =>
        row(
          `${dimension.title}: ${groupTitle(dimension, group.name)} (n = ${group.n})`,
          group.tooFew.length > 0 ? "floor" : "model",
          group,
        ),
      ),
  );
  return intervalsFigure({ rows: [row("All images", "ensemble", metrics), ...groups], n, level: settings.level });
}

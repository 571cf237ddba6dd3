// A forest plot: every classifier's sensitivity, specificity, AUC and accuracy as dots with intervals, so that what
// differs and what overlaps is seen at once.
import * as Plot from "@observablehq/plot";
import { count, percent } from "../numbers.js";
import { palette } from "../palette.js";
import { plotSvg } from "./plot-svg.js";
import { shortened } from "./shortened.js";

export interface IntervalRow {
  readonly title: string;
  readonly kind: "model" | "ensemble" | "floor";
  readonly values: readonly IntervalValue[];
}

export interface IntervalValue {
  /** The panel it stands in. */
  readonly metric: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Single runs' lowest and highest, where the value is a mean of several. */
  readonly spread: readonly [lowest: number, highest: number] | null;
  /** The study's published value, where there is one. */
  readonly study: number | null;
}

export interface IntervalsFigure {
  readonly rows: readonly IntervalRow[];
  readonly n: number;
  /** Of the intervals, e.g. 0.95. */
  readonly level: number;
}

const width = 900;
const rowHeight = 26;
/** Upper bound of a character's width at 12 px in DejaVu Sans, and what a title may take. */
const characterWidth = 7.1;
const longestTitle = 44;

/** One panel per metric, one line per row, in the order given. */
export function intervalsFigure({ rows, n, level }: IntervalsFigure): string {
  const points = rows.flatMap(({ title, kind, values }) =>
    values.flatMap(({ value, ...rest }) =>
      value === null ? [] : [{ title, value, ...rest, colour: colours[kind], solid: kind !== "floor" }],
    ),
  );
  const withSpread = points.flatMap(({ spread, ...point }) => (spread === null ? [] : [{ ...point, spread }]));
  const withStudy = points.filter(({ study }) => study !== null);
  const metrics = rows[0]?.values.map(({ metric }) => metric) ?? [];
  const titleWidth = 16 + characterWidth * Math.min(longestTitle, Math.max(...rows.map(({ title }) => title.length)));
  // Floors may lie far to the left of everything else: an arrow at the edge says so, and the others keep their room.
  const classifiers = points.filter(({ solid }) => solid);
  const drawn = classifiers.flatMap(({ value, low, spread, study }) => [
    low ?? value,
    spread?.[0] ?? value,
    study ?? 1,
  ]);
  const lowest = Math.min(0.95, ...drawn);
  const left = Math.max(0, Math.floor(lowest * 20 - 0.4) / 20);
  const inside = points.filter(({ value }) => value >= left);
  const outside = points.filter(({ value }) => value < left);
  const ticks = axisTicks(left);
  const withInterval = inside.flatMap(({ low, high, ...point }) =>
    low === null || high === null ? [] : [{ ...point, low: Math.max(low, left), high }],
  );
  return plotSvg(
    {
      heading: `Test results with ${percent(level, 0)} intervals, n = ${count(n)}`,
      description: `${metrics.join(", ")} of ${rows.map(({ title }) => title).join(", ")}, as dots with ${percent(level, 0)} intervals; the numbers stand in the table.`,
      width,
      height: 130 + rowHeight * rows.length,
      legend: [
        { name: "value", colour: palette.accent, sample: "dot" },
        { name: "interval", colour: palette.accent, sample: "line" },
        ...(withSpread.length === 0
          ? []
          : [{ name: "lowest to highest seed", colour: palette.saved, sample: "square" as const }]),
        ...(outside.length === 0 ? [] : [{ name: "further left", colour: palette.train, sample: "arrow" as const }]),
        ...(withStudy.length === 0
          ? []
          : [{ name: "the study", colour: palette.pneumonia, sample: "diamond" as const }]),
      ],
    },
    {
      marginTop: 86,
      marginLeft: titleWidth,
      marginBottom: 32,
      x: { domain: [left, 1], ticks, label: null },
      y: {
        domain: rows.map(({ title }) => title),
        label: null,
        tickSize: 0,
        tickFormat: (title: string) => shortened(title, longestTitle),
      },
      fx: { domain: metrics, label: null, padding: 0.08, axis: null },
      marks: [
        Plot.axisFx({ anchor: "top", fontWeight: "bold", fontSize: 12, dy: -4 }),
        Plot.frame({ stroke: palette.rule }),
        Plot.gridX(ticks, { stroke: palette.rule, strokeOpacity: 1 }),
        Plot.ruleY(withSpread, {
          fx: "metric",
          y: "title",
          x1: ({ spread }: (typeof withSpread)[number]) => spread[0],
          x2: ({ spread }: (typeof withSpread)[number]) => spread[1],
          stroke: palette.saved,
          strokeOpacity: 0.45,
          strokeWidth: 11,
        }),
        Plot.ruleY(withInterval, {
          fx: "metric",
          y: "title",
          x1: "low",
          x2: "high",
          stroke: "colour",
          strokeWidth: 2.5,
        }),
        Plot.dot(withStudy, {
          fx: "metric",
          y: "title",
          x: "study",
          r: 4,
          symbol: "diamond",
          stroke: palette.pneumonia,
          strokeWidth: 2,
          fill: palette.paper,
        }),
        Plot.dot(inside, { fx: "metric", y: "title", x: "value", r: 4, fill: "colour", stroke: palette.paper }),
        Plot.dot(outside, {
          fx: "metric",
          y: "title",
          x: left,
          dx: 6,
          r: 4.5,
          symbol: "triangle",
          rotate: -90,
          fill: "colour",
        }),
      ],
    },
  );
}

/** Round numbers from the left edge, less those whose labels would touch the neighbouring panel's. */
function axisTicks(left: number): readonly number[] {
  const hundredths = left < 0.5 ? 20 : left < 0.8 ? 10 : 5;
  const first = Math.ceil((100 * left + 10 * (1 - left)) / hundredths);
  return Array.from({ length: Math.floor(100 / hundredths) - first + 1 }, (_, i) => ((first + i) * hundredths) / 100);
}

const colours = { model: palette.accent, ensemble: palette.ink, floor: palette.train } as const;

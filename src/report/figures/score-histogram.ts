// How the scores of the two classes lie: one row of bars per class over the same axis, with the threshold.
import * as Plot from "@observablehq/plot";
import { count, thresholdText } from "../numbers.js";
import { palette } from "../palette.js";
import { plotSvg } from "./plot-svg.js";

const bins = 20;

export interface ScoreHistogramFigure {
  readonly rows: readonly { readonly label: 0 | 1; readonly score: number }[];
  readonly threshold: number;
  /** "test" or "validation". */
  readonly part: string;
}

/** Normals above, pneumonia below, twenty bins of width 0.05, each bar the share of its class: the classes are unequal. */
export function scoreHistogramFigure({ rows, threshold, part }: ScoreHistogramFigure): string {
  const of = (label: number) => rows.filter((row) => row.label === label).length;
  const bars = [0, 1].flatMap((label) => {
    const counts = new Array<number>(bins).fill(0);
    for (const row of rows) {
      if (row.label !== label) continue;
      const bin = Math.min(bins - 1, Math.max(0, Math.floor(row.score * bins)));
      counts[bin] = (counts[bin] as number) + 1;
    }
    return counts.map((images, i) => ({
      class: classTitle(label),
      x1: i / bins,
      x2: (i + 1) / bins,
      share: (100 * images) / Math.max(1, of(label)),
      label,
    }));
  });
  const most = Math.max(1, ...bars.map((bar) => bar.share));
  return plotSvg(
    {
      heading: `Scores by true class, ${part}, n = ${count(rows.length)}`,
      description: `Histogram of scores for ${count(of(0))} normal and ${count(of(1))} pneumonia images; the threshold is ${thresholdText(threshold)}.`,
      height: 400,
      legend: [
        { name: `normal (${count(of(0))})`, colour: palette.normal, sample: "square" },
        { name: `pneumonia (${count(of(1))})`, colour: palette.pneumonia, sample: "square" },
      ],
    },
    {
      x: {
        label: "score",
        labelAnchor: "center",
        labelArrow: "none",
        domain: [0, 1],
        ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
      },
      y: {
        label: "% of the class's images",
        labelAnchor: "center",
        labelArrow: "none",
        ticks: 4,
        domain: [0, most * 1.08],
      },
      fy: { label: null, domain: [classTitle(0), classTitle(1)], padding: 0.14, axis: null },
      marks: [
        Plot.gridY({ stroke: palette.rule, strokeOpacity: 1, ticks: 4 }),
        Plot.rectY(bars, {
          fy: "class",
          x1: "x1",
          x2: "x2",
          y: "share",
          fill: (bar) => (bar.label === 1 ? palette.pneumonia : palette.normal),
          insetLeft: 0.5,
          insetRight: 0.5,
        }),
        Plot.ruleY([0], { stroke: palette.muted }),
        Plot.ruleX([threshold], { stroke: palette.ink, strokeWidth: 1.5, strokeDasharray: "5,3" }),
        Plot.text([{ class: classTitle(0) }], {
          fy: "class",
          x: threshold,
          frameAnchor: "top",
          text: () => `threshold ${thresholdText(threshold)}`,
          textAnchor: threshold > 0.6 ? "end" : "start",
          dx: threshold > 0.6 ? -6 : 6,
          dy: 2,
          stroke: palette.paper,
          strokeWidth: 4,
          fill: palette.ink,
        }),
      ],
    },
  );
}

function classTitle(label: number): string {
  return label === 1 ? "pneumonia" : "normal";
}

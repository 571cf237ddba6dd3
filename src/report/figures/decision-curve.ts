// The decision curve: what the model's answers are worth beside calling every image pneumonia, or none.
import * as Plot from "@observablehq/plot";
import type { DecisionPoint } from "../../evaluation/decision-curve.js";
import { count, percent } from "../numbers.js";
import { palette } from "../palette.js";
import { plotSvg } from "./plot-svg.js";
import { squareHeight } from "./unit-square.js";

export interface DecisionCurveFigure {
  readonly points: readonly DecisionPoint[];
  /** Of the intervals, e.g. 0.95. */
  readonly level: number;
  /** "test" or "validation". */
  readonly part: string;
  readonly n: number;
}

/** Net benefit over threshold probabilities, with the band of its intervals; far below 0 the lines are cut. */
export function decisionCurveFigure({ points, level, part, n }: DecisionCurveFigure): string {
  const most = Math.max(...points.flatMap(({ netBenefit, interval }) => [netBenefit, interval?.high ?? netBenefit]));
  const floor = -most / 4;
  const best = points.reduce((a, b) =>
    b.netBenefit - Math.max(0, b.ofCallingAll) > a.netBenefit - Math.max(0, a.ofCallingAll) ? b : a,
  );
  const shown = (value: number) => Math.max(floor, value);
  return plotSvg(
    {
      heading: `Decision curve, ${part}, n = ${count(n)}`,
      description:
        `Net benefit by threshold probability. It exceeds calling all or none by most at ${percent(best.threshold, 0)}: ${best.netBenefit.toFixed(3)} ` +
        `against ${Math.max(0, best.ofCallingAll).toFixed(3)}.`,
      height: squareHeight,
      legend: [
        { name: `model, ${percent(level, 0)} interval`, colour: palette.accent, sample: "line" },
        { name: "call all", colour: palette.pneumonia, sample: "dashed" },
        { name: "call none", colour: palette.muted, sample: "dashed" },
      ],
    },
    {
      x: {
        label: "chance of pneumonia from which one would act",
        labelAnchor: "center",
        labelArrow: "none",
        domain: [0, 1],
        ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
      },
      y: { label: "net benefit", labelAnchor: "center", labelArrow: "none", domain: [floor, most * 1.05], ticks: 6 },
      marks: [
        Plot.gridX([0, 0.2, 0.4, 0.6, 0.8, 1], { stroke: palette.rule, strokeOpacity: 1 }),
        Plot.gridY({ stroke: palette.rule, strokeOpacity: 1, ticks: 6 }),
        Plot.areaY(
          points.filter(({ interval }) => interval !== null),
          {
            x: "threshold",
            y1: ({ interval }: DecisionPoint) => shown(interval?.low ?? 0),
            y2: ({ interval }: DecisionPoint) => shown(interval?.high ?? 0),
            fill: palette.accent,
            fillOpacity: 0.18,
          },
        ),
        Plot.ruleY([0], { stroke: palette.muted, strokeWidth: 2, strokeDasharray: "5,3" }),
        Plot.line(aboveFloor(points, floor), { stroke: palette.pneumonia, strokeWidth: 2, strokeDasharray: "5,3" }),
        Plot.line(points, {
          x: "threshold",
          y: ({ netBenefit }: DecisionPoint) => shown(netBenefit),
          stroke: palette.accent,
          strokeWidth: 2,
        }),
        Plot.dot(points, {
          x: "threshold",
          y: ({ netBenefit }: DecisionPoint) => shown(netBenefit),
          r: 2.5,
          fill: palette.accent,
        }),
      ],
    },
  );
}

/** The line of calling all, ending where it leaves the figure. */
function aboveFloor(points: readonly DecisionPoint[], floor: number): [number, number][] {
  const line = points.map(({ threshold, ofCallingAll }): [number, number] => [threshold, ofCallingAll]);
  const end = line.findIndex(([, value]) => value < floor);
  if (end < 1) return end === 0 ? [] : line;
  const [x0, y0] = line[end - 1] as [number, number];
  const [x1, y1] = line[end] as [number, number];
  return [...line.slice(0, end), [x0 + ((y0 - floor) / (y0 - y1)) * (x1 - x0), floor]];
}

// The receiver operating characteristic: sensitivity against false alarms for every threshold, with the one in use.
import * as Plot from "@observablehq/plot";
import { type Estimate, formatEstimate } from "../../evaluation/estimate.js";
import type { RocPoint } from "../../evaluation/roc.js";
import { count, proportion } from "../numbers.js";
import { palette } from "../palette.js";
import { plotSvg } from "./plot-svg.js";

export interface RocFigure {
  readonly curve: readonly RocPoint[];
  readonly auc: Estimate;
  readonly threshold: number;
  readonly sensitivity: number;
  readonly specificity: number;
  /** "test" or "validation". */
  readonly part: string;
  readonly n: number;
}

/** The curve, chance as a dashed diagonal, the operating point, and the area with its interval. */
export function rocFigure(input: RocFigure): string {
  const { curve, auc, threshold, sensitivity, specificity, part, n } = input;
  const areaText = `AUC ${formatEstimate(auc)}`;
  return plotSvg(
    {
      heading: `ROC curve, ${part}, n = ${count(n)}`,
      description: `ROC curve: ${areaText}. At threshold ${proportion(threshold)} sensitivity is ${proportion(sensitivity)} and specificity ${proportion(specificity)}.`,
      height: squareHeight,
      legend: [
        { name: areaText, colour: palette.accent, sample: "line" },
        { name: "chance", colour: palette.muted, sample: "dashed" },
      ],
    },
    {
      ...unitSquare("1 − specificity (share of normals called pneumonia)", "sensitivity"),
      marks: [
        ...unitGround,
        Plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { stroke: palette.muted, strokeDasharray: "5,3" },
        ),
        Plot.areaY(curve, {
          y1: 0,
          x: "falsePositiveRate",
          y2: "truePositiveRate",
          fill: palette.accent,
          fillOpacity: 0.08,
        }),
        Plot.line(curve, { x: "falsePositiveRate", y: "truePositiveRate", stroke: palette.accent, strokeWidth: 2 }),
        ...operatingPoint(1 - specificity, sensitivity, [
          `threshold ${proportion(threshold)}`,
          `sensitivity ${proportion(sensitivity)}`,
          `specificity ${proportion(specificity)}`,
        ]),
      ],
    },
  );
}

/** Plots of two proportions are drawn square within the margins. */
export const squareHeight = 440;

/** Axes from 0 to 1 both ways, a little room at the edges so that a curve along them is seen whole. */
export function unitSquare(x: string, y: string): Plot.PlotOptions {
  const axis = {
    domain: [-0.01, 1.01],
    ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
    labelAnchor: "center",
    labelArrow: "none",
  } as const;
  return { x: { ...axis, label: x }, y: { ...axis, label: y } };
}

export const unitGround: readonly Plot.Markish[] = [
  Plot.gridX([0, 0.2, 0.4, 0.6, 0.8, 1], { stroke: palette.rule, strokeOpacity: 1 }),
  Plot.gridY([0, 0.2, 0.4, 0.6, 0.8, 1], { stroke: palette.rule, strokeOpacity: 1 }),
];

/** A ring with words beside it, on the side where there is room. */
export function operatingPoint(x: number, y: number, lines: readonly string[]): Plot.Markish[] {
  const toTheLeft = x > 0.55;
  return [
    Plot.dot([[x, y]], { r: 6, fill: palette.pneumonia, stroke: palette.paper, strokeWidth: 2 }),
    Plot.text([[x, y]], {
      text: () => lines.join("\n"),
      textAnchor: toTheLeft ? "end" : "start",
      lineAnchor: y > 0.3 ? "top" : "bottom",
      dx: toTheLeft ? -12 : 12,
      dy: y > 0.3 ? 10 : -10,
      lineHeight: 1.35,
      fontSize: 12,
      stroke: palette.paper,
      strokeWidth: 4,
      fill: palette.ink,
    }),
  ];
}

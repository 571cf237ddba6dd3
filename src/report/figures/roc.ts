// The receiver operating characteristic: sensitivity against false alarms for every threshold, with the one in use.
import * as Plot from "@observablehq/plot";
import { type Estimate, formatEstimate } from "../../evaluation/estimate.js";
import type { RocPoint } from "../../evaluation/roc.js";
import { count, proportion, thresholdText } from "../numbers.js";
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
      description: `ROC curve: ${areaText}. At threshold ${thresholdText(threshold)} sensitivity is ${proportion(sensitivity)} and specificity ${proportion(specificity)}.`,
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
        ...operatingPoint({ x: 1 - specificity, y: sensitivity, corner: "right" }, [
          `threshold ${thresholdText(threshold)}`,
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

interface PlacedPoint {
  readonly x: number;
  readonly y: number;
  /** The lower corner that the figure's curve leaves free: its words stand there, with a dot that repeats the point's. */
  readonly corner: "left" | "right";
}

/** The threshold in use as a large dot, explained in a corner. */
export function operatingPoint({ x, y, corner }: PlacedPoint, lines: readonly string[]): Plot.Markish[] {
  const dot = { fill: palette.pneumonia, stroke: palette.paper, strokeWidth: 2 } as const;
  const left = corner === "left" ? 0.03 : 0.58;
  return [
    Plot.dot([[x, y]], { r: 6, ...dot }),
    Plot.dot([[left + 0.02, 0.23]], { r: 6, ...dot }),
    Plot.text([[left + 0.06, 0.23]], {
      text: () => lines.join("\n"),
      textAnchor: "start",
      lineAnchor: "top",
      dy: -5,
      lineHeight: 1.35,
      stroke: palette.paper,
      strokeWidth: 4,
      fill: palette.ink,
    }),
  ];
}

// What plots of two proportions share: a square from 0 to 1 both ways, its grid and diagonal, the threshold in use.
import * as Plot from "@observablehq/plot";
import { palette } from "../palette.js";

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

/** Chance in a ROC plot, perfection in a reliability diagram. */
export const diagonal: Plot.Markish = Plot.line(
  [
    [0, 0],
    [1, 1],
  ],
  { stroke: palette.muted, strokeDasharray: "5,3" },
);

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

// The receiver operating characteristic: sensitivity against false alarms for every threshold, with the one in use.
import * as Plot from "@observablehq/plot";
import { type Estimate, formatEstimate } from "../../evaluation/estimate.js";
import type { RocPoint } from "../../evaluation/roc.js";
import { count, proportion, thresholdText } from "../numbers.js";
import { palette } from "../palette.js";
import { plotSvg } from "./plot-svg.js";
import { diagonal, operatingPoint, squareHeight, unitGround, unitSquare } from "./unit-square.js";

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
        diagonal,
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

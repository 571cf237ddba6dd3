// Precision against recall for every threshold: of those called pneumonia, how many had it. Depends on prevalence.
import * as Plot from "@observablehq/plot";
import { type Estimate, formatEstimate } from "../../evaluation/estimate.js";
import type { PrPoint } from "../../evaluation/precision-recall.js";
import { count, proportion, thresholdText } from "../numbers.js";
import { palette } from "../palette.js";
import { plotSvg } from "./plot-svg.js";
import { operatingPoint, squareHeight, unitGround, unitSquare } from "./unit-square.js";

export interface PrecisionRecallFigure {
  readonly curve: readonly PrPoint[];
  readonly averagePrecision: Estimate;
  /** Share of pneumonia among the images, 0..1: the precision of calling everything pneumonia. */
  readonly prevalence: number;
  readonly threshold: number;
  /** null where nothing was called pneumonia: then there is no operating point. */
  readonly precision: number | null;
  readonly recall: number;
  /** "test" or "validation". */
  readonly part: string;
  readonly n: number;
}

/** The curve as steps, prevalence as a dashed line, the operating point, and average precision with its interval. */
export function precisionRecallFigure(input: PrecisionRecallFigure): string {
  const { curve, averagePrecision, prevalence, threshold, precision, recall, part, n } = input;
  const areaText = `PR AUC ${formatEstimate(averagePrecision)}`;
  return plotSvg(
    {
      heading: `Precision and recall, ${part}, n = ${count(n)}`,
      description: `Precision-recall curve: ${areaText}. At threshold ${thresholdText(threshold)} precision is ${proportion(precision)} and recall ${proportion(recall)}.`,
      height: squareHeight,
      legend: [
        { name: areaText, colour: palette.accent, sample: "line" },
        { name: "prevalence", colour: palette.muted, sample: "dashed" },
      ],
    },
    {
      ...unitSquare("recall (sensitivity)", "precision (positive predictive value)"),
      marks: [
        ...unitGround,
        Plot.line(
          [
            [0, prevalence],
            [1, prevalence],
          ],
          { stroke: palette.muted, strokeDasharray: "5,3" },
        ),
        Plot.line(curve, { x: "recall", y: "precision", curve: "step-before", stroke: palette.accent, strokeWidth: 2 }),
        ...(precision === null
          ? []
          : operatingPoint({ x: recall, y: precision, corner: "left" }, [
              `threshold ${thresholdText(threshold)}`,
              `precision ${proportion(precision)}`,
              `recall ${proportion(recall)}`,
            ])),
      ],
    },
  );
}

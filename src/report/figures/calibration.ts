// The reliability diagram: among images scored about 0.8, do about 80 % have pneumonia?
import * as Plot from "@observablehq/plot";
import type { ReliabilityBin } from "../../evaluation/calibration.js";
import { count, proportion } from "../numbers.js";
import { palette } from "../palette.js";
import { plotSvg } from "./plot-svg.js";
import { diagonal, squareHeight, unitGround, unitSquare } from "./unit-square.js";

export interface CalibrationFigure {
  readonly bins: readonly ReliabilityBin[];
  readonly brier: number | null;
  readonly classWiseError: number;
  /** "test" or "validation". */
  readonly part: string;
  readonly n: number;
}

/** A dot per bin, its area by the bin's number of images, with intervals; the diagonal is perfect calibration. */
export function calibrationFigure(input: CalibrationFigure): string {
  const { bins, brier, classWiseError, part, n } = input;
  const most = Math.max(1, ...bins.map((bin) => bin.n));
  return plotSvg(
    {
      heading: `Calibration, ${part}, n = ${count(n)}`,
      description: `Reliability diagram. Brier score ${proportion(brier)}, class-wise expected calibration error ${proportion(classWiseError)}. ${bins.map((bin) => `Scores near ${proportion(bin.meanScore)}: ${proportion(bin.positiveShare)} pneumonia, n ${count(bin.n)}`).join("; ")}.`,
      height: squareHeight,
      legend: [
        { name: "bin of scores (area: images)", colour: palette.accent, sample: "dot" },
        { name: "perfect", colour: palette.muted, sample: "dashed" },
      ],
    },
    {
      ...unitSquare("mean score in the bin", "observed share of pneumonia"),
      marks: [
        ...unitGround,
        diagonal,
        Plot.ruleX(
          bins.filter((bin) => bin.interval !== null),
          {
            x: "meanScore",
            y1: (bin: ReliabilityBin) => bin.interval?.low,
            y2: (bin: ReliabilityBin) => bin.interval?.high,
            stroke: palette.accent,
            strokeWidth: 1.5,
          },
        ),
        Plot.dot(bins, {
          x: "meanScore",
          y: "positiveShare",
          r: (bin: ReliabilityBin) => Math.max(2.5, 9 * Math.sqrt(bin.n / most)),
          fill: palette.accent,
          stroke: palette.paper,
        }),
      ],
      r: { type: "identity" },
    },
  );
}

// The risk-coverage curve: how wrong the answers are if only the surest images are answered.
import * as Plot from "@observablehq/plot";
import type { Abstention, RiskCoveragePoint } from "../../evaluation/unsure/abstention.js";
import { count, percent } from "../numbers.js";
import { palette } from "../palette.js";
import { plotSvg } from "./plot-svg.js";
import { squareHeight } from "./unit-square.js";

export interface RiskCoverageFigure {
  readonly unsure: Abstention;
  /** "test" or "validation". */
  readonly part: string;
  readonly n: number;
}

/** Share of wrong answers over the share of images answered, with the third answer in use as a dot. */
export function riskCoverageFigure({ unsure, part, n }: RiskCoverageFigure): string {
  const { riskCoverage: points, answered, unsure: open } = unsure;
  const used: RiskCoveragePoint | null =
    answered.accuracy.value === null || open.all.value === null
      ? null
      : { answered: 1 - open.all.value, wrong: 1 - answered.accuracy.value };
  const all = points.at(-1) as RiskCoveragePoint;
  const most = Math.max(0.01, ...points.map(({ wrong }) => wrong), used?.wrong ?? 0);
  const inUse =
    used === null
      ? ""
      : ` With the third answer ${percent(used.answered)} are answered, and ${percent(used.wrong)} of these wrongly.`;
  return plotSvg(
    {
      heading: `Risk and coverage, ${part}, n = ${count(n)}`,
      description: `Share of wrong answers by the share of images that are answered, the surest first. If all are, ${percent(all.wrong)} are wrong.${inUse}`,
      height: squareHeight,
      legend: [
        { name: "surest images first", colour: palette.accent, sample: "line" },
        ...(used === null
          ? []
          : [{ name: "the third answer in use", colour: palette.pneumonia, sample: "dot" as const }]),
      ],
    },
    {
      x: {
        label: "share of images answered",
        labelAnchor: "center",
        labelArrow: "none",
        domain: [0, 1],
        ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
      },
      y: {
        label: "share of answers that are wrong",
        labelAnchor: "center",
        labelArrow: "none",
        domain: [0, most * 1.1],
        ticks: 6,
      },
      marks: [
        Plot.gridX([0, 0.2, 0.4, 0.6, 0.8, 1], { stroke: palette.rule, strokeOpacity: 1 }),
        Plot.gridY({ stroke: palette.rule, strokeOpacity: 1, ticks: 6 }),
        Plot.line(points, { x: "answered", y: "wrong", stroke: palette.accent, strokeWidth: 2 }),
        ...(used === null ? [] : [Plot.dot([used], { x: "answered", y: "wrong", r: 5, fill: palette.pneumonia })]),
      ],
    },
  );
}

// The ROC curves of several classifiers in one figure: the whole square, or only its upper left corner, where good ones
// lie close together.
import * as Plot from "@observablehq/plot";
import { type Estimate, formatEstimate } from "../../evaluation/estimate.js";
import type { RocPoint } from "../../evaluation/roc.js";
import { count } from "../numbers.js";
import { palette, seriesStyles } from "../palette.js";
import { plotSvg } from "./plot-svg.js";
import { shortened } from "./shortened.js";
import { diagonal, unitGround, unitSquare } from "./unit-square.js";

export interface RocSeries {
  readonly title: string;
  readonly kind: "model" | "ensemble" | "floor";
  readonly curve: readonly RocPoint[];
  readonly auc: Estimate;
  /** Where the threshold in use lies; null where there are several. */
  readonly point: { readonly sensitivity: number; readonly specificity: number } | null;
}

export interface RocCurvesFigure {
  readonly series: readonly RocSeries[];
  /** Test images. */
  readonly n: number;
  /** `corner`: false positive rates up to 0.3 and sensitivities from 0.7. */
  readonly part: "whole" | "corner";
}

const width = 560;
const height = 560;
/** What lies outside the corner is not drawn. */
const cornerSide = 0.3;
const floorDashes = ["2,3", "6,3", "8,3,2,3", "12,4"] as const;

/** Models in colours, ensembles in black, floors dotted in grey; each with its AUC, the best first. */
export function rocCurvesFigure({ series, n, part }: RocCurvesFigure): string {
  const styled = withStyles(series);
  const ranked = [...styled].sort((a, b) => (b.auc.value ?? 0) - (a.auc.value ?? 0));
  const names = ranked.map(({ title, auc }) => `${title}: AUC ${formatEstimate(auc)}`);
  const isCorner = part === "corner";
  return plotSvg(
    {
      heading: `ROC curves, test, n = ${count(n)}${isCorner ? ": the upper left corner" : ""}`,
      description: `ROC curves${isCorner ? ", upper left corner" : ""}. ${names.join("; ")}.`,
      width,
      height,
    },
    {
      marginTop: 36,
      ...axes(isCorner),
      marks: [
        ...(isCorner ? [Plot.gridX({ stroke: palette.rule }), Plot.gridY({ stroke: palette.rule })] : unitGround),
        ...(isCorner ? [] : [diagonal]),
        ...styled.map(({ curve, colour, dash, kind }) =>
          Plot.line(curve, {
            x: "falsePositiveRate",
            y: "truePositiveRate",
            stroke: colour,
            strokeWidth: kind === "floor" ? 1.6 : 2.2,
            strokeDasharray: dash,
            clip: true,
          }),
        ),
        ...styled.map(({ point, colour }) =>
          Plot.dot(point === null || (isCorner && !isInCorner(point)) ? [] : [point], {
            x: ({ specificity }: { specificity: number }) => 1 - specificity,
            y: "sensitivity",
            r: 5,
            fill: colour,
            stroke: palette.paper,
            strokeWidth: 1.5,
          }),
        ),
        ...(isCorner ? [] : legend(ranked)),
      ],
    },
  );
}

type StyledSeries = RocSeries & { readonly colour: string; readonly dash: string };

function withStyles(series: readonly RocSeries[]): readonly StyledSeries[] {
  const models = series.filter(({ kind }) => kind === "model");
  const floors = series.filter(({ kind }) => kind === "floor");
  return series.map((one) => {
    if (one.kind === "ensemble") return { ...one, colour: palette.ink, dash: "none" };
    if (one.kind === "floor")
      return { ...one, colour: palette.train, dash: floorDashes[floors.indexOf(one) % floorDashes.length] as string };
    const style = seriesStyles[models.indexOf(one) % seriesStyles.length] as (typeof seriesStyles)[number];
    return { ...one, ...style };
  });
}

function axes(isCorner: boolean): Plot.PlotOptions {
  const square = unitSquare("1 − specificity (share of normals called pneumonia)", "sensitivity");
  if (!isCorner) return square;
  const steps = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3];
  return {
    x: { ...square.x, domain: [-0.003, cornerSide], ticks: steps },
    y: { ...square.y, domain: [1 - cornerSide, 1.003], ticks: steps.map((step) => 1 - step) },
  };
}

const isInCorner = ({ sensitivity, specificity }: NonNullable<RocSeries["point"]>): boolean =>
  sensitivity >= 1 - cornerSide && 1 - specificity <= cornerSide;

/** Names with their AUCs in the lower right, which good curves leave free. The longest lines end at the plot's edge. */
function legend(ranked: readonly StyledSeries[]): Plot.Markish[] {
  const top = 0.055 * ranked.length + 0.02;
  return ranked.flatMap(({ title, auc, colour, dash }, i) => {
    const y = top - 0.055 * i;
    return [
      Plot.line(
        [
          [0.24, y],
          [0.3, y],
        ],
        { stroke: colour, strokeWidth: 2.5, strokeDasharray: dash },
      ),
      Plot.text([[0.315, y]], {
        text: () => `${shortened(title, longest)} ${formatEstimate(auc)}`,
        textAnchor: "start",
        fontSize: 11,
        fill: palette.ink,
        stroke: palette.paper,
        strokeWidth: 4,
      }),
    ];
  });
}

/** Characters of a title. */
const longest = 34;

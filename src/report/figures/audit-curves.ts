// How AUC, sensitivity and specificity go as images get worse: a small panel for each corruption, from the images as they are to
// its severest level.
import * as Plot from "@observablehq/plot";
import type { Audit } from "../../evaluation/audit/judge-audit.js";
import type { Estimate } from "../../evaluation/estimate.js";
import { count } from "../numbers.js";
import { palette } from "../palette.js";
import { plotSvg } from "./plot-svg.js";

const columns = 4;
const panelHeight = 150;

const measures = [
  { name: "ROC AUC", key: "auc", colour: palette.ink, dash: "none", shift: 0 },
  { name: "sensitivity", key: "sensitivity", colour: palette.pneumonia, dash: "none", shift: -0.06 },
  { name: "specificity", key: "specificity", colour: palette.normal, dash: "5,3", shift: 0.06 },
] as const;

export function auditCurvesFigure({ images, variants, ...asTheyAre }: Audit): string {
  const titles = [...new Set(variants.map(({ title }) => title))];
  const place = (title: string) => {
    const i = titles.indexOf(title);
    return { fx: i % columns, fy: Math.floor(i / columns) };
  };
  const points = titles.flatMap((title) => {
    const levels = [{ level: 0, ...asTheyAre }, ...variants.filter((variant) => variant.title === title)];
    return levels.flatMap((at) =>
      measures.flatMap(({ name, key, colour, shift }) => {
        const { value, interval }: Estimate = at[key];
        if (value === null) return [];
        const [low, high] = [interval?.low ?? value, interval?.high ?? value];
        return [{ ...place(title), name, colour, level: at.level + shift, value, low, high }];
      }),
    );
  });
  const rows = Math.ceil(titles.length / columns);
  return plotSvg(
    {
      heading: `As images get worse, n = ${count(images)}`,
      description: `ROC AUC, sensitivity and specificity by level for ${titles.join(", ")}; the numbers stand in the table.`,
      width: 900,
      height: 110 + panelHeight * rows,
      legend: measures.map(({ name, colour, dash }) => ({ name, colour, sample: dash === "none" ? "line" : "dashed" })),
    },
    {
      marginTop: 62,
      marginLeft: 40,
      marginRight: 12,
      fx: { axis: null, padding: 0.08, domain: Array.from({ length: columns }, (_, i) => i) },
      fy: { axis: null, padding: 0.24, domain: Array.from({ length: rows }, (_, i) => i) },
      x: {
        domain: [-0.3, 3.3],
        ticks: [0, 1, 2, 3],
        tickFormat: String,
        label: "level (0: as they are)",
        labelAnchor: "center",
      },
      y: { domain: [0, 1], ticks: [0, 0.5, 1], label: null },
      marks: [
        Plot.frame({ stroke: palette.rule }),
        Plot.gridY([0.5], { stroke: palette.rule, strokeOpacity: 1 }),
        Plot.text(titles, {
          fx: (title: string) => place(title).fx,
          fy: (title: string) => place(title).fy,
          text: (title: string) => title,
          frameAnchor: "top-left",
          textAnchor: "start",
          dy: -14,
          fontWeight: "bold",
        }),
        Plot.ruleX(points, {
          fx: "fx",
          fy: "fy",
          x: "level",
          y1: "low",
          y2: "high",
          stroke: "colour",
          strokeWidth: 1.2,
        }),
        ...measures.map(({ name, colour, dash }) =>
          Plot.line(
            points.filter((point) => point.name === name),
            {
              fx: "fx",
              fy: "fy",
              x: "level",
              y: "value",
              stroke: colour,
              strokeWidth: 2,
              ...(dash === "none" ? {} : { strokeDasharray: dash }),
            },
          ),
        ),
        Plot.dot(points, { fx: "fx", fy: "fy", x: "level", y: "value", fill: "colour", r: 2.5 }),
      ],
    },
  );
}

// How many radiographs of each class every part of the dataset holds.
import * as Plot from "@observablehq/plot";
import { count, percent } from "../numbers.js";
import { palette } from "../palette.js";
import type { SplitFacts } from "../report-input.js";
import { plotSvg } from "./plot-svg.js";

/** Horizontal bars, one pair per split, with count and share written at their ends. */
export function classDistributionFigure(splits: readonly SplitFacts[]): string {
  const rows = splits.flatMap((split) => {
    const total = split.normal + split.pneumonia;
    const row = (name: "Normal" | "Pneumonia", images: number) => ({
      split: split.name,
      name,
      images,
      text: `${count(images)} (${percent(images / total)})`,
    });
    return [row("Normal", split.normal), row("Pneumonia", split.pneumonia)];
  });
  const most = Math.max(1, ...rows.map((row) => row.images));
  const all = rows.reduce((sum, row) => sum + row.images, 0);
  return plotSvg(
    {
      heading: `Images by class, n = ${count(all)}`,
      description: `Images by class. ${rows.map((row) => `${row.split} ${row.name}: ${row.text}`).join("; ")}.`,
      height: 104 + 74 * splits.length,
    },
    {
      marginLeft: 92,
      marginTop: 52,
      marginRight: 84,
      x: { label: "images", domain: [0, most * 1.14], ticks: 4, labelAnchor: "center", labelArrow: "none" },
      y: { label: null, domain: ["Normal", "Pneumonia"], padding: 0.16 },
      fy: { axis: null, domain: splits.map((split) => split.name), padding: 0.28 },
      marks: [
        Plot.text(splits, {
          fy: "name",
          text: "name",
          frameAnchor: "top-left",
          dx: -82,
          dy: -16,
          textAnchor: "start",
          fontWeight: "bold",
        }),
        Plot.axisY({ tickSize: 0, label: null }),
        Plot.gridX({ ticks: 4, stroke: palette.rule, strokeOpacity: 1 }),
        Plot.barX(rows, {
          fy: "split",
          y: "name",
          x: "images",
          fill: (row) => (row.name === "Normal" ? palette.normal : palette.pneumonia),
        }),
        Plot.text(rows, {
          fy: "split",
          y: "name",
          x: "images",
          text: "text",
          textAnchor: "start",
          dx: 5,
          stroke: palette.paper,
          strokeWidth: 4,
          fill: palette.ink,
        }),
        Plot.ruleX([0], { stroke: palette.muted }),
      ],
    },
  );
}

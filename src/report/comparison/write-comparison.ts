// Puts a comparison into its folder: the page, Markdown, CSV, and every figure as SVG and PNG. Written anew each time.
import { join } from "node:path";
import { writeFileAtomically } from "../../core/atomic-file.js";
import { svgToPng } from "../png.js";
import { comparisonCsv } from "./comparison-csv.js";
import { comparisonFigures } from "./comparison-figures.js";
import type { ComparisonInput } from "./comparison-input.js";
import { comparisonMarkdown } from "./comparison-markdown.js";
import { renderComparison } from "./render-comparison.js";

/** What is written beside figures/. */
export const comparisonFiles = ["comparison.html", "comparison.md", "comparison.csv"] as const;

/** @returns the page's path @throws AppError FILE_UNWRITABLE */
export async function writeComparison(folder: string, input: ComparisonInput): Promise<string> {
  const figures = comparisonFigures(input);
  for (const [name, svg] of figures) {
    await writeFileAtomically(join(folder, "figures", `${name}.svg`), svg);
    await writeFileAtomically(join(folder, "figures", `${name}.png`), svgToPng(svg));
  }
  const [page, markdown, csv] = comparisonFiles;
  await writeFileAtomically(join(folder, csv), comparisonCsv(input));
  await writeFileAtomically(join(folder, markdown), comparisonMarkdown(input));
  await writeFileAtomically(join(folder, page), await renderComparison(input, figures));
  return join(folder, page);
}

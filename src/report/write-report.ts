// Puts a report into a run folder: report.html, model-card.md, checklists.html and .json, and every figure as SVG and PNG under figures/.
import { join } from "node:path";
import { writeFileAtomically } from "../core/atomic-file.js";
import { runPaths } from "../core/run-folder.js";
import { prepareAssets } from "./assets.js";
import { runChecklists } from "./checklists/run-checklists.js";
import { writeChecklists } from "./checklists/write-checklists.js";
import { drawImageGrids } from "./figures/image-grids.js";
import { modelCard } from "./model-card.js";
import { svgToPng } from "./png.js";
import { renderPage } from "./render-report.js";
import type { ReportInput } from "./report-input.js";

export interface WrittenReport {
  readonly report: string;
  readonly modelCard: string;
  /** Paths of all figures. */
  readonly figures: readonly string[];
}

/**
 * Writes each file atomically, the figures first: a report.html that is there is whole.
 * @throws AppError FILE_UNWRITABLE; the signal's reason where it fires before the page is written
 */
export async function writeReport(runFolder: string, input: ReportInput, signal?: AbortSignal): Promise<WrittenReport> {
  const paths = runPaths(runFolder);
  const assets = await prepareAssets(input);
  const figures: string[] = [];
  const write = async (name: string, content: string | Uint8Array) => {
    signal?.throwIfAborted();
    const path = join(paths.figures, name);
    await writeFileAtomically(path, content);
    figures.push(path);
  };
  for (const [name, svg] of assets.figures) {
    await write(`${name}.svg`, svg);
    await write(`${name}.png`, svgToPng(svg));
  }
  for (const [name, svg] of drawImageGrids(input, assets)) await write(`${name}.png`, svgToPng(svg, 1.5));
  signal?.throwIfAborted();
  await writeFileAtomically(paths.modelCard, modelCard(input));
  await writeChecklists(runFolder, runChecklists(input));
  await writeFileAtomically(paths.report, renderPage(input, assets));
  return { report: paths.report, modelCard: paths.modelCard, figures };
}

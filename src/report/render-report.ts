// The report's page: one HTML file that loads nothing, runs no script, and reads well on a screen, a phone and paper.
import { prepareAssets, type ReportAssets } from "./assets.js";
import { html, type Markup } from "./html.js";
import { dateText, notices, renderShell } from "./page.js";
import type { ReportInput } from "./report-input.js";
import { cardSection } from "./sections/card.js";
import { checklistsSection } from "./sections/checklists.js";
import { dataSection } from "./sections/data.js";
import { headSection } from "./sections/head.js";
import { limitsSection } from "./sections/limits.js";
import { mistakesSection } from "./sections/mistakes.js";
import { modelSection } from "./sections/model.js";
import { provenanceSection } from "./sections/provenance.js";
import { resultsSection } from "./sections/results.js";
import { summarySection } from "./sections/summary.js";
import { trainingSection } from "./sections/training.js";

/** The whole page as text. */
export async function renderReport(input: ReportInput): Promise<string> {
  return renderPage(input, await prepareAssets(input));
}

/** The page from assets that were made before. */
export function renderPage(input: ReportInput, assets: ReportAssets): string {
  const sections = [
    summarySection(input),
    resultsSection(input, assets),
    mistakesSection(input, assets),
    limitsSection(input),
    cardSection(input),
    checklistsSection(input),
    trainingSection(input, assets),
    headSection(input),
    modelSection(input),
    dataSection(input, assets),
    provenanceSection(input),
  ].filter((section) => section !== null);
  return renderShell({
    title: `${input.model.title}, ${input.dataset.name}: Pneumoscope report`,
    version: input.run.version,
    head: pageHead(input),
    sections,
    files:
      "model-card.md, predictions.csv, from which every test number derives, history.csv, and the figures as SVG and PNG in figures/",
  });
}

function pageHead({ run, model, dataset, protocol }: ReportInput): Markup {
  return html`<header class="top">
<p class="product">Pneumoscope report</p>
<h1>${model.title} on ${dataset.name}</h1>
<ul class="facts"><li><b>Run</b> ${run.name}</li><li><b>Made</b> ${dateText(run.createdAt)}</li><li><b>Protocol</b> ${protocol.name}</li></ul>
${notices(dataset.kind)}</header>`;
}

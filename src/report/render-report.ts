// The report's page: one HTML file that loads nothing, runs no script, and reads well on a screen, a phone and paper.
import { createHash } from "node:crypto";
import { prepareAssets, type ReportAssets } from "./assets.js";
import { html, type Markup, trusted } from "./html.js";
import type { ReportInput } from "./report-input.js";
import { dataSection } from "./sections/data.js";
import { limitsSection } from "./sections/limits.js";
import { mistakesSection } from "./sections/mistakes.js";
import { modelSection } from "./sections/model.js";
import type { Section } from "./sections/parts.js";
import { provenanceSection } from "./sections/provenance.js";
import { resultsSection } from "./sections/results.js";
import { summarySection } from "./sections/summary.js";
import { trainingSection } from "./sections/training.js";
import { styleSheet } from "./style.js";

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
    trainingSection(input, assets),
    modelSection(input),
    dataSection(input, assets),
    provenanceSection(input),
  ].filter((section) => section !== null);
  const title = `${input.model.title}, ${input.dataset.name}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="Pneumoscope ${input.run.version}">
<title>${title}: Pneumoscope report</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<div class="page">
${pageHead(input)}
<div class="layout">
${contents(sections)}
<main>
${sections.map(
  (section) => html`<section id="${section.id}" aria-labelledby="${section.id}-title">
<h2 id="${section.id}-title">${section.title}</h2>
${section.body}
</section>
`,
)}</main>
</div>
<footer><p>Made by Pneumoscope ${input.run.version}. Research use only; not a medical device. In the run's folder: predictions.csv, from which every test number derives, history.csv, and the figures as SVG and PNG in figures/.</p></footer>
</div>
</body>
</html>
`.text;
}

/** Nothing may be loaded or run; the one style sheet is named by its hash. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "img-src data:",
  `style-src 'sha256-${createHash("sha256").update(styleSheet).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function pageHead({ run, model, dataset, protocol }: ReportInput): Markup {
  return html`<header class="top">
<p class="product">Pneumoscope report</p>
<h1>${model.title} on ${dataset.name}</h1>
<ul class="facts"><li><b>Run</b> ${run.name}</li><li><b>Made</b> ${dateText(run.createdAt)}</li><li><b>Protocol</b> ${protocol.name}</li></ul>
<p class="notice"><strong>Research use only. Not a medical device.</strong> Scores must not be used to diagnose or treat anyone.</p>
${
  dataset.kind === "synthetic"
    ? html`<p class="notice"><strong>Synthetic images.</strong> No patient was involved: these numbers show that the tool works and say nothing about pneumonia.</p>`
    : null
}</header>`;
}

function contents(sections: readonly Section[]): Markup {
  return html`<nav class="contents" aria-labelledby="contents-title"><h2 id="contents-title">Contents</h2>
<ol>${sections.map((section) => html`<li><a href="#${section.id}">${section.short}</a></li>`)}</ol></nav>`;
}

/** "2026-11-23 10:00 UTC"; text that is not a date stays as it is. */
function dateText(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

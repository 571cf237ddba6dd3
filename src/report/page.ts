// What every page of the product's shares: one HTML file that loads nothing and runs no script, a head with what must be
// said first, a list of contents, sections, a foot.

import { createHash } from "node:crypto";
import { researchUse } from "../core/research-use.js";
import { html, type Markup, trusted } from "./html.js";
import type { DatasetFacts } from "./report-input.js";
import type { Section } from "./sections/parts.js";
import { styleSheet } from "./style.js";

export interface Page {
  /** Of the window. */
  readonly title: string;
  readonly version: string;
  readonly head: Markup;
  readonly sections: readonly Section[];
  /** What else lies in the folder, as the end of a sentence. */
  readonly files: string;
}

/** The whole page as text. */
export function renderShell({ title, version, head, sections, files }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="Pneumoscope ${version}">
<title>${title}</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<div class="page">
${head}
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
<footer><p>Made by Pneumoscope ${version}. ${researchUse} In the same folder: ${files}.</p></footer>
</div>
</body>
</html>
`.text;
}

/** What stands at the top of every page that shows a score. */
export function notices(kind: DatasetFacts["kind"]): Markup {
  return html`<p class="notice"><strong>${researchUse}</strong> Scores must not be used to diagnose or treat anyone.</p>
${
  kind === "synthetic"
    ? html`<p class="notice"><strong>Synthetic images.</strong> No patient was involved: these numbers show that the tool works and say nothing about pneumonia.</p>`
    : null
}`;
}

/** Nothing may be loaded or run; the one style sheet is named by its hash. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "img-src data:",
  `style-src 'sha256-${createHash("sha256").update(styleSheet).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function contents(sections: readonly Section[]): Markup {
  return html`<nav class="contents" aria-labelledby="contents-title"><h2 id="contents-title">Contents</h2>
<ol>${sections.map((section) => html`<li><a href="#${section.id}">${section.short}</a></li>`)}</ol></nav>`;
}

/** "2026-11-23 10:00 UTC"; text that is not a date stays as it is. */
export function dateText(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

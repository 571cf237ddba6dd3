// report.html of an audit: what was found, curves, every number, and what the alterations look like; and the same as a section of a
// model card.
import { join } from "node:path";
import { writeFileAtomically } from "../core/atomic-file.js";
import { researchUseInFull } from "../core/research-use.js";
import { type ToldThreshold, thresholdOrigin } from "../core/threshold-origin.js";
import type { Audit } from "../evaluation/audit/judge-audit.js";
import type { TestReading } from "../evaluation/test-reading.js";
import {
  auditColumns,
  auditedText,
  auditRows,
  auditRule,
  auditVerdict,
  conflictColumns,
  conflictRows,
  findingText,
  retestText,
} from "./audit-words.js";
import { auditCurvesFigure } from "./figures/audit-curves.js";
import { html, trusted } from "./html.js";
import { counted, thresholdText } from "./numbers.js";
import { dateText, notices, renderShell } from "./page.js";
import { imageDataUri, svgToPng } from "./png.js";
import { readingSentences } from "./reading-words.js";
import type { CaptionedImage, DatasetFacts } from "./report-input.js";
import { imageList, type Section, table } from "./sections/parts.js";
import { markdownTable } from "./tables.js";

export interface AuditReportInput {
  readonly audit: Audit;
  /** Null where nothing was scored anew. */
  readonly reading: TestReading | null;
  /** Of the model that was audited. */
  readonly model: string;
  readonly intendedUse: string;
  readonly threshold: ToldThreshold;
  /** The dataset's folder. */
  readonly measuredOn: string;
  readonly kind: DatasetFacts["kind"];
  readonly split: string;
  /** From which those of the audit were drawn. */
  readonly ofImages: number;
  /** Images that could not be read. */
  readonly skipped: number;
  /** Of each corruption: what its amounts count, and where they come from. */
  readonly sources: readonly { readonly title: string; readonly unit: string; readonly source: string }[];
  /** One image as the model sees it, altered in each way. */
  readonly examples: readonly CaptionedImage[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly version: string;
}

/** Writes report.html and figures/. @returns the page's path @throws AppError FILE_UNWRITABLE */
export async function writeAuditReport(folder: string, input: AuditReportInput): Promise<string> {
  const svg = auditCurvesFigure(input.audit);
  await writeFileAtomically(join(folder, "figures", "audit-curves.svg"), svg);
  await writeFileAtomically(join(folder, "figures", "audit-curves.png"), svgToPng(svg));
  const uris = await Promise.all(input.examples.map(({ image }) => imageDataUri(image)));
  const page = join(folder, "report.html");
  const { model, measuredOn, split, kind, version } = input;
  const shell = renderShell({
    title: `${model} on ${measuredOn}: Pneumoscope audit`,
    version,
    head: html`<header class="top">
<p class="product">Pneumoscope audit</p>
<h1>${model} on ${measuredOn}</h1>
<ul class="facts"><li><b>Made</b> ${dateText(input.createdAt)}</li><li><b>Images</b> ${split}/</li></ul>
${notices(kind)}</header>`,
    sections: [summary(input), curves(svg), numbers(input), retest(input), pictures(input, uris), method(input)],
    files:
      "audit.json with every number, scores.jsonl with every score, the section for a model card, and the figure as SVG and PNG in figures/",
  });
  await writeFileAtomically(page, shell);
  return page;
}

function summary({ audit, reading, ofImages, skipped, threshold, intendedUse }: AuditReportInput): Section {
  const left =
    skipped === 0
      ? ""
      : ` ${counted(skipped, "image")} could not be read and ${skipped === 1 ? "is" : "are"} left out.`;
  const body = html`<p class="lead">${auditVerdict(audit)}</p>
${audit.findings.length === 0 ? null : html`<ul>${audit.findings.map((finding) => html`<li>${findingText(finding)}</li>`)}</ul>`}
<p>${auditedText(audit, ofImages)}${left} A score of at least ${thresholdText(audit.threshold)} is called pneumonia (${thresholdOrigin(threshold)}).</p>
${reading === null ? null : html`<p>${readingSentences(reading).join(" ")}</p>`}
<p>${auditRule}</p>
<p>${intendedUse}</p>
<p><strong>${researchUseInFull}</strong></p>`;
  return { id: "summary", short: "Summary", title: "Summary", body };
}

function curves(svg: string): Section {
  const body = html`<figure class="drawing wide" id="figure-audit-curves">${trusted(svg)}<figcaption>Level 0 is the images as they are. Bars are 95% intervals.</figcaption></figure>`;
  return { id: "curves", short: "Curves", title: "As images get worse", body };
}

function numbers({ audit }: AuditReportInput): Section {
  const column = (title: string, i: number) => ({ title, kind: i > 1 ? ("number" as const) : ("text" as const) });
  const body = html`${table({
    caption: "Every level, with 95% intervals; AUC lost is of the same images, paired",
    columns: auditColumns.map(column),
    rows: auditRows(audit).map((cells, i) => (i === 0 ? { cells, kind: "this" as const } : { cells })),
  })}
<h3>A marker on one class alone</h3>
<p>The letter is pasted onto the images of one class and not onto those of the other: the class with which more AUC is lost. A model that pays no heed to markers loses nothing.</p>
${table({
  caption: "AUC lost with a marker on one class alone, with 95% intervals",
  columns: conflictColumns.map((title, i) => ({ title, kind: i > 2 ? ("number" as const) : ("text" as const) })),
  rows: conflictRows(audit).map((cells) => ({ cells })),
})}`;
  return { id: "numbers", short: "Numbers", title: "Every number", body };
}

function retest({ audit }: AuditReportInput): Section {
  const body = html`<p>${retestText(audit)}</p>
<p>The retakes are simulated: how much two real exposures of one patient differ was not measured.</p>`;
  return { id: "retest", short: "Retest", title: "Does a score repeat itself?", body };
}

function pictures({ examples }: AuditReportInput, uris: readonly string[]): Section {
  const shown = examples.map(({ caption }, i) => ({
    uri: uris[i] as string,
    alt: caption,
    strong: caption,
    lines: [],
  }));
  const body = html`<p>The first image as the model sees it, at the severest level of each corruption.</p>
${imageList(shown)}`;
  return { id: "pictures", short: "Pictures", title: "What was done to the images", body };
}

function method({ sources }: AuditReportInput): Section {
  const body = html`<p>Each image was decoded once, altered at its full size, and prepared for the model as every image is. Intervals are by patient: Wilson's with a design effect for proportions, Obuchowski's variance for AUCs and their paired differences.</p>
${table({
  caption: "What the levels are",
  columns: [{ title: "Images" }, { title: "What a level counts" }, { title: "Levels from" }],
  rows: sources.map(({ title, unit, source }) => ({ cells: [title, unit, source] })),
})}
<p>Of the levels by Hendrycks and Dietterich (for images of 32 and of 224 pixels) three were taken, mild ones among them; amounts in pixels are scaled to the image's shorter side.</p>`;
  return { id: "method", short: "Method", title: "How it was done", body };
}

/** Markdown, from its heading on; ends with a line break. */
export function auditCardSection({ audit, ofImages, measuredOn, split }: AuditReportInput): string {
  const plain = (value: string) => value.replace(/[\\`*_[\]<>#]/g, "\\$&");
  return [
    "## Robustness and shortcuts",
    "",
    `**${auditVerdict(audit)}**`,
    "",
    ...audit.findings.map((finding) => `- ${findingText(finding)}`),
    ...(audit.findings.length === 0 ? [] : [""]),
    `${auditedText(audit, ofImages)} From ${plain(split)}/ of ${plain(measuredOn)}. ${auditRule}`,
    "",
    ...markdownTable(
      auditColumns.map((title, i) => (i === 1 ? { title } : title)),
      auditRows(audit),
    ),
    "",
    retestText(audit),
    "",
  ].join("\n");
}

// The pieces sections are made of: a table, a drawing with its caption, a list of images.
import type { ReportAssets } from "../assets.js";
import type { FigureName } from "../figures/all-figures.js";
import { html, type Markup, trusted } from "../html.js";
import { count, percent } from "../numbers.js";

export interface Section {
  readonly id: string;
  /** In the list of contents. */
  readonly short: string;
  readonly title: string;
  readonly body: Markup;
}

export type Cell = string | Markup;

export interface TableContent {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
}

export interface Column {
  readonly title: string;
  readonly kind?: "number" | "text";
}

export interface TableRow {
  /** The first cell is the row's head. */
  readonly cells: readonly Cell[];
  /** `this`: the run the report is about; `total`: a sum of the rows above; `beside`: told for comparison; `head`: of the rows below. */
  readonly kind?: "this" | "total" | "beside" | "head";
}

/** A table with caption and heads that may scroll sideways on a small screen, by keyboard too. */
export function table({ caption, columns, rows }: TableContent): Markup {
  const numberClass = (i: number) => (columns[i]?.kind === "number" ? "number" : "");
  return html`<figure class="table"><figcaption>${caption}</figcaption>
<div class="scroll" role="region" aria-label="Table" tabindex="0"><table aria-label="${caption}">
<thead><tr>${columns.map((column, i) => html`<th scope="col" class="${numberClass(i)}">${column.title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr class="${row.kind ?? ""}">${row.cells.map((cell, i) =>
      i === 0 ? html`<th scope="row">${cell}</th>` : html`<td class="${numberClass(i)}">${cell}</td>`,
    )}</tr>
`,
  )}</tbody></table></div></figure>`;
}

/** A plotted figure with its caption; nothing where the figure does not exist. */
export function drawing(assets: ReportAssets, name: FigureName, caption: Cell, size: "wide" | "" = ""): Markup | null {
  const svg = assets.figures.get(name);
  if (svg === undefined) return null;
  return html`<figure class="drawing ${size}" id="figure-${name}">${trusted(svg)}<figcaption>${caption}</figcaption></figure>
`;
}

export interface ShownImage {
  readonly uri: string;
  readonly alt: string;
  readonly strong: string;
  readonly lines: readonly string[];
  readonly isOriginal?: boolean;
}

export function imageList(images: readonly ShownImage[]): Markup {
  return html`<ul class="images">${images.map(
    ({ uri, alt, strong, lines, isOriginal }) =>
      html`<li class="${isOriginal === true ? "original" : ""}"><img src="${uri}" alt="${alt}" width="224" height="224">
<span class="strong">${strong}</span>${lines.map((line) => html`<span>${line}</span>`)}</li>
`,
  )}</ul>`;
}

/** A radiograph and another image of it side by side, with words below. */
export interface ShownPair extends ShownImage {
  readonly beside: { readonly uri: string; readonly alt: string };
}

export function imagePairs(pairs: readonly ShownPair[]): Markup {
  return html`<ul class="images pairs">${pairs.map(
    ({ uri, alt, beside, strong, lines }) =>
      html`<li><div class="pair"><img src="${uri}" alt="${alt}" width="224" height="224"><img src="${beside.uri}" alt="${beside.alt}" width="224" height="224"></div>
<span class="strong">${strong}</span>${lines.map((line) => html`<span>${line}</span>`)}</li>
`,
  )}</ul>`;
}

/** "380 of 390 (97.4 %)". */
export function ofTotal(part: number, total: number): string {
  return `${count(part)} of ${count(total)} (${percent(total === 0 ? null : part / total)})`;
}

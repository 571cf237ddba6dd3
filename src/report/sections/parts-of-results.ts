// Results told apart: per patient and study beside per image, and by age, sex, view, source and finding.
import type { ReportAssets } from "../assets.js";
import { html, type Markup } from "../html.js";
import { joinedTables } from "../joined-table.js";
import type { ReportInput } from "../report-input.js";
import { subgroupTable } from "../subgroup-table.js";
import { unsureColumns, unsureRows, unsureSentences, unsureTitle } from "../unsure-words.js";
import { type Column, drawing, table } from "./parts.js";

/** What of a report's input its results come from. */
export type ReportedResults = Pick<ReportInput, "evaluation" | "metrics" | "dimensions">;

export function perPatientPart({ evaluation: { test }, metrics }: ReportedResults): readonly Markup[] {
  return joinedTables(test, metrics).map(
    ({ title, sentences, columns, rows }) => html`<h3>${title}</h3>
${table({ caption: sentences.join(" "), columns: firstOfNames(columns), rows: rows.map((cells) => ({ cells })) })}`,
  );
}

/** Nothing where there is no third answer. */
export function unsurePart({ evaluation: { test } }: ReportedResults, assets: ReportAssets): Markup | null {
  if (test.unsure === null) return null;
  return html`<h3>${unsureTitle}</h3>
<div class="figures">
${drawing(assets, "risk-coverage", "How many of the answers are wrong, if only the surest images are answered: those farthest from the threshold first. The dot is the third answer in use.")}
</div>
${table({
  caption: unsureSentences(test.unsure).join(" "),
  columns: firstOfNames(unsureColumns),
  rows: unsureRows(test.unsure).map((cells) => ({ cells })),
})}`;
}

export function subgroupsPart(
  { evaluation: { test }, dimensions }: ReportedResults,
  assets: ReportAssets,
): Markup | null {
  const shown = subgroupTable(test, dimensions);
  if (shown === null) return null;
  const { columns, parts, notes } = shown;
  const empty = columns.slice(1).map(() => "");
  return html`<h3>Parts of the test images</h3>
${drawing(assets, "subgroups", "Each group as a dot with its interval. Grey: too few patients to say anything.", "wide")}
${table({
  caption: `With intervals made as those of all images. ${notes.join(" ")}`,
  columns: firstOfNames(columns),
  rows: parts.flatMap(({ title, rows }) => [
    { cells: [title, ...empty], kind: "head" as const },
    ...rows.map((cells) => ({ cells })),
  ]),
})}`;
}

const firstOfNames = (titles: readonly string[]): readonly Column[] =>
  titles.map((title, i) => (i === 0 ? { title } : { title, kind: "number" }));

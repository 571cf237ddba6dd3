// Results told apart: per patient and study beside per image, and by age, sex, view, source and finding.
import type { ReportAssets } from "../assets.js";
import { html, type Markup } from "../html.js";
import { joinedTables } from "../joined-table.js";
import type { ReportInput } from "../report-input.js";
import { subgroupTable } from "../subgroup-table.js";
import { type Column, drawing, table } from "./parts.js";

/** What of a report's input its results come from. */
export type ReportedResults = Pick<ReportInput, "evaluation" | "metrics" | "dimensions">;

export function perPatientPart({ evaluation: { test }, metrics }: ReportedResults): readonly Markup[] {
  return joinedTables(test, metrics).map(
    ({ title, sentences, columns, rows }) => html`<h3>${title}</h3>
${table({ caption: sentences.join(" "), columns: firstOfNames(columns), rows: rows.map((cells) => ({ cells })) })}`,
  );
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

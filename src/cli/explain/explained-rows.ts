// What `explain` found, as rows for a terminal, as explain.csv and as explain.json.

import { stringify } from "csv-stringify/sync";
import { researchUse } from "../../core/research-use.js";
import { disarmFormula } from "../../evaluation/spreadsheet-text.js";
import type { RandomisationCheck } from "../../explain/randomisation-check.js";
import { evenShares, lungsFrame } from "../../explain/where-it-looked.js";
import { codesOf } from "../../page/readings-csv.js";
import { percent } from "../../report/numbers.js";
import { remarkLines, skippedRow } from "../run/reading-rows.js";
import { visible } from "../visible.js";
import type { ExplainedRow } from "./explain-images.js";

export const tableHead = [
  ` score  called     outside  border  hottest at  image`,
  `                    frame           across down`,
  `──────  ─────────  ───────  ──────  ──────────  ─────`,
  "",
].join("\n");

/** A row, ending in a line break. @param columns the terminal's width; undefined leaves texts whole */
export function tableRow(row: ExplainedRow, columns: number | undefined): string {
  const name = visible(row.name);
  if (row.kind === "skipped") return skippedRow(name, row.reason, columns);
  const { looked } = row;
  const share = (value: number | undefined, width: number) =>
    (value === undefined ? "–" : percent(value, 0)).padStart(width);
  const peak = looked === null ? "–" : `${share(looked.peak.x, 4)}  ${share(looked.peak.y, 4)}`;
  const shares = `${share(looked?.outsideFrame, 7)}  ${share(looked?.border, 6)}  ${peak.padEnd(10)}`;
  const remarks = remarkLines(row, columns);
  return `${row.score.toFixed(4)}  ${row.label.padEnd(9)}  ${shares}  ${name}\n${remarks}`;
}

/** A row as JSON says it; numbers are shares 0..1. */
export function jsonRow(row: ExplainedRow): object {
  if (row.kind === "skipped") return { path: row.name, error: { code: row.error.code, message: row.error.message } };
  const { name, score, label, lookedFor, looked, files, scope, warnings } = row;
  return { path: name, score, label, lookedFor, looked, files, scope, warnings };
}

const columns = [
  "path",
  "score",
  "label",
  "looked_for",
  "outside_frame",
  "border",
  "peak_x",
  "peak_y",
  "half_area",
  "overlay",
  "side_by_side",
  "scope",
  "warnings",
  "error",
  "message",
] as const;

export function csvText(rows: readonly ExplainedRow[]): string {
  const number = (value: number | undefined) => (value === undefined ? "" : value.toFixed(6));
  const cells = rows.map((row) => {
    const path = disarmFormula(row.name);
    if (row.kind === "skipped") {
      return [path, ...Array<string>(columns.length - 3).fill(""), row.error.code, disarmFormula(row.error.message)];
    }
    const { score, label, lookedFor, looked, files, scope, warnings } = row;
    const numbers = [looked?.outsideFrame, looked?.border, looked?.peak.x, looked?.peak.y, looked?.halfArea].map(
      number,
    );
    const written = [files.overlay, files.sideBySide].map(disarmFormula);
    return [
      path,
      String(score),
      label,
      lookedFor,
      ...numbers,
      ...written,
      codesOf(scope.findings),
      codesOf(warnings),
      "",
      "",
    ];
  });
  return stringify([[...columns], ...cells], { record_delimiter: "unix" });
}

export interface ExplainedFacts {
  readonly model: { readonly file: string; readonly title: string };
  readonly threshold: number;
  readonly check: RandomisationCheck | null;
}

/** What explain.json holds: the rows, and what is needed to read them. */
export function jsonDocument(rows: readonly ExplainedRow[], { model, threshold, check }: ExplainedFacts): object {
  return {
    version: 1,
    note: `Where the model looked, not where a disease is. ${researchUse}`,
    model,
    threshold,
    frames: {
      lungs: lungsFrame,
      note: "fixed frames in shares of width and height; no lungs were outlined",
      evenMap: evenShares,
    },
    randomisationCheck: check,
    images: rows.map(jsonRow),
  };
}

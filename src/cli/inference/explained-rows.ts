// What `explain` found, as rows for a terminal.
import type { ExplainedResult } from "../../index.js";
import { percent } from "../numbers.js";
import { visible } from "../visible.js";
import { remarkLines, skippedRow } from "./result-rows.js";

export const tableHead = [
  ` score  called     outside  border  hottest at  image`,
  `                    frame           across down`,
  `──────  ─────────  ───────  ──────  ──────────  ─────`,
  "",
].join("\n");

/** A row, ending in a line break. @param columns the terminal's width; undefined leaves texts whole */
export function tableRow(row: ExplainedResult, columns: number | undefined): string {
  if (row.kind === "failed") return skippedRow(row, columns);
  const { looked } = row;
  const share = (value: number | undefined, width: number) =>
    (value === undefined ? "–" : percent(value, 0)).padStart(width);
  const peak = looked === null ? "–" : `${share(looked.peak.x, 4)}  ${share(looked.peak.y, 4)}`;
  const shares = `${share(looked?.outsideFrame, 7)}  ${share(looked?.border, 6)}  ${peak.padEnd(10)}`;
  const remarks = remarkLines(row, columns);
  return `${row.score.toFixed(4)}  ${row.label.padEnd(9)}  ${shares}  ${visible(row.name)}\n${remarks}`;
}

// The table as CSV (RFC 4180, UTF-8), in the columns of `predict --csv`. Names and messages are disarmed: a spreadsheet
// must not run a file's name as a formula.
import { disarmFormula } from "../evaluation/spreadsheet-text.js";
import { labelOf } from "./file-list.js";
import type { PageFile } from "./page-file.js";

/** Of every CSV file of readings; `scope` and `warnings` are codes parted by spaces. */
export const readingColumns = ["path", "score", "label", "threshold", "scope", "warnings", "error", "message"] as const;

/** One row per file that has a score or failed; files that still wait are left out. */
export function readingsCsv(files: readonly PageFile[], threshold: number): string {
  const rows = files.flatMap((file): string[][] => {
    const name = disarmFormula(file.name);
    if (file.state.kind === "failed") {
      const { code, message } = file.state.failure;
      return [[name, "", "", "", "", "", code, disarmFormula(message)]];
    }
    if (file.state.kind !== "read") return [];
    const { reading } = file.state;
    const remarks = [codesOf(reading.scope.findings), codesOf(reading.warnings)];
    return [[name, String(reading.score), labelOf(reading, threshold), String(threshold), ...remarks, "", ""]];
  });
  return [readingColumns, ...rows].map((cells) => `${cells.map(quoted).join(",")}\n`).join("");
}

/** Of findings and warnings: "VIEW_LATERAL AGE_OUTSIDE". */
export const codesOf = (remarks: readonly { readonly code: string }[]): string =>
  remarks.map(({ code }) => code).join(" ");

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

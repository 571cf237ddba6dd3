// The table as CSV (RFC 4180, UTF-8), in the columns of `predict --csv`.
import { resultCells, resultColumns } from "../inference/result-csv.js";
import type { PageFile } from "./page-file.js";

/** One row per file that has a result; files that still wait are left out. */
export function resultsCsv(files: readonly PageFile[]): string {
  const rows = files.flatMap(({ state }) =>
    state.kind === "scored" || state.kind === "failed" ? [resultCells(state)] : [],
  );
  return [resultColumns, ...rows].map((cells) => `${cells.map(quoted).join(",")}\n`).join("");
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

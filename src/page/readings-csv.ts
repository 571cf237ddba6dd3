// The table as CSV (RFC 4180, UTF-8), with the columns of `predict --csv` and the cautions after them. Names and
// messages are disarmed: a spreadsheet must not run a file's name as a formula.
import { disarmFormula } from "../evaluation/spreadsheet-text.js";
import { labelOf } from "./file-list.js";
import type { PageFile } from "./page-file.js";

const columns = ["path", "score", "label", "threshold", "error", "message", "cautions"] as const;

/** One row per file that has a score or failed; files that still wait are left out. */
export function readingsCsv(files: readonly PageFile[], threshold: number): string {
  const rows = files.flatMap((file): string[][] => {
    const name = disarmFormula(file.name);
    if (file.state.kind === "failed") {
      const { code, message } = file.state.failure;
      return [[name, "", "", "", code, disarmFormula(message), ""]];
    }
    if (file.state.kind !== "read") return [];
    const { reading } = file.state;
    const cautions = reading.cautions.map(({ code }) => code).join(" ");
    const label = labelOf(reading, threshold);
    return [[name, String(reading.score), label, String(threshold), "", "", disarmFormula(cautions)]];
  });
  return [columns, ...rows].map((cells) => `${cells.map(quoted).join(",")}\n`).join("");
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

// Results as the lines of a text: what a file of scores consists of.
import type { Result } from "./result.js";
import { resultCells, resultColumns } from "./result-csv.js";

/** How results are written, one after the other. */
export interface ResultFormat {
  /** Such as "csv". */
  readonly name: string;
  /** What comes before the first; may be empty. A shard after the first leaves it out, so that shards can be joined. */
  readonly head: string;
  /** One result, ending in a line break. */
  row(result: Result): string;
}

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(",")}\n`;

/** Comma-separated values with a header (RFC 4180), in the columns `resultColumns`. */
export const csvFormat: ResultFormat = {
  name: "csv",
  head: csvLine(resultColumns),
  row: (result) => csvLine(resultCells(result)),
};

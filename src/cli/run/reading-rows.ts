// Readings as text, one row at a time: a table for a terminal, tab-separated columns for a pipe, JSON lines, CSV.
// Every form puts out a row as soon as it is known.
import { stringify } from "csv-stringify/sync";
import { disarmFormula } from "../../evaluation/spreadsheet-text.js";
import { codesOf, readingColumns } from "../../page/readings-csv.js";
import { hangingText } from "../hanging-text.js";
import { visible } from "../visible.js";
import type { Remarks } from "./decode-found.js";
import type { Reading } from "./read-images.js";

export type RowForm = "table" | "plain" | "json" | "csv";

export interface RowFormat {
  /** What comes before the first row; may be empty. */
  readonly head: string;
  /** A row, ending in a line break. */
  row(reading: Reading): string;
}

/**
 * The format; `threshold` is told in the forms for machines.
 * @param columns the terminal's width, to which a table's texts are folded; undefined leaves them whole
 */
export function rowFormat(form: RowForm, threshold: number, columns?: number): RowFormat {
  switch (form) {
    case "table":
      return { head: tableHead, row: (reading) => tableRow(reading, columns) };
    case "plain":
      return { head: "", row: plainRow };
    case "json":
      return { head: "", row: (reading) => jsonLine(jsonRow(reading, threshold)) };
    case "csv":
      return { head: csvLine(readingColumns), row: (reading) => csvLine(csvCells(reading, threshold)) };
    default:
      return form satisfies never;
  }
}

const tableHead = `${"score".padStart(6)}  ${"label".padEnd(9)}  image\n${"─".repeat(6)}  ${"─".repeat(9)}  ${"─".repeat(5)}\n`;

/** Where the images' names begin. */
const nameColumn = 19;

function tableRow(reading: Reading, columns: number | undefined): string {
  const name = visible(reading.name);
  if (reading.kind === "skipped") return skippedRow(name, reading.reason, columns);
  return `${reading.score.toFixed(4)}  ${reading.label.padEnd(9)}  ${name}\n${remarkLines(reading, columns)}`;
}

/** A table's row for an image without a score. */
export function skippedRow(name: string, reason: string, columns: number | undefined): string {
  const text = hangingText(`${name}: ${visible(reason)}`, nameColumn, columns);
  return `${"–".padStart(6)}  ${"skipped".padEnd(9)}  ${text}\n`;
}

/** Of the images of one command. */
export const outOfScopeText = (images: number): string => `${images} flagged as out of scope: do not use their scores`;

/** The lines below a table's row: what speaks against using its score. */
export function remarkLines({ scope, warnings }: Remarks, columns: number | undefined): string {
  return [...scope.findings, ...warnings]
    .map(({ message }) => `${" ".repeat(nameColumn)}! ${hangingText(visible(message), nameColumn + 2, columns)}\n`)
    .join("");
}

/** score, label, image and, for skipped ones, the reason, else the codes of scope findings and warnings; parted by tabs. */
function plainRow(reading: Reading): string {
  const name = visible(reading.name);
  if (reading.kind === "scored") {
    const codes = codesOf([...reading.scope.findings, ...reading.warnings]);
    return `${reading.score.toFixed(6)}\t${reading.label}\t${name}${codes && `\t${codes}`}\n`;
  }
  return `-\tskipped\t${name}\t${reading.error.code}: ${visible(reading.reason)}\n`;
}

/** One object in one line. */
export const jsonLine = (value: object): string => `${visible(JSON.stringify(value))}\n`;

function jsonRow(reading: Reading, threshold: number): object {
  if (reading.kind === "scored") {
    const { name, score, label, warnings, scope } = reading;
    return { path: name, score, label, threshold, scope, warnings };
  }
  return { path: reading.name, error: { code: reading.error.code, message: reading.error.message } };
}

function csvCells(reading: Reading, threshold: number): readonly string[] {
  const path = disarmFormula(reading.name);
  if (reading.kind === "scored") {
    const { score, label, scope, warnings } = reading;
    return [path, String(score), label, String(threshold), codesOf(scope.findings), codesOf(warnings), "", ""];
  }
  return [path, "", "", "", "", "", reading.error.code, disarmFormula(reading.error.message)];
}

const csvLine = (cells: readonly string[]): string => stringify([[...cells]], { record_delimiter: "unix" });

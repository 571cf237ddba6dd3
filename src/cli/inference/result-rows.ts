// Results as text, one row at a time: a table for a terminal, tab-separated columns for a pipe, JSON lines, CSV.
// Every form puts out a row as soon as it is known.
import { csvFormat, type FailedResult, type Remarks, type Result, type ResultFormat } from "../../index.js";
import { hangingText } from "../hanging-text.js";
import { visible } from "../visible.js";

export type RowForm = "table" | "plain" | "json" | "csv";

/**
 * The format.
 * @param columns the terminal's width, to which a table's texts are folded; undefined leaves them whole
 */
export function rowFormat(form: RowForm, columns?: number): ResultFormat {
  switch (form) {
    case "table":
      return { name: form, head: tableHead, row: (result) => tableRow(result, columns) };
    case "plain":
      return { name: form, head: "", row: plainRow };
    case "json":
      return { name: form, head: "", row: (result) => jsonLine(jsonRow(result)) };
    case "csv":
      return csvFormat;
    default:
      return form satisfies never;
  }
}

const tableHead = `${"score".padStart(6)}  ${"label".padEnd(9)}  image\n${"─".repeat(6)}  ${"─".repeat(9)}  ${"─".repeat(5)}\n`;

/** Where the images' names begin. */
const nameColumn = 19;

function tableRow(result: Result, columns: number | undefined): string {
  if (result.kind === "failed") return skippedRow(result, columns);
  return `${result.score.toFixed(4)}  ${result.label.padEnd(9)}  ${visible(result.name)}\n${remarkLines(result, columns)}`;
}

/** A table's row for an image without a score. */
export function skippedRow({ name, error }: FailedResult, columns: number | undefined): string {
  const text = hangingText(`${visible(name)}: ${visible(reasonOf(error))}`, nameColumn, columns);
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

/** The error's message without its place: beside the image's name that says nothing new, and may tell of a person. */
const reasonOf = ({ message, place }: FailedResult["error"]): string => message.slice(`${place}: `.length);

/** score, label, image and, for skipped ones, the reason, else the codes of scope findings and warnings; parted by tabs. */
function plainRow(result: Result): string {
  const name = visible(result.name);
  if (result.kind === "failed")
    return `-\tskipped\t${name}\t${result.error.code}: ${visible(reasonOf(result.error))}\n`;
  const codes = [...result.scope.findings, ...result.warnings].map(({ code }) => code).join(" ");
  return `${result.score.toFixed(6)}\t${result.label}\t${name}${codes && `\t${codes}`}\n`;
}

/** One object in one line. */
export const jsonLine = (value: object): string => `${visible(JSON.stringify(value))}\n`;

function jsonRow(result: Result): object {
  const { name: path } = result;
  if (result.kind === "failed") return { path, error: { code: result.error.code, message: result.error.message } };
  const { score, label, threshold, scope, warnings } = result;
  return { path, score, label, threshold, scope, warnings };
}

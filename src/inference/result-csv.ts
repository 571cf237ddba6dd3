// Results as rows of a table for spreadsheets (RFC 4180), the same in the command line and on the page. Names and messages are
// disarmed: a spreadsheet must not run a file's name as a formula.
import { disarmFormula } from "../core/spreadsheet-text.js";
import type { Result } from "./result.js";

/** `scope` and `warnings` are codes parted by spaces. */
export const resultColumns = ["path", "score", "label", "threshold", "scope", "warnings", "error", "message"] as const;

/**
 * One result as the cells of a row, in the order of `resultColumns`. Names and messages are disarmed for spreadsheets.
 *
 * @example
 * console.log(resultColumns.join(","));
 * for await (const result of classifier.predict("scans/")) {
 *   console.log(resultCells(result).map((cell) => JSON.stringify(cell)).join(","));
 * }
 */
export function resultCells(result: Result): readonly string[] {
  const path = disarmFormula(result.name);
  if (result.kind === "failed") {
    return [path, "", "", "", "", "", result.error.code, disarmFormula(result.error.message)];
  }
  const { score, label, threshold, scope, warnings } = result;
  return [path, String(score), label, String(threshold), codesOf(scope.findings), codesOf(warnings), "", ""];
}

/** Of findings and warnings: "VIEW_LATERAL AGE_OUTSIDE". */
export const codesOf = (remarks: readonly { readonly code: string }[]): string =>
  remarks.map(({ code }) => code).join(" ");

// Results of all files to rows: counts by suite, the summary of a run, and the files that are not read alike.
import type { Row } from "../results-file.js";
import {
  type FileResult,
  isUnwarned,
  outcomeOf,
  outcomes,
  type Reading,
  twinsDifferInCode,
  twinsDisagree,
} from "./outcome.js";

export const readers = ["node", "page"] as const;
export type Reader = (typeof readers)[number];

/** By suite, for console.table. */
export function suiteTable(results: readonly FileResult[], reader: Reader): Readonly<Record<string, Row>> {
  const suites = [...new Set(results.map(suiteOf))];
  return Object.fromEntries(
    suites.map((suite) => [
      suite,
      counts(
        results.filter((result) => suiteOf(result) === suite),
        reader,
      ),
    ]),
  );
}

export function summaryRow(results: readonly FileResult[], reader: Reader): Row {
  const slowest = results.reduce((a, b) => (b[reader].ms > a[reader].ms ? b : a));
  return { reader, ...counts(results, reader), slowest_ms: slowest[reader].ms, slowest: slowest.reference.file };
}

/** The files that a reader does not read as the reference does, or that Node and the page read differently. */
export function differenceRows(results: readonly FileResult[]): Row[] {
  return results
    .filter((result) => readers.some((reader) => !isAsReference(result, reader)) || !areTwins(result))
    .map(differenceRow)
    .sort((a, b) => orderOf(a).localeCompare(orderOf(b)));
}

const suiteOf = ({ reference }: FileResult): string => reference.file.split("/")[0] ?? "";

function counts(results: readonly FileResult[], reader: Reader): Row {
  const seen = results.map((result) => outcomeOf(result[reader], result.reference));
  return {
    n: results.length,
    ...Object.fromEntries(outcomes.map((outcome) => [outcome, seen.filter((each) => each === outcome).length])),
    unwarned: results.filter((result) => isUnwarned(result[reader], result.reference)).length,
    twins_disagree: results.filter(twinsDisagree).length,
    twins_other_code: results.filter(twinsDifferInCode).length,
  };
}

/** Lossy decoders inside DICOM may be a level apart; of JPEG and PNG every level counts. */
function isAsReference({ reference, ...result }: FileResult, reader: Reader): boolean {
  const outcome = outcomeOf(result[reader], reference);
  if (isUnwarned(result[reader], reference)) return false;
  return outcome === "equal" || outcome === "refused_by_both" || (outcome === "within_1" && reference.kind === "dicom");
}

const areTwins = (result: FileResult): boolean => !twinsDisagree(result) && !twinsDifferInCode(result);

function differenceRow(result: FileResult): Row {
  const { reference, node, page, stored, twins } = result;
  return {
    file: reference.file,
    kind: reference.kind,
    sha256: reference.sha256.slice(0, 12),
    reference: reference.status,
    node: outcomeOf(node, reference),
    page: outcomeOf(page, reference),
    twins_disagree: twinsDisagree(result) ? 1 : 0,
    twins_other_code: twinsDifferInCode(result) ? 1 : 0,
    unwarned: isUnwarned(node, reference) ? 1 : 0,
    ...levelsOf("node", node),
    ...levelsOf("page", page),
    stored_max: stored?.max ?? "",
    twins_max: twins?.max ?? "",
    reference_says: [reference.reason, reference.words].filter((text) => text !== "").join(" | "),
    node_says: saidBy(node),
    page_says: saidBy(page),
  };
}

/** Copies of a file in several suites follow each other. */
const orderOf = ({ kind, node, page, sha256, file }: Row): string => [kind, node, page, sha256, file].join(" ");

function levelsOf(reader: Reader, reading: Reading): Row {
  const difference = reading.kind === "read" ? reading.difference : undefined;
  return { [`${reader}_max`]: difference?.max ?? "", [`${reader}_mean`]: difference?.mean.toFixed(3) ?? "" };
}

function saidBy(reading: Reading): string {
  switch (reading.kind) {
    case "read":
      return reading.warnings.join(" ");
    case "refused":
      return `${reading.code} ${reading.message}`;
    case "failed":
      return reading.what;
    default:
      return reading satisfies never;
  }
}

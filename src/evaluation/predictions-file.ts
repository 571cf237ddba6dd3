// predictions.csv: written once, read strictly. Every metric and figure can be made again from it, exactly.
// Columns: name,patient,label,score and, where the rows know them, those of prediction-columns.ts. Scores keep all digits
// (shortest form that reads back the same). Texts that a spreadsheet would run as a formula are disarmed (spreadsheet-text.ts).
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { writeFileAtomically } from "../core/atomic-file.js";
import { AppError, messageOf } from "../core/errors.js";
import { CellError } from "../core/fact-cells.js";
import { readText } from "../core/json-file.js";
import { disarmFormula, rearmFormula } from "../core/spreadsheet-text.js";
import type { Prediction } from "./prediction.js";
import { optionalColumns } from "./prediction-columns.js";

const requiredColumns = ["name", "patient", "label", "score"] as const;

/** @throws AppError FILE_UNWRITABLE, or PREDICTIONS_INVALID for a row that could not be read back. */
export async function writePredictions(path: string, predictions: readonly Prediction[]): Promise<void> {
  await writeFileAtomically(path, formatPredictions(predictions, path));
}

/** @throws AppError FILE_MISSING, FILE_UNREADABLE, or PREDICTIONS_INVALID naming the line and the rule. */
export async function readPredictions(path: string): Promise<readonly Prediction[]> {
  return parsePredictions(await readText(path), path);
}

/** The file's text. `place` names it in errors. */
export function formatPredictions(predictions: readonly Prediction[], place = "predictions"): string {
  const optional = optionalColumns.filter(({ text }) => predictions.some((row) => text(row) !== undefined));
  const rows = predictions.map((row) => {
    if (!(row.score >= 0 && row.score <= 1)) {
      throw new AppError("PREDICTIONS_INVALID", {
        place: `${place}, image ${row.name}`,
        rule: "a score from 0 to 1",
        received: `${row.score}`,
        remedy: "The model's weights are broken: train or load it again",
      });
    }
    const cells = [row.name, row.patient ?? "", String(row.label), String(row.score)];
    return [...cells, ...optional.map(({ text }) => text(row) ?? "")].map(disarmFormula);
  });
  return stringify([[...requiredColumns, ...optional.map(({ column }) => column)], ...rows], {
    record_delimiter: "unix",
  });
}

/** Reads the file's text. Columns may stand in any order; others than those above are refused. */
export function parsePredictions(text: string, place = "predictions"): readonly Prediction[] {
  const [header, ...records] = parseRecords(text, place);
  if (header === undefined) throw invalid(place, "the first line names the columns", "an empty file");
  const at = columnPlaces(header.record, place);
  const names = new Set<string>();
  return records.map(({ record, line }) => {
    const cell = (column: string) => rearmFormula(record[at.get(column) ?? -1] ?? "");
    const where = `${place}, line ${line}`;
    const name = cell("name");
    if (name === "") throw invalid(where, "name is not empty", "an empty cell");
    const key = `${cell("split")}\n${name}`;
    if (names.has(key)) throw invalid(where, "each image stands once", `${JSON.stringify(name)} again`);
    names.add(key);
    return {
      name,
      patient: cell("patient") === "" ? null : cell("patient"),
      label: parseLabel(cell("label"), where),
      score: parseScore(cell("score"), where),
      ...optionalFacts(cell, where),
    };
  });
}

/** Those of the optional columns that say something of a row. */
function optionalFacts(cell: (column: string) => string, where: string): Partial<Prediction> {
  const told = optionalColumns.map(({ column, read }) => {
    const text = cell(column);
    if (text === "") return {};
    try {
      return read(text);
    } catch (thrown) {
      if (!(thrown instanceof CellError)) throw thrown;
      throw invalid(where, `${column} is ${thrown.rule}`, JSON.stringify(text.slice(0, 40)));
    }
  });
  return Object.assign({}, ...told);
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly line: number;
}

function parseRecords(text: string, place: string): readonly CsvRecord[] {
  try {
    const parsed: unknown = parse(text, { bom: true, info: true, skip_empty_lines: true });
    return (parsed as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      record,
      line: info.lines,
    }));
  } catch (thrown) {
    throw new AppError(
      "PREDICTIONS_INVALID",
      {
        place,
        rule: "comma-separated values, as many in each line as in the first",
        received: messageOf(thrown),
        remedy: "Evaluate the model again to write another",
      },
      { cause: thrown },
    );
  }
}

function columnPlaces(header: readonly string[], place: string): ReadonlyMap<string, number> {
  const at = new Map(header.map((column, i) => [column.trim(), i]));
  const optional = optionalColumns.map(({ column }) => column);
  const known: readonly string[] = [...requiredColumns, ...optional];
  const rule = `columns ${requiredColumns.join(", ")} and, if wanted, ${optional.join(", ")}, each once`;
  const isKnown = [...at.keys()].every((column) => known.includes(column));
  if (!isKnown || at.size !== header.length || requiredColumns.some((column) => !at.has(column))) {
    throw invalid(`${place}, line 1`, rule, JSON.stringify(header.join(",").slice(0, 200)));
  }
  return at;
}

function parseLabel(cell: string, where: string): 0 | 1 {
  if (cell === "0") return 0;
  if (cell === "1") return 1;
  throw invalid(where, "label is 0 (normal) or 1 (pneumonia)", JSON.stringify(cell.slice(0, 40)));
}

function parseScore(cell: string, where: string): number {
  const value = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw invalid(where, "score is a number from 0 to 1", JSON.stringify(cell.slice(0, 40)));
}

function invalid(place: string, rule: string, received: string): AppError {
  return new AppError("PREDICTIONS_INVALID", {
    place,
    rule,
    received,
    remedy: "Correct the file, or evaluate the model again to write another",
  });
}

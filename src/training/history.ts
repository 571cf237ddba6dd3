// history.csv: one row per epoch with Keras' column names. Rewritten whole after every epoch, so it is never half a file.
// A resumed run takes its history from the checkpoint; the file is read back by what compares finished runs.
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { writeFileAtomically } from "../core/atomic-file.js";
import { AppError, messageOf } from "../core/errors.js";
import { readText } from "../core/json-file.js";

/** One finished epoch. Validation numbers are null where there is no validation set, or an AUC is not defined. */
export interface HistoryRow {
  /** From 1. */
  readonly epoch: number;
  /** Class-weighted training loss, mean over the epoch. */
  readonly loss: number;
  readonly accuracy: number;
  /** Unweighted binary cross-entropy on the validation set, as Keras reports it. */
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  readonly validationAuc: number | null;
  /** The one this epoch began with. */
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Length of the epoch, validation included. */
  readonly seconds: number;
}

/** Field and column name, in the file's order. */
const columns = [
  ["epoch", "epoch"],
  ["loss", "loss"],
  ["accuracy", "accuracy"],
  ["validationLoss", "val_loss"],
  ["validationAccuracy", "val_accuracy"],
  ["validationAuc", "val_auc"],
  ["learningRate", "learning_rate"],
  ["imagesPerSecond", "images_per_second"],
  ["seconds", "seconds"],
] as const satisfies readonly (readonly [keyof HistoryRow, string])[];

const mayBeEmpty: ReadonlySet<keyof HistoryRow> = new Set(["validationLoss", "validationAccuracy", "validationAuc"]);

/**
 * Replaces the file. Numbers are written in full: what is read back is equal.
 * @throws AppError FILE_UNWRITABLE
 */
export async function writeHistory(path: string, rows: readonly HistoryRow[]): Promise<void> {
  await writeFileAtomically(path, formatHistory(rows));
}

/** @throws AppError FILE_MISSING, FILE_UNREADABLE, or RUN_FILE_INVALID naming the line */
export async function readHistory(path: string): Promise<HistoryRow[]> {
  return parseHistory(await readText(path), path);
}

/** The file's text. null becomes an empty cell; a loss that is not a number is written as NaN. */
export function formatHistory(rows: readonly HistoryRow[]): string {
  const header = columns.map(([, column]) => column);
  return stringify([
    header,
    ...rows.map((row) => columns.map(([field]) => (row[field] === null ? "" : String(row[field])))),
  ]);
}

/**
 * @param place names the text in errors
 * @throws AppError RUN_FILE_INVALID unless the columns are exactly ours and the epochs run 1, 2, 3, …
 */
export function parseHistory(text: string, place: string): HistoryRow[] {
  const invalid = (rule: string, received: string) =>
    new AppError("RUN_FILE_INVALID", { place, rule, received, remedy: "Restore the file or start a new run" });
  const [header, ...records] = parseCsv(text, invalid);
  const expected = columns.map(([, column]) => column).join(",");
  if (header?.join(",") !== expected)
    throw invalid(`the first line must be ${expected}`, header?.join(",") ?? "nothing");
  return records.map((cells, index) => {
    const numbers = columns.map(([field, column], place) => {
      const cell = cells[place] ?? "";
      if (cell === "" && mayBeEmpty.has(field)) return [field, null] as const;
      const value = Number(cell);
      const isNumber = cell.trim() !== "" && (cell === "NaN" || !Number.isNaN(value));
      if (!isNumber) throw invalid(`line ${index + 2}: ${column} must be a number`, JSON.stringify(cell));
      return [field, value] as const;
    });
    const row = Object.fromEntries(numbers) as unknown as HistoryRow;
    if (row.epoch !== index + 1) throw invalid(`line ${index + 2}: epoch must be ${index + 1}`, String(row.epoch));
    return row;
  });
}

function parseCsv(text: string, invalid: (rule: string, received: string) => AppError): string[][] {
  try {
    return parse(text);
  } catch (thrown) {
    throw invalid("must be a CSV table", messageOf(thrown));
  }
}

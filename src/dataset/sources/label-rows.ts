// The rows of a file of labels, by the names of its columns: a hospital's own list or a published one. Names count without
// their case, blanks and underscores, for everybody writes them otherwise.
import { basename } from "node:path";
import { type CsvFault, csvRecords, shownCell } from "../../core/csv-records.js";
import { AppError } from "../../core/errors.js";

const plain = (column: string): string => column.toLowerCase().replaceAll(/[\s_]/g, "");

/** The columns of a file of labels. */
export class LabelHeader {
  readonly width: number;
  readonly #at = new Map<string, number>();
  readonly #twice = new Set<string>();
  readonly #asked = new Map<string, number | undefined>();

  constructor(cells: readonly string[]) {
    this.width = cells.length;
    for (const [i, cell] of cells.entries()) {
      const name = plain(cell);
      if (this.#at.has(name)) this.#twice.add(name);
      else this.#at.set(name, i);
    }
  }

  has(column: string): boolean {
    return this.indexOf(column) !== undefined && !this.#twice.has(plain(column));
  }

  indexOf(column: string): number | undefined {
    // Asked for in each of a million rows by the same few names.
    if (!this.#asked.has(column)) this.#asked.set(column, this.#at.get(plain(column)));
    return this.#asked.get(column);
  }
}

/** One row, its cells without blanks around them. */
export class LabelRow {
  readonly line: number;
  readonly header: LabelHeader;
  readonly #file: string;
  readonly #cells: readonly string[];

  constructor(file: string, line: number, header: LabelHeader, cells: readonly string[]) {
    this.#file = file;
    this.line = line;
    this.header = header;
    this.#cells = cells;
  }

  /** "" for an empty cell and for a column that is not there. */
  text(column: string): string {
    const at = this.header.indexOf(column);
    return at === undefined ? "" : (this.#cells[at] ?? "").trim();
  }

  /** @throws AppError LABELS_INVALID where the cell is empty */
  needed(column: string): string {
    const text = this.text(column);
    if (text === "") throw this.invalid(column, "should not be empty", "an empty cell");
    return text;
  }

  /** The meaning of a cell by a table of all that it may hold. @throws AppError LABELS_INVALID */
  meaning<Value>(column: string, meanings: ReadonlyMap<string, Value>): Value {
    const text = this.text(column);
    const value = meanings.get(text.toLowerCase());
    if (value !== undefined) return value;
    const known = [...meanings.keys()].map((key) => (key === "" ? "nothing" : key));
    throw this.invalid(column, `should be one of ${known.join(", ")}`, text === "" ? "an empty cell" : shownCell(text));
  }

  /** @param column undefined where the row as a whole is meant */
  invalid(column: string | undefined, rule: string, received: string): AppError {
    return invalidLabels(this.#file, this.line, rule, received, "Correct the file", column);
  }
}

/**
 * The rows below the header, which must have the named columns.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, LABELS_INVALID
 */
export async function* labelRows(file: string, columns: readonly string[]): AsyncGenerator<LabelRow> {
  const fault: CsvFault = (line, ...what) => invalidLabels(file, line, ...what);
  let header: LabelHeader | undefined;
  for await (const { line, cells } of csvRecords(file, fault)) {
    if (header === undefined) {
      header = new LabelHeader(cells);
      const missing = columns.filter((column) => header?.has(column) === false);
      if (missing.length > 0) {
        const received = `${missing.join(", ")} missing or there twice in ${shownCell(cells.join(","))}`;
        throw fault(line, `the first line names the columns, once each: ${columns.join(", ")}`, received);
      }
      continue;
    }
    if (cells.length !== header.width) {
      // Not shown: a hospital's row names a patient.
      throw fault(line, `as many cells as the first line, ${header.width}`, String(cells.length));
    }
    yield new LabelRow(file, line, header, cells);
  }
  if (header === undefined) throw fault(1, "the first line names the columns", "an empty file");
}

/** The columns of a file; undefined where it is none that can be read. */
export async function headerOf(file: string): Promise<LabelHeader | undefined> {
  try {
    const fault: CsvFault = (line, ...what) => invalidLabels(file, line, ...what);
    for await (const { cells } of csvRecords(file, fault)) return new LabelHeader(cells);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
  }
  return undefined;
}

function invalidLabels(
  file: string,
  line: number,
  rule: string,
  received: string,
  remedy = "Correct the file",
  column?: string,
): AppError {
  const place = `${basename(file)}, line ${line}${column === undefined ? "" : `, column ${column}`}`;
  return new AppError("LABELS_INVALID", { place, rule, received, remedy });
}

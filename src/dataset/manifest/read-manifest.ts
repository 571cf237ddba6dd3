// manifest.csv, read row by row with flat memory: every cell checked, every refusal with its line and column.
import { basename } from "node:path";
import { type CsvFault, csvBatches, csvRecords, shownCell } from "../../core/csv-records.js";
import { AppError } from "../../core/errors.js";
import { CellError } from "../../core/fact-cells.js";
import { rearmFormula } from "../../core/spreadsheet-text.js";
import type { ImageFacts } from "../sample.js";
import { cells, type ManifestColumn, type ManifestRow, optionalColumns, requiredColumns } from "./manifest-row.js";

/**
 * The rows of a manifest, in the file's order.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE; MANIFEST_INVALID naming line, column, what was found and what should be
 */
export async function* readManifest(file: string): AsyncGenerator<ManifestRow> {
  for await (const rows of manifestBatches(file)) yield* rows;
}

/** As `readManifest`, many at a time: a million rows need not wait for each other. */
export async function* manifestBatches(file: string): AsyncGenerator<readonly ManifestRow[]> {
  const name = basename(file);
  const seen = new Set<string>();
  let reader: RowReader | undefined;
  for await (const batch of csvBatches(file, faultIn(name))) {
    const rows: ManifestRow[] = [];
    for (const { line, cells: record } of batch) {
      if (reader === undefined) {
        reader = new RowReader(checkedHeader(record, name), name);
        continue;
      }
      const row = reader.read(record, line);
      if (seen.has(row.path)) throw await standsTwice(file, reader, row.path, line);
      seen.add(row.path);
      rows.push(row);
    }
    yield rows;
  }
  if (reader === undefined) throw invalid({ name, line: 1 }, "the first line names the columns", "an empty file");
  if (seen.size === 0) throw invalid({ name, line: 2 }, "a manifest has a line for each image", "only a header");
}

const faultIn =
  (name: string): CsvFault =>
  (line, ...what) =>
    invalid({ name, line }, ...what);

/** Reads again for the line that has the path first: to keep a million line numbers for this takes memory from everybody. */
async function standsTwice(file: string, reader: RowReader, path: string, line: number): Promise<AppError> {
  const name = basename(file);
  let before = 1;
  let isHeader = true;
  for await (const record of csvRecords(file, faultIn(name))) {
    if (!isHeader && reader.read(record.cells, record.line).path === path) {
      before = record.line;
      break;
    }
    isHeader = false;
  }
  const rule = `each image stands once; line ${before} has it already`;
  return invalid({ name, line, column: "path" }, rule, path, "Remove one of the lines");
}

function checkedHeader(record: readonly string[], name: string): readonly string[] {
  const header = record.map((cell) => cell.trim());
  const missing = requiredColumns.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    const rule = `the first line names the columns, among them ${requiredColumns.join(", ")}`;
    const remedy = missing.includes("patient")
      ? "Name a column of patients; where they are not known it stays empty"
      : "Rename or add them";
    throw invalid({ name, line: 1 }, rule, `no ${missing.join(" and no ")} in ${shownCell(header.join(","))}`, remedy);
  }
  const twice = header.find((column, i) => column === "" || header.indexOf(column) !== i);
  if (twice !== undefined) throw invalid({ name, line: 1 }, "each column has a name of its own", shownCell(twice));
  return header;
}

interface Place {
  readonly name: string;
  readonly line: number;
  readonly column?: string;
}

interface FactReader {
  readonly column: ManifestColumn;
  readonly fact: keyof ImageFacts;
  readonly read: (text: string) => string | number;
}

/** Reads the lines of one header. Cells count without blanks around them; empty ones say nothing. */
class RowReader {
  readonly #name: string;
  readonly #header: readonly string[];
  /** Columns of facts that this file has. */
  readonly #facts: readonly (FactReader & { readonly at: number })[];
  readonly #others: readonly {
    readonly column: string;
    readonly at: number;
    readonly read: (text: string) => string;
  }[];
  readonly #label = remembered(cells.label);
  readonly #split = remembered(cells.split);

  constructor(header: readonly string[], name: string) {
    this.#name = name;
    this.#header = header;
    const readers: readonly FactReader[] = [
      { column: "study", fact: "study", read: ownText },
      { column: "age_years", fact: "ageYears", read: remembered(cells.ageYears) },
      { column: "sex", fact: "sex", read: remembered(cells.sex) },
      { column: "view", fact: "view", read: remembered(cells.view) },
      { column: "acquired", fact: "acquired", read: remembered((text) => ownText(cells.acquired(text))) },
      { column: "source", fact: "source", read: remembered(ownText) },
      { column: "finding", fact: "finding", read: remembered(ownText) },
    ];
    this.#facts = readers.flatMap((reader) => {
      const at = header.indexOf(reader.column);
      return at === -1 ? [] : [{ ...reader, at }];
    });
    const known: readonly string[] = [...requiredColumns, ...optionalColumns];
    this.#others = header.flatMap((column, at) =>
      known.includes(column) ? [] : [{ column, at, read: remembered(ownText) }],
    );
  }

  /** @throws AppError MANIFEST_INVALID */
  read(record: readonly string[], line: number): ManifestRow {
    if (record.length !== this.#header.length) {
      const rule = `as many cells as the first line, ${this.#header.length}`;
      throw invalid({ name: this.#name, line }, rule, `${record.length} in ${shownCell(record.join(","))}`);
    }
    return {
      path: this.#needed(record, line, "path", (text) => ownText(cells.path(text))),
      label: this.#needed(record, line, "label", this.#label),
      patient: this.#cell(record, line, "patient", ownText) ?? null,
      split: this.#cell(record, line, "split", this.#split) ?? null,
      facts: this.#factsOf(record, line),
    };
  }

  #cell<Value>(
    record: readonly string[],
    line: number,
    column: ManifestColumn,
    read: (text: string) => Value,
    at = this.#header.indexOf(column),
  ): Value | undefined {
    const text = textOf(record[at]);
    if (text === "") return undefined;
    try {
      return read(text);
    } catch (thrown) {
      if (!(thrown instanceof CellError)) throw thrown;
      throw invalid({ name: this.#name, line, column }, `should be ${thrown.rule}`, shownCell(text));
    }
  }

  #needed<Value>(
    record: readonly string[],
    line: number,
    column: ManifestColumn,
    read: (text: string) => Value,
  ): Value {
    const value = this.#cell(record, line, column, read);
    if (value !== undefined) return value;
    throw invalid({ name: this.#name, line, column }, "should not be empty", "an empty cell");
  }

  #factsOf(record: readonly string[], line: number): ImageFacts {
    const facts: Record<string, unknown> = {};
    for (const { column, fact, read, at } of this.#facts) {
      const value = this.#cell(record, line, column, read, at);
      if (value !== undefined) facts[fact] = value;
    }
    if (this.#others.length === 0) return facts;
    const others = this.#others.flatMap(({ column, at, read }) => {
      const text = textOf(record[at]);
      return text === "" ? [] : [[column, read(text)] as const];
    });
    return others.length === 0 ? facts : { ...facts, others: Object.fromEntries(others) };
  }
}

/** Of columns that say the same in many of a million rows; beyond as many texts, to look for one takes more than it saves. */
const rememberedTexts = 10_000;

function remembered<Value>(read: (text: string) => Value): (text: string) => Value {
  const values = new Map<string, Value>();
  return (text) => {
    const known = values.get(text);
    if (known !== undefined) return known;
    const value = read(text);
    if (values.size < rememberedTexts) values.set(ownText(text), value);
    return value;
  };
}

/** A text that is cut out of a longer one keeps the whole of it in memory; here that is the file. */
const ownText = (text: string): string => Buffer.from(text).toString();

const textOf = (cell = ""): string => rearmFormula(cell.trim());

function invalid({ name, line, column }: Place, rule: string, received: string, remedy = "Correct the file"): AppError {
  const where = column === undefined ? `${name}, line ${line}` : `${name}, line ${line}, column ${column}`;
  return new AppError("MANIFEST_INVALID", { place: where, rule, received, remedy });
}

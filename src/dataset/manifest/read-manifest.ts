// manifest.csv, read row by row with flat memory: every cell checked, every refusal with its line and column.
import { basename } from "node:path";
import { AppError } from "../../core/errors.js";
import { CellError } from "../../core/fact-cells.js";
import { rearmFormula } from "../../core/spreadsheet-text.js";
import { csvRecords, shownCell } from "../csv-records.js";
import type { ImageFacts } from "../sample.js";
import { cells, type ManifestColumn, type ManifestRow, optionalColumns, requiredColumns } from "./manifest-row.js";

/**
 * The rows of a manifest, in the file's order.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE; MANIFEST_INVALID naming line, column, what was found and what should be
 */
export async function* readManifest(file: string): AsyncGenerator<ManifestRow> {
  const name = basename(file);
  const seen = new Map<string, number>();
  let reader: RowReader | undefined;
  const records = csvRecords(file, (line, ...what) => invalid({ name, line }, ...what));
  for await (const { line, cells: record } of records) {
    if (reader === undefined) {
      reader = new RowReader(checkedHeader(record, name), name);
      continue;
    }
    const row = reader.read(record, line);
    const before = seen.get(row.path);
    if (before !== undefined) {
      throw invalid(
        { name, line, column: "path" },
        `each image stands once; line ${before} has it already`,
        row.path,
        "Remove one of the lines",
      );
    }
    seen.set(row.path, line);
    yield row;
  }
  if (reader === undefined) throw invalid({ name, line: 1 }, "the first line names the columns", "an empty file");
  if (seen.size === 0) throw invalid({ name, line: 2 }, "a manifest has a line for each image", "only a header");
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

/** Reads the lines of one header. Cells count without blanks around them; empty ones say nothing. */
class RowReader {
  readonly #name: string;
  readonly #width: number;
  readonly #at: ReadonlyMap<string, number>;
  readonly #others: readonly (readonly [column: string, at: number])[];
  /** Equal texts as one string: a manifest may have a million rows. */
  readonly #texts = new Map<string, string>();

  constructor(header: readonly string[], name: string) {
    this.#name = name;
    this.#width = header.length;
    this.#at = new Map(header.map((column, i) => [column, i]));
    const known: readonly string[] = [...requiredColumns, ...optionalColumns];
    this.#others = [...this.#at].filter(([column]) => !known.includes(column));
  }

  /** @throws AppError MANIFEST_INVALID */
  read(record: readonly string[], line: number): ManifestRow {
    if (record.length !== this.#width) {
      const rule = `as many cells as the first line, ${this.#width}`;
      throw invalid({ name: this.#name, line }, rule, `${record.length} in ${shownCell(record.join(","))}`);
    }
    const take = <Value>(column: ManifestColumn, read: (text: string) => Value): Value | undefined => {
      const text = textOf(record[this.#at.get(column) ?? this.#width]);
      if (text === "") return undefined;
      try {
        return read(text);
      } catch (thrown) {
        if (!(thrown instanceof CellError)) throw thrown;
        throw invalid({ name: this.#name, line, column }, `should be ${thrown.rule}`, shownCell(text));
      }
    };
    const needed = <Value>(column: ManifestColumn, value: Value | undefined): Value => {
      if (value !== undefined) return value;
      throw invalid({ name: this.#name, line, column }, "should not be empty", "an empty cell");
    };
    return {
      path: needed("path", take("path", cells.path)),
      label: needed("label", take("label", cells.label)),
      patient: take("patient", this.#shared) ?? null,
      split: take("split", cells.split) ?? null,
      facts: withoutUndefined({
        study: take("study", this.#shared),
        ageYears: take("age_years", cells.ageYears),
        sex: take("sex", cells.sex),
        view: take("view", (text) => this.#shared(cells.view(text))),
        acquired: take("acquired", cells.acquired),
        source: take("source", this.#shared),
        finding: take("finding", this.#shared),
        others: this.#othersOf(record),
      }),
    };
  }

  #othersOf(record: readonly string[]): ImageFacts["others"] {
    const told = this.#others.flatMap(([column, at]) => {
      const text = textOf(record[at]);
      return text === "" ? [] : [[column, this.#shared(text)] as const];
    });
    return told.length === 0 ? undefined : Object.fromEntries(told);
  }

  #shared = (text: string): string => {
    const same = this.#texts.get(text);
    if (same !== undefined) return same;
    this.#texts.set(text, text);
    return text;
  };
}

const textOf = (cell = ""): string => rearmFormula(cell.trim());

const nothing: ImageFacts = {};

function withoutUndefined(facts: { readonly [Name in keyof ImageFacts]: ImageFacts[Name] | undefined }): ImageFacts {
  let told: Record<string, unknown> | undefined;
  for (const name in facts) {
    const value = facts[name as keyof ImageFacts];
    if (value === undefined) continue;
    told ??= {};
    told[name] = value;
  }
  return told ?? nothing;
}

function invalid({ name, line, column }: Place, rule: string, received: string, remedy = "Correct the file"): AppError {
  const where = column === undefined ? `${name}, line ${line}` : `${name}, line ${line}, column ${column}`;
  return new AppError("MANIFEST_INVALID", { place: where, rule, received, remedy });
}

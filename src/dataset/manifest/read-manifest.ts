// manifest.csv, read row by row with flat memory: every cell checked, every refusal with its line and column.
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { CsvError, parse } from "csv-parse";
import { AppError, messageOf, systemCodeOf } from "../../core/errors.js";
import { rearmFormula } from "../../core/spreadsheet-text.js";
import type { ImageFacts } from "../sample.js";
import {
  CellError,
  cells,
  type ManifestColumn,
  type ManifestRow,
  optionalColumns,
  requiredColumns,
} from "./manifest-row.js";

/** Longer cells are no names of files or patients: a quotation mark that nobody closed would swallow the file. */
const longestRecordBytes = 1 << 20;
const quotationMark = 0x22;

/**
 * The rows of a manifest, in the file's order.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE; MANIFEST_INVALID naming line, column, what was found and what should be
 */
export async function* readManifest(file: string): AsyncGenerator<ManifestRow> {
  const name = basename(file);
  const delimiter = await delimiterOf(file, name);
  const parser = parse({ bom: true, delimiter, relax_column_count: true, max_record_size: longestRecordBytes });
  const text = { hasQuotes: false };
  const stream = Readable.from(utf8Of(file, name, text), { objectMode: false });
  stream.on("error", (thrown) => parser.destroy(thrown));
  stream.pipe(parser);
  try {
    yield* checkedRows(parser, name, text);
  } catch (thrown) {
    throw thrown instanceof CsvError ? unparsable(thrown, name) : thrown;
  } finally {
    stream.destroy();
    parser.destroy();
  }
}

/** The file's bytes, once it is known that they are UTF-8. @throws AppError FILE_UNREADABLE, MANIFEST_INVALID */
async function* utf8Of(file: string, name: string, text: { hasQuotes: boolean }): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      if (!isUtf8(decoder, chunk)) {
        const remedy = 'Save it as "CSV UTF-8"';
        throw invalid({ name, line }, "should be text in UTF-8", "other bytes in or after this line", remedy);
      }
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) line++;
      text.hasQuotes ||= chunk.includes(quotationMark);
      yield chunk;
    }
  } catch (thrown) {
    throw thrown instanceof AppError ? thrown : unreadable(file, thrown);
  }
}

function isUtf8(decoder: TextDecoder, chunk: Buffer): boolean {
  try {
    decoder.decode(chunk, { stream: true });
    return true;
  } catch {
    return false;
  }
}

async function* checkedRows(
  parser: AsyncIterable<readonly string[]>,
  name: string,
  text: { readonly hasQuotes: boolean },
): AsyncGenerator<ManifestRow> {
  const seen = new Map<string, number>();
  let reader: RowReader | undefined;
  let next = 1;
  for await (const record of parser) {
    const line = next;
    next += text.hasQuotes ? 1 + lineBreaks(record) : 1;
    if (record.length === 1 && record[0]?.trim() === "") continue;
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

/** Inside cells, which may hold some between quotation marks. */
function lineBreaks(record: readonly string[]): number {
  let breaks = 0;
  for (const cell of record) if (cell.includes("\n")) breaks += cell.split("\n").length - 1;
  return breaks;
}

function checkedHeader(record: readonly string[], name: string): readonly string[] {
  const header = record.map((cell) => cell.trim());
  const missing = requiredColumns.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    const rule = `the first line names the columns, among them ${requiredColumns.join(", ")}`;
    const remedy = missing.includes("patient")
      ? "Name a column of patients; where they are not known it stays empty"
      : "Rename or add them";
    throw invalid({ name, line: 1 }, rule, `no ${missing.join(" and no ")} in ${shown(header.join(","))}`, remedy);
  }
  const twice = header.find((column, i) => column === "" || header.indexOf(column) !== i);
  if (twice !== undefined) throw invalid({ name, line: 1 }, "each column has a name of its own", shown(twice));
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
      throw invalid({ name: this.#name, line }, rule, `${record.length} in ${shown(record.join(","))}`);
    }
    const take = <Value>(column: ManifestColumn, read: (text: string) => Value): Value | undefined => {
      const text = textOf(record[this.#at.get(column) ?? this.#width]);
      if (text === "") return undefined;
      try {
        return read(text);
      } catch (thrown) {
        if (!(thrown instanceof CellError)) throw thrown;
        throw invalid({ name: this.#name, line, column }, `should be ${thrown.rule}`, shown(text));
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
        view: take("view", (text) => this.#shared(text.toUpperCase())),
        acquired: take("acquired", cells.acquired),
        source: take("source", this.#shared),
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

/**
 * What separates the columns, from the first line: spreadsheets of many countries write semicolons.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, MANIFEST_INVALID
 */
async function delimiterOf(file: string, name: string): Promise<string> {
  const head = await headOf(file);
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff) || head.includes(0)) {
    throw invalid({ name, line: 1 }, "should be text in UTF-8", "UTF-16 or no text at all", 'Save it as "CSV UTF-8"');
  }
  const [first = ""] = head.toString("utf8").split(/\r?\n/, 1);
  if (first.includes(",")) return ",";
  return [";", "\t"].find((sign) => first.includes(sign)) ?? ",";
}

async function headOf(file: string): Promise<Buffer> {
  try {
    // A pipe without a writer would keep the reader waiting for ever.
    if (!(await stat(file)).isFile()) throw new Error("it is not a file");
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
}

function unreadable(file: string, thrown: unknown): AppError {
  const isMissing = systemCodeOf(thrown) === "ENOENT";
  const facts = isMissing
    ? { place: file, rule: "does not exist", remedy: "Check the path" }
    : { place: file, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check its permissions" };
  return new AppError(isMissing ? "FILE_MISSING" : "FILE_UNREADABLE", facts, { cause: thrown });
}

/** What the parser says of quotation marks. */
function unparsable(thrown: CsvError, name: string): AppError {
  const line = Number(thrown.lines ?? 1);
  return invalid(
    { name, line },
    "values with commas between them, in quotation marks where they hold some",
    messageOf(thrown),
  );
}

/** Short, because a cell may be anything. */
const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

function invalid({ name, line, column }: Place, rule: string, received: string, remedy = "Correct the file"): AppError {
  const where = column === undefined ? `${name}, line ${line}` : `${name}, line ${line}, column ${column}`;
  return new AppError("MANIFEST_INVALID", { place: where, rule, received, remedy });
}

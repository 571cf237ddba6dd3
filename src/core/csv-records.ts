// The records of a CSV file as strings, read with flat memory: UTF-8 or refused, commas or semicolons or tabs, each with its
// line. What the cells mean is for others: manifests and published label files.
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { createGunzip } from "node:zlib";
import { CsvError, parse } from "csv-parse";
import { AppError, messageOf, systemCodeOf } from "./errors.js";

/** Longer ones hold no names of files or patients: a quotation mark that nobody closed would swallow the file. */
const longestRecordBytes = 1 << 20;

export interface CsvRecord {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The error for what is wrong in a line: the code and the file's name are the caller's. */
export type CsvFault = (line: number, rule: string, received: string, remedy?: string) => AppError;

/**
 * Lines that are blank are passed over. A file that begins as gzip does is inflated.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE; and what `fault` makes
 */
export async function* csvRecords(file: string, fault: CsvFault): AsyncGenerator<CsvRecord> {
  for await (const batch of csvBatches(file, fault)) yield* batch;
}

/**
 * As `csvRecords`, many at a time: a million rows need not wait for each other.
 *
 * Text without quotation marks is cut at its line breaks and commas, which is all there is to CSV then; from the first
 * quotation mark on, csv-parse reads it, at a fifth of the pace.
 */
export async function* csvBatches(file: string, fault: CsvFault): AsyncGenerator<readonly CsvRecord[]> {
  const head = await headOf(file);
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const bytes = isGzip ? inflated(file, fault) : bytesOf(file);
  const first = await bytes.next();
  const start = first.done === true ? Buffer.alloc(0) : first.value;
  const delimiter = delimiterOf(start, fault);
  const texts = utf8Of(start, bytes, fault);
  let line = 1;
  let rest = "";
  try {
    for await (const text of texts) {
      rest += text;
      if (text.includes('"') || rest.length > longestRecordBytes) {
        yield* parsedBatches(rest, texts, { delimiter, line }, fault);
        return;
      }
      // The last line may go on, and a carriage return may be half of a line break.
      const lines = rest.split(lineBreak);
      rest = lines.pop() ?? "";
      if (rest === "" && text.endsWith("\r")) rest = `${lines.pop() ?? ""}\r`;
      yield recordsOf(lines, line, delimiter);
      line += lines.length;
    }
    yield recordsOf(rest.split(lineBreak), line, delimiter);
  } finally {
    await texts.return(undefined);
  }
}

const lineBreak = /\r\n|\n|\r/;

function recordsOf(lines: readonly string[], from: number, delimiter: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  for (const [i, text] of lines.entries()) {
    if (text.trim() !== "") records.push({ line: from + i, cells: text.split(delimiter) });
  }
  return records;
}

/** Records with quotation marks among them. */
async function* parsedBatches(
  start: string,
  rest: AsyncIterable<string>,
  { delimiter, line }: { readonly delimiter: string; readonly line: number },
  fault: CsvFault,
): AsyncGenerator<readonly CsvRecord[]> {
  const parser = parse({
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    max_record_size: longestRecordBytes,
  });
  const stream = Readable.from(joined(start, rest), { objectMode: false });
  stream.on("error", (thrown) => parser.destroy(thrown));
  stream.pipe(parser);
  let next = line;
  try {
    for await (const cells of parser as AsyncIterable<readonly string[]>) {
      const begin = next;
      next += 1 + lineBreaks(cells);
      if (cells.length > 1 || cells[0]?.trim() !== "") yield [{ line: begin, cells }];
    }
  } catch (thrown) {
    throw thrown instanceof CsvError ? unparsable(thrown, line, fault) : thrown;
  } finally {
    stream.destroy();
    parser.destroy();
  }
}

async function* joined(start: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield start;
  yield* rest;
}

/** Short, because a cell may be anything. */
export const shownCell = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

async function* bytesOf(file: string): AsyncGenerator<Buffer, undefined> {
  try {
    yield* createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>;
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
}

async function* inflated(file: string, fault: CsvFault): AsyncGenerator<Buffer, undefined> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  const compressed = Readable.from(bytesOf(file), { objectMode: false });
  compressed.on("error", (thrown) => gunzip.destroy(thrown));
  try {
    yield* compressed.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (thrown) {
    throw thrown instanceof AppError
      ? thrown
      : fault(1, "should be a whole gzip file", messageOf(thrown), "Copy it again");
  } finally {
    compressed.destroy();
    gunzip.destroy();
  }
}

/** The text, without a byte order mark. */
async function* utf8Of(start: Buffer, rest: AsyncIterable<Buffer>, fault: CsvFault): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  const decoded = (chunk?: Buffer): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw fault(line, "should be text in UTF-8", "other bytes in or after this line", 'Save it as "CSV UTF-8"');
    }
  };
  const counted = (chunk: Buffer): string => {
    const text = decoded(chunk);
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) line++;
    return text;
  };
  yield counted(start);
  for await (const chunk of rest) yield counted(chunk);
  yield decoded();
}

/** Inside cells, which may hold some between quotation marks. */
function lineBreaks(record: readonly string[]): number {
  let breaks = 0;
  for (const cell of record) if (cell.includes("\n")) breaks += cell.split("\n").length - 1;
  return breaks;
}

/** What separates the columns, from the first line: spreadsheets of many countries write semicolons. */
function delimiterOf(head: Buffer, fault: CsvFault): string {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff) || head.includes(0)) {
    throw fault(1, "should be text in UTF-8", "UTF-16 or no text at all", 'Save it as "CSV UTF-8"');
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
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
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

/** What the parser says of quotation marks; it began to read in line `from`. */
function unparsable(thrown: CsvError, from: number, fault: CsvFault): AppError {
  const line = from - 1 + Number(thrown.lines ?? 1);
  return fault(line, "values with commas between them, in quotation marks where they hold some", messageOf(thrown));
}

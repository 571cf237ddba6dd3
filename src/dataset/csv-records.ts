// The records of a CSV file as strings, read with flat memory: UTF-8 or refused, commas or semicolons or tabs, each with its
// line. What the cells mean is for others: manifests and published label files.
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { createGunzip } from "node:zlib";
import { CsvError, parse } from "csv-parse";
import { AppError, messageOf, systemCodeOf } from "../core/errors.js";

/** Longer ones hold no names of files or patients: a quotation mark that nobody closed would swallow the file. */
const longestRecordBytes = 1 << 20;
const quotationMark = 0x22;

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
  const head = await headOf(file);
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const bytes = isGzip ? inflated(file, fault) : bytesOf(file);
  const first = await bytes.next();
  const start = first.done === true ? Buffer.alloc(0) : first.value;
  const delimiter = delimiterOf(start, fault);
  const text = { hasQuotes: false };
  const parser = parse({ bom: true, delimiter, relax_column_count: true, max_record_size: longestRecordBytes });
  const stream = Readable.from(utf8Of(start, bytes, fault, text), { objectMode: false });
  stream.on("error", (thrown) => parser.destroy(thrown));
  stream.pipe(parser);
  let next = 1;
  try {
    for await (const cells of parser as AsyncIterable<readonly string[]>) {
      const line = next;
      next += text.hasQuotes ? 1 + lineBreaks(cells) : 1;
      if (cells.length > 1 || cells[0]?.trim() !== "") yield { line, cells };
    }
  } catch (thrown) {
    throw thrown instanceof CsvError ? unparsable(thrown, fault) : thrown;
  } finally {
    stream.destroy();
    parser.destroy();
  }
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

/** The bytes, once it is known that they are UTF-8. */
async function* utf8Of(
  start: Buffer,
  rest: AsyncIterable<Buffer>,
  fault: CsvFault,
  text: { hasQuotes: boolean },
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  const checked = (chunk: Buffer): Buffer => {
    if (!isUtf8(decoder, chunk)) {
      throw fault(line, "should be text in UTF-8", "other bytes in or after this line", 'Save it as "CSV UTF-8"');
    }
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) line++;
    text.hasQuotes ||= chunk.includes(quotationMark);
    return chunk;
  };
  if (start.length > 0) yield checked(start);
  for await (const chunk of rest) yield checked(chunk);
}

function isUtf8(decoder: TextDecoder, chunk: Buffer): boolean {
  try {
    decoder.decode(chunk, { stream: true });
    return true;
  } catch {
    return false;
  }
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

/** What the parser says of quotation marks. */
function unparsable(thrown: CsvError, fault: CsvFault): AppError {
  const line = Number(thrown.lines ?? 1);
  return fault(line, "values with commas between them, in quotation marks where they hold some", messageOf(thrown));
}

// Records against csv-parse's own reading: text without quotation marks takes another way, which must not be seen.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { hasCode } from "../../test/support/has-code.js";
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { type CsvRecord, csvRecords } from "./csv-records.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-csv-"));
const file = join(folder, "table.csv");
after(() => rmSync(folder, { recursive: true }));

async function read(content: string | Uint8Array): Promise<CsvRecord[]> {
  writeFileSync(file, content);
  const records: CsvRecord[] = [];
  const fault = (line: number, rule: string, received: string) =>
    new AppError("MANIFEST_INVALID", { place: `line ${line}`, rule, received });
  for await (const record of csvRecords(file, fault)) records.push(record);
  return records;
}

/** What csv-parse makes of a text by itself, each record with the line in which it begins. */
function expected(text: string): CsvRecord[] {
  const found = parse(text, {
    info: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
  }) as unknown as { record: string[]; info: { lines: number } }[];
  const ends = found.map(({ info }) => info.lines);
  return found
    .map(({ record }, i) => ({ line: i === 0 ? 1 : (ends[i - 1] as number) + 1, cells: record }))
    .filter(({ cells }) => cells.length > 1 || cells[0]?.trim() !== "");
}

/** A cell; those between quotation marks hold what only they may. */
function cell(random: Random, quoted: number): string {
  const text = ["", "a", "scan 12.png", " 4.5 ", "Müller", "日本".repeat(40), "\u{1f600}", "PNEUMONIA"][
    random.integer(8)
  ] as string;
  if (random.uniform() >= quoted) return text;
  return `"${text}${[",", "\n", '""', " "][random.integer(4)]}"`;
}

function table(seed: number, rows: number, quotedFrom: number): string {
  const random = Random.of(seed, "csv");
  const lineBreak = ["\n", "\r\n", "\r"][random.integer(3)] as string;
  const lines = Array.from({ length: rows }, (_, i) => {
    if (i > 0 && random.uniform() < 0.05) return "";
    return Array.from({ length: 1 + random.integer(4) }, () => cell(random, i >= quotedFrom ? 0.1 : 0)).join(",");
  });
  return ["path,label,patient", ...lines].join(lineBreak) + (random.uniform() < 0.5 ? lineBreak : "");
}

test("any table, with and without quotation marks, is what csv-parse reads in it", async () => {
  for (let seed = 0; seed < 200; seed++) {
    const text = table(seed, seed % 40, seed % 3 === 0 ? 10 : Number.POSITIVE_INFINITY);
    assert.deepEqual(await read(text), expected(text), `seed ${seed}`);
  }
});

test("lines, letters and line breaks that two pieces of a long file share", async () => {
  for (let seed = 0; seed < 3; seed++) {
    const written = table(seed, 12_000, seed === 2 ? 10_000 : Number.POSITIVE_INFINITY);
    const records = await read(written);
    assert.ok(Buffer.byteLength(written) > 2 * (1 << 18));
    // As text: to compare 12,000 records one by one takes ten times as long.
    const text = JSON.stringify(records);
    assert.ok(text === JSON.stringify(expected(written)), `seed ${seed}`);
    assert.ok(text === JSON.stringify(await read(gzipSync(written))), `seed ${seed}, compressed`);
  }
});

test("a carriage return that ends a piece and a line feed that begins the next are one line break", async () => {
  for (const before of [(1 << 18) - 2, (1 << 18) - 1, 1 << 18]) {
    const records = await read(`a,${"x".repeat(before - 2)}\r\nb,c\r\n`);
    assert.deepEqual(
      records.map(({ line, cells }) => [line, cells[0]]),
      [
        [1, "a"],
        [2, "b"],
      ],
    );
  }
});

test("the line that csv-parse complains of is counted from the file's beginning", async () => {
  await assert.rejects(
    read(`a,b\n${"1,2\n".repeat(99)}x,"y" z\n`),
    hasCode("MANIFEST_INVALID", "line 101: values with commas"),
  );
});

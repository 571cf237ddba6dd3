// Hugging Face's image datasets as parquet: a column of images with their bytes inside, a column of labels, a file or more for
// each part. Images become files beside the manifest, byte for byte.
import { stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { compareText } from "../../core/compare-text.js";
import { AppError, messageOf } from "../../core/errors.js";
import { mapInOrder } from "../../core/map-in-order.js";
import { ParquetError } from "../arrays/parquet-error.js";
import { ParquetFile } from "../arrays/parquet-file.js";
import { mostUnpacked } from "../arrays/parquet-limits.js";
import { classNames, type SplitName } from "../sample.js";
import { ImageNames } from "./parquet-image.js";
import { type ImageTable, understandTable } from "./parquet-table.js";
import type { DatasetSource, SourceItem, SourceOptions } from "./source.js";

/** The Hub has `data/train-00000-of-00002.parquet` and `<configuration>/train/0000.parquet`. */
const deepest = 3;
/** Images that are written at a time: writing waits for the disk. */
const ahead = { workers: 8, ahead: 16 };

export const parquetSource: DatasetSource = {
  name: "parquet",
  title: "parquet files of a Hugging Face image dataset",
  async recognises(place) {
    return (await parquetFiles(place)).length > 0;
  },
  async *read(place, options) {
    const names = new ImageNames();
    for (const path of await parquetFiles(place)) {
      const name = path === place ? basename(path) : relative(place, path);
      try {
        yield* readFile(path, name, names, options);
      } catch (thrown) {
        throw thrown instanceof ParquetError ? damaged(path, thrown) : thrown;
      }
    }
  },
};

async function parquetFiles(place: string): Promise<readonly string[]> {
  if ((await stat(place)).isFile()) return place.toLowerCase().endsWith(".parquet") ? [place] : [];
  const { glob } = await import("tinyglobby");
  const names = await glob("**/*.parquet", { cwd: place, deep: deepest, caseSensitiveMatch: false });
  return names.sort(compareText).map((name) => join(place, name));
}

async function* readFile(
  path: string,
  name: string,
  names: ImageNames,
  options: SourceOptions,
): AsyncGenerator<SourceItem> {
  const file = await ParquetFile.open(path);
  try {
    const table = understandTable(file, path);
    const columns = [table.image, table.label, table.patient].filter((column) => column !== undefined);
    const reading: Reading = { table, split: splitOf(name), names, bytesLeft: mostUnpacked(file.size) };
    yield* mapInOrder(numbered(file.rows(columns)), ahead, async ({ row, index }): Promise<SourceItem> => {
      const item = await itemOf(row, reading, options);
      return typeof item === "string" ? { kind: "left out", name: `${name}, row ${index}`, reason: item } : item;
    });
  } finally {
    await file.close();
  }
}

async function* numbered<Row>(rows: AsyncIterable<Row>): AsyncGenerator<{ readonly row: Row; readonly index: number }> {
  let index = 0;
  for await (const row of rows) yield { row, index: ++index };
}

interface Reading {
  readonly table: ImageTable;
  readonly split: SplitName | null;
  readonly names: ImageNames;
  /** One image may be named by every row: what is written has to be in proportion to the file. */
  bytesLeft: number;
}

/** The image, or in words why there is none. */
async function itemOf(
  row: Readonly<Record<string, unknown>>,
  reading: Reading,
  { images, keyOf }: SourceOptions,
): Promise<SourceItem | string> {
  const { table, split, names } = reading;
  const label = table.labelOf(row[table.label]);
  if (typeof label === "string") return label;
  const { bytes, path } = (row[table.image] ?? {}) as { bytes?: unknown; path?: unknown };
  if (!(bytes instanceof Uint8Array)) return "the image is not inside the file";
  reading.bytesLeft -= bytes.length;
  if (reading.bytesLeft < 0) throw new ParquetError("images of far more bytes than the file has");
  const given = names.give(`${split ?? "images"}/${classNames[label]}`, bytes, path);
  if ("reason" in given) return given.reason;
  const patient = patientOf(table.patient === undefined ? undefined : row[table.patient]);
  const facts = { path: await images.write(given.name, bytes), label, split };
  return { kind: "image", row: { ...facts, patient: patient === "" ? null : keyOf(patient), facts: {} } };
}

/** Text or a number; empty where nobody knows. */
function patientOf(cell: unknown): string {
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString("utf8").trim();
  return cell === undefined || cell === null ? "" : String(cell).trim();
}

/** As the Hub tells parts: by the file's name or its folder's, the nearest first. */
function splitOf(name: string): SplitName | null {
  for (const part of name.split(/[\\/]/).reverse()) {
    const [, word] = /^(train|test|validation|valid|val)(?![a-z])/i.exec(part) ?? [];
    if (word === undefined) continue;
    const split = word.toLowerCase();
    return split === "train" || split === "test" ? split : "val";
  }
  return null;
}

const damaged = (path: string, thrown: ParquetError): AppError =>
  new AppError(
    "DATASET_SOURCE_INVALID",
    {
      place: path,
      rule: "should be a whole parquet file",
      received: `one that cannot be read: ${messageOf(thrown)}`,
      remedy: "Download the file again",
    },
    { cause: thrown },
  );

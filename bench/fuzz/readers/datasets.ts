// What datasets are: NumPy archives as MedMNIST publishes them, parquet files of image datasets, zip archives, and the CSV files that
// list images (manifests and files of labels).
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import type { Random } from "../../../src/core/random.js";
import { importDataset } from "../../../src/dataset/import-dataset.js";
import { readManifest } from "../../../src/dataset/manifest/read-manifest.js";
import { labelRows } from "../../../src/dataset/sources/label-rows.js";
import { noise, npz, part } from "../../../test/support/npz.js";
import { changed, hostileNumber, pick, withByte } from "../structured/choose.js";
import { type FuzzReader, goldenFiles, type OpenReader, structuredText, textBytes } from "./reader.js";

const sound = { ...part("train", [0, 1]), ...part("val", [1, 0]), ...part("test", [0, 1, 1]) };

/** Sound archives of arrays that are not what they should be. */
function hostileNpz(random: Random): Uint8Array {
  const name = pick(random, Object.keys(sound));
  const array = sound[name];
  if (array === undefined) return npz(sound);
  const number = () => pick(random, [hostileNumber(random, 8), hostileNumber(random, 32), 28, 64]);
  const other = changed(array, random, [
    (was) => ({ ...was, shape: was.shape.map((size) => pick(random, [size, number()])) }),
    (was) => ({ ...was, shape: Array.from({ length: random.integer(5) }, number) }),
    (was) => ({ ...was, descr: pick(random, ["'|O'", "'<f8'", "'|u2'", "[('a', '|u1')]", "''", "'|u1"]) }),
    (was) => ({ ...was, fortran: true }),
    (was) => ({ ...was, data: was.data.subarray(random.integer(was.data.length)) }),
    (was) => ({ ...was, data: new Uint8Array(random.integer(1 << 22)) }),
  ]);
  return npz({ ...sound, [name]: other });
}

/** Page headers and the footer are Thrift's compact protocol: numbers in bytes of seven bits, changed where they stand. */
function hostileParquet(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  const bytes = pick(random, seeds);
  const footer = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true) + 8;
  const places = [() => 4 + random.integer(40), () => bytes.length - 8 - random.integer(footer)];
  const number = (was: Uint8Array) => withByte(was, pick(random, places)(), pick(random, [0, 1, 2, 0x7f, 0xfe, 0xff]));
  const huge = (was: Uint8Array) => {
    const at = pick(random, places)();
    return [0xfe, 0xff, 0xff, 0xff, 0x0f].reduce((result, value, i) => withByte(result, at + i, value), was);
  };
  return changed(bytes, random, [number, number, huge], 4);
}

const archived = ["train", "test"].flatMap((split) =>
  ["NORMAL", "PNEUMONIA"].map((label) => `x/${split}/${label}/a.jpeg`),
);
const archive = (names: readonly string[], level: 0 | 6) =>
  zipSync(Object.fromEntries(names.map((name, i) => [name, [noise(300, i + 1), { level }]])));

/** APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16: after each signature stand the fields that are believed. */
const zipSignatures = [0x04034b50, 0x02014b50, 0x06054b50].map((signature) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  return bytes;
});

/** Names that lead elsewhere, and lengths, offsets, methods and modes that are not true. */
function hostileZip(random: Random): Uint8Array {
  const odd = ["../a.jpeg", "/a.jpeg", "x/", "", "CON", "a\0b", "x/train/NORMAL/a.jpeg/b", "manifest.csv", ".lock"];
  const names = archived.map((name) => (random.uniform() < 0.1 ? pick(random, odd) : name));
  const whole = Buffer.from(archive([...new Set(names)], pick(random, [0, 6])));
  const places = zipSignatures.flatMap((signature) => {
    const found: number[] = [];
    for (let at = whole.indexOf(signature); at !== -1; at = whole.indexOf(signature, at + 4)) found.push(at);
    return found;
  });
  const field = (was: Uint8Array) =>
    withByte(was, pick(random, places) + 4 + random.integer(42), pick(random, [0, 1, 8, 0x7f, 0xa1, 0xff]));
  return changed<Uint8Array>(whole, random, [field, field], 4);
}

const manifest =
  "path,label,patient,split,age_years,sex,acquired\na/1.png,NORMAL,p1,train,4.5,F,2024-02-29\nb/2.dcm,PNEUMONIA,p2,test,,M,\n";

/** Cells, separators and line breaks that mean something else than they did, also between two pieces of a long file. */
function hostileCsv(text: string, random: Random): string {
  const odd = ['"', '""', "\r", "\n", ";", "\t", ",", "\0", "\ufeff", "'=1", "../", "\ud83d", "1e999", "\u2028"];
  const long = () => "x".repeat(pick(random, [1 << 10, 1 << 18, (1 << 18) - text.length, 1 << 21]));
  const insert = (was: string) => {
    const at = random.integer(was.length + 1);
    return was.slice(0, at) + (random.uniform() < 0.05 ? long() : pick(random, odd)) + was.slice(at);
  };
  const repeated = (was: string) =>
    was.length > 1 << 16 ? was : was + was.slice(was.indexOf("\n") + 1).repeat(1 + random.integer(20));
  const others = (was: string) => was.replaceAll(",", pick(random, [";", "\t", ",,", " "]));
  const breaks = (was: string) => was.replaceAll("\n", pick(random, ["\r\n", "\r", "\n\n", "\n\r"]));
  return changed(text, random, [insert, insert, insert, repeated, others, breaks], 6);
}

/** @param read the rows of a file of that name */
function lists(read: (file: string) => AsyncIterable<unknown>): () => Promise<OpenReader> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-"));
    const file = join(folder, "list.csv");
    return {
      async read(bytes) {
        await writeFile(file, bytes);
        let rows = 0;
        for await (const _ of read(file)) rows++;
        return rows;
      },
      close: () => rm(folder, { recursive: true }),
    };
  };
}

/** @param name as which a file is known for what it is */
function imports(name: string): () => Promise<OpenReader> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-"));
    return {
      async read(bytes) {
        await writeFile(join(folder, name), bytes);
        try {
          return await importDataset(name, { cwd: folder, out: "m.csv" });
        } finally {
          await rm(join(folder, "m.csv"), { force: true });
          await rm(join(folder, "m-images"), { recursive: true, force: true });
        }
      },
      close: () => rm(folder, { recursive: true }),
    };
  };
}

export const datasetReaders: readonly FuzzReader[] = [
  {
    name: "npz",
    weight: 20,
    seeds: async () => [npz(sound)],
    structured: hostileNpz,
    open: imports("pneumoniamnist.npz"),
  },
  {
    name: "parquet",
    weight: 20,
    seeds: () => goldenFiles("parquet", /^(codec-.*|patients|words)\.parquet$/),
    structured: hostileParquet,
    open: imports("train.parquet"),
  },
  {
    name: "zip",
    weight: 20,
    seeds: async () => [archive(archived, 0), archive(archived, 6)],
    structured: hostileZip,
    open: imports("archive.zip"),
  },
  {
    name: "manifest",
    weight: 40,
    seeds: async () => [textBytes(manifest)],
    structured: structuredText(hostileCsv),
    open: lists(readManifest),
  },
  {
    name: "labels",
    weight: 20,
    seeds: async () => [textBytes(manifest)],
    structured: structuredText(hostileCsv),
    open: lists((file) => labelRows(file, ["path", "label"])),
  },
];

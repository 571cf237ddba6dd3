// Parquet files by datasets and pyarrow (test/golden/make/parquet_files.py): every image's bytes unchanged, in its part and
// class; damaged and hostile files are one clear error.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { golden } from "../../../test/support/paths.js";
import { AppError } from "../../core/errors.js";
import { importDataset } from "../import-dataset.js";
import { openDataset } from "../open-dataset.js";
import type { Sample } from "../sample.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-parquet-"));
after(() => rmSync(folder, { recursive: true }));

interface ExpectedImage {
  readonly path: string;
  readonly label: number;
  readonly sha256: string;
  readonly patient?: string;
}
const expected: Readonly<Record<string, readonly ExpectedImage[]>> = JSON.parse(
  readFileSync(golden("parquet", "expected.json"), "utf8"),
);

let imports = 0;
async function importFrom(source: string) {
  const place = join(folder, `${++imports}`);
  const imported = await importDataset(source, { cwd: folder, out: join(place, "m.csv") });
  return { imported, place, samples: (await openDataset(join(place, "m.csv"))).samples };
}

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const told = (samples: readonly Sample[]) =>
  samples.map(({ path, label }) => ({ path: basename(path), label, sha256: sha256(path) })).sort(byPath);
const wanted = (...files: readonly string[]) =>
  files
    .flatMap((file) => (expected[file] ?? []).map(({ path, label, sha256 }) => ({ path, label, sha256 })))
    .sort(byPath);
const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);

test("a dataset of the Hub: all shards, parts by their names, bytes unchanged, patients unknown", async () => {
  const { imported, samples } = await importFrom(golden("parquet", "hub"));
  const { source, images, normal, pneumonia, patients, leftOut } = imported;
  assert.deepEqual(
    { source, images, normal, pneumonia, patients, leftOut },
    { source: "parquet", images: 12, normal: 6, pneumonia: 6, patients: null, leftOut: [] },
  );
  const part = (split: string) => told(samples.filter((sample) => sample.split === split));
  const shards = ["train-00000-of-00002", "train-00001-of-00002"].map((name) => `hub/data/${name}.parquet`);
  assert.deepEqual(part("train"), wanted(...shards));
  assert.deepEqual(part("val"), wanted("hub/data/validation-00000-of-00001.parquet"));
  assert.deepEqual(part("test"), wanted("hub/data/test-00000-of-00001.parquet"));
  assert.ok(samples.some(({ name }) => name === "m-images/train/NORMAL/train1_1.png"));
});

test("a column of patients: who is the same stays the same, and nobody's number is written", async () => {
  const { imported, place, samples } = await importFrom(golden("parquet", "patients.parquet"));
  assert.equal(imported.patients, 2);
  assert.deepEqual(told(samples), wanted("patients.parquet"));
  const [first, second, third] = [...samples].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ patient }) => patient);
  assert.match(first ?? "", /^[0-9a-f]{16}$/);
  assert.notEqual(first, second);
  assert.equal(second, third);
  assert.equal(readFileSync(join(place, "m.csv"), "utf8").includes("H-00"), false);
});

for (const codec of ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]) {
  test(`compressed with ${codec}`, async () => {
    const { samples } = await importFrom(golden("parquet", `codec-${codec}.parquet`));
    assert.deepEqual(told(samples), wanted("codecs"));
  });
}

test("labels in words; what is left out is named by row with its reason", async () => {
  const { imported, samples } = await importFrom(golden("parquet", "words.parquet"));
  assert.deepEqual(
    samples.map(({ name, label }) => [name, label]),
    [
      ["m-images/images/NORMAL/w0.png", 0],
      ["m-images/images/PNEUMONIA/w5.png", 1],
    ],
  );
  assert.deepEqual(imported.leftOut, [
    { name: "words.parquet, row 2", reason: "the image is not inside the file" },
    { name: "words.parquet, row 3", reason: 'labelled "Tuberculosis"' },
    { name: "words.parquet, row 4", reason: "it has no label" },
    { name: "words.parquet, row 5", reason: "not an image that is read here (JPEG, PNG or DICOM)" },
  ]);
});

test("images of one name in two files get names of their own; one that stands twice is left out", async () => {
  const twice = join(folder, "twice");
  mkdirSync(twice);
  const shard = golden("parquet", "hub", "data", "test-00000-of-00001.parquet");
  cpSync(shard, join(twice, "test-00000.parquet"));
  cpSync(shard, join(twice, "test-00001.parquet"));
  const { imported, samples } = await importFrom(twice);
  // The second time, each gets a name by its content; it is the same image under two names, which `data check` tells.
  assert.deepEqual([imported.images, new Set(samples.map(({ path }) => sha256(path))).size], [6, 3]);
  cpSync(shard, join(twice, "test-00002.parquet"));
  const again = await importFrom(twice);
  assert.deepEqual(
    again.imported.leftOut.map(({ name, reason }) => [name, reason]),
    [1, 2, 3].map((row) => [`test-00002.parquet, row ${row}`, "the same image stands twice in its part and class"]),
  );
});

async function refuses(source: string, part: string): Promise<void> {
  const place = join(folder, `${++imports}`);
  mkdirSync(place);
  const refused = importDataset(source, { cwd: place, out: "m.csv", source: "parquet" });
  await assert.rejects(refused, hasCode("DATASET_SOURCE_INVALID", part));
  assert.deepEqual(readdirSync(place), [".cache"]);
}

test("what is no such dataset is one error that names the file", async () => {
  const at = (name: string) => golden("parquet", name);
  await refuses(at("cats.parquet"), 'cats.parquet: labels should be NORMAL and PNEUMONIA. Received "cat", "dog"');
  await refuses(at("numbers.parquet"), "numbers.parquet: labels that are numbers need names");
  await refuses(at("no-images.parquet"), "no-images.parquet: should have a column of images with their bytes inside");
  await refuses(at("bomb.parquet"), "bomb.parquet: should be a whole parquet file. Received one that cannot be read");
});

test("a run that announces thousands of millions of values, found by fuzzing, is refused before it is decoded", async () => {
  const bytes = readFileSync(golden("parquet", "patients.parquet"));
  assert.equal(bytes[27], 6, "the first page's levels: a run of 3"); // of parquet's hybrid encoding: 3 << 1
  bytes.set([0xfe, 0xff, 0xff, 0xff, 0x0f], 27);
  const path = join(folder, "run.parquet");
  writeFileSync(path, bytes);
  await refuses(path, "run.parquet: should be a whole parquet file. Received one that cannot be read: a run of");
});

test("cut anywhere, and with any byte changed: one error of ours or the same images, and nothing is left", async () => {
  const whole = readFileSync(golden("parquet", "codec-snappy.parquet"));
  const cut = join(folder, "train-cut.parquet");
  for (let length = 0; length < whole.length; length += 97) {
    writeFileSync(cut, whole.subarray(0, length));
    await refuses(cut, "train-cut.parquet: should be a whole parquet file");
  }
  const changed = join(folder, "train-changed.parquet");
  let refusals = 0;
  for (let at = 0; at < whole.length; at += 5) {
    const bytes = Uint8Array.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(changed, bytes);
    const place = join(folder, `${++imports}`);
    await importDataset(changed, { cwd: place, out: "m.csv" }).catch((thrown: unknown) => {
      assert.ok(thrown instanceof AppError, `byte ${at}: ${thrown}`);
      refusals++;
      assert.deepEqual(readdirSync(place), [".cache"]);
    });
  }
  assert.ok(refusals > 20, `${refusals}`);
});

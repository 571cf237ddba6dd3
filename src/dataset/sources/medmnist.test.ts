// MedMNIST's file becomes images and a manifest: pixel for pixel, in its parts; anything else is one clear error.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { type MadeUpArray, noise, npz, part } from "../../../test/support/npz.js";
import { realData, withoutRealData } from "../../../test/support/paths.js";
import { readRadiograph } from "../../images/read-radiograph.js";
import { importDataset } from "../import-dataset.js";
import { openDataset } from "../open-dataset.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-medmnist-"));
after(() => rmSync(folder, { recursive: true }));
const sound = { ...part("train", [0, 1, 1, 0], 64), ...part("val", [1, 0], 64), ...part("test", [0, 1, 1], 64) };

let imports = 0;
function importBytes(bytes: Uint8Array, name = "pneumoniamnist_64.npz") {
  const place = join(folder, `${++imports}`);
  mkdirSync(place);
  writeFileSync(join(place, name), bytes);
  return { place, imported: importDataset(name, { cwd: place, out: "manifest.csv" }) };
}

test("every image as PNG beside the manifest, pixel for pixel, in its part, of nobody that is known", async () => {
  const { place, imported } = importBytes(npz(sound));
  const { source, images, normal, pneumonia, patients, leftOut } = await imported;
  assert.deepEqual(
    { source, images, normal, pneumonia, patients, leftOut },
    { source: "medmnist", images: 9, normal: 4, pneumonia: 5, patients: null, leftOut: [] },
  );
  const { samples } = await openDataset(join(place, "manifest.csv"));
  const test = samples.filter(({ split }) => split === "test").sort((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(
    test.map(({ name, label, patient }) => [name, label, patient]),
    [
      ["manifest-images/test-00000.png", 0, null],
      ["manifest-images/test-00001.png", 1, null],
      ["manifest-images/test-00002.png", 1, null],
    ],
  );
  for (const [i, { path }] of test.entries()) {
    const { image } = await readRadiograph(path);
    assert.deepEqual([image.width, image.height], [64, 64]);
    const expected = sound.test_images?.data.subarray(i * 4096, (i + 1) * 4096);
    assert.deepEqual(Buffer.from(image.data), Buffer.from(expected ?? []));
  }
});

const images = (change: Partial<MadeUpArray>): Readonly<Record<string, MadeUpArray>> => ({
  ...sound,
  train_images: { shape: [4, 64, 64], data: noise(4 * 4096), ...change },
});
const labels = (change: Partial<MadeUpArray>): Readonly<Record<string, MadeUpArray>> => ({
  ...sound,
  train_labels: { shape: [4, 1], data: Uint8Array.of(0, 1, 1, 0), ...change },
});

const refused: Readonly<Record<string, readonly [bytes: () => Uint8Array, part: string]>> = {
  "Python objects": [
    () => npz(images({ descr: "'|O'" })),
    "pneumoniamnist_64.npz, train_images: should hold plain numbers. Received Python objects",
  ],
  "Python objects in fields": [() => npz(labels({ descr: "[('a', '|O')]" })), "Received Python objects"],
  "another kind of numbers": [() => npz(images({ descr: "'<f4'" })), 'unsigned bytes, "|u1". Received "<f4"'],
  "Fortran's order": [() => npz(images({ fortran: true })), "train_images: should be stored row by row"],
  "colour images": [() => npz(images({ shape: [4, 64, 64, 3] })), "should have grey images"],
  "another size": [() => npz(images({ shape: [4, 32, 128] })), "Received [4, 32, 128]"],
  "fewer images than labels": [() => npz(images({ shape: [3, 64, 64] })), "as many images as labels, 4. Received 3"],
  "fewer bytes than announced": [() => npz(images({ data: noise(4095) })), "as its header says. Received"],
  "labels of another question": [
    () => npz(labels({ data: Uint8Array.of(0, 1, 2, 0) })),
    "train_labels: labels are 0 (normal) and 1 (pneumonia). Received 2 at index 2",
  ],
  "several labels for an image": [() => npz(labels({ shape: [2, 2] })), "one label for each image"],
  "no labels": [
    () => npz({ train_images: sound.train_images as MadeUpArray }),
    "train_labels: should be in the archive",
  ],
  "other arrays": [() => npz({ x: { shape: [1], data: Uint8Array.of(1) } }), "a NumPy archive with other arrays"],
  "no arrays": [() => npz({}), "a NumPy archive with other arrays"],
  "no zip archive": [() => Buffer.from("\x93NUMPY"), "cannot be unpacked"],
  "a file cut short": [() => npz(sound).subarray(0, 20_000), "cannot be unpacked"],
  "a bomb": [
    () => npz(images({ shape: [4, 224, 224], data: new Uint8Array(100 << 20) })),
    "should not unpack to more than 100 times its size",
  ],
};

for (const [what, [bytes, message]] of Object.entries(refused)) {
  test(`${what}: one error, and nothing is left`, async () => {
    const { place, imported } = importBytes(bytes());
    await assert.rejects(imported, hasCode("DATASET_SOURCE_INVALID", message));
    assert.deepEqual(readdirSync(place).sort(), [".cache", "pneumoniamnist_64.npz"]);
  });
}

test("a damaged byte in the last images takes away those before", async () => {
  const bytes = npz(sound);
  const at = Buffer.from(bytes).indexOf("test_images.npy") + 4000;
  bytes[at] = (bytes[at] ?? 0) ^ 255;
  const { place, imported } = importBytes(bytes);
  await assert.rejects(imported, hasCode("DATASET_SOURCE_INVALID", "pneumoniamnist_64.npz, test_images"));
  assert.deepEqual(readdirSync(place).sort(), [".cache", "pneumoniamnist_64.npz"]);
});

test("labels of 0 and 1 are not taken for pneumonia unless they are the published ones or the file says so", async () => {
  const { imported } = importBytes(npz(sound), "breastmnist_64.npz");
  await assert.rejects(imported, hasCode("DATASET_SOURCE_INVALID", "the file does not say what 0 and 1 mean"));
});

test("an import that is stopped leaves nothing, one that was killed is no obstacle, others' files are", async () => {
  const { place, imported } = importBytes(npz(sound));
  await imported;
  const again = { cwd: place, out: "again.csv" };
  const controller = new AbortController();
  const stopped = importDataset("pneumoniamnist_64.npz", { ...again, signal: controller.signal });
  controller.abort();
  await assert.rejects(stopped, hasCode("ABORTED", "importDataset"));
  assert.equal(existsSync(join(place, "again-images")), false);

  rmSync(join(place, "manifest.csv"));
  rmSync(join(place, "manifest-images", "val-00001.png"));
  const kept = await importDataset("pneumoniamnist_64.npz", { cwd: place, out: "manifest.csv" });
  assert.equal(kept.images, 9);

  rmSync(join(place, "manifest.csv"));
  writeFileSync(join(place, "manifest-images", "val-00001.png"), "mine");
  const over = importDataset("pneumoniamnist_64.npz", { cwd: place, out: "manifest.csv" });
  await assert.rejects(over, hasCode("DATASET_FOLDER_TAKEN", "val-00001.png"));
  assert.equal(readFileSync(join(place, "manifest-images", "val-00001.png"), "utf8"), "mine");
});

test("the published file: MedMNIST's counts", { skip: withoutRealData("pneumoniamnist.npz") }, async () => {
  const place = join(folder, "real");
  const real = realData("pneumoniamnist.npz");
  const { images, normal, pneumonia, patients } = await importDataset(real, { cwd: place, out: "manifest.csv" });
  assert.deepEqual(
    { images, normal, pneumonia, patients },
    { images: 5856, normal: 1583, pneumonia: 4273, patients: null },
  );
  const { samples } = await openDataset(join(place, "manifest.csv"));
  const counts = (["train", "val", "test"] as const).map((split) => samples.filter((each) => each.split === split));
  assert.deepEqual(
    counts.map((part) => part.length),
    [4708, 524, 624],
  );
});

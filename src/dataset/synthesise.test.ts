// Synthetic phantoms: layout, repeatability, and that the finding shows in the lungs and nowhere else.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Random } from "../core/random.js";
import { summariseDataset } from "./data-summary.js";
import { patientsAcrossSplits } from "./duplicates.js";
import { openDataset } from "./open-dataset.js";
import { drawAnatomy } from "./phantom/anatomy.js";
import { type Blob, drawOpacities } from "./phantom/findings.js";
import { drawShot, render } from "./phantom/render.js";
import { defaultSynthesisCounts } from "./synthesis-counts.js";
import { isSynthetic, synthesise } from "./synthesise.js";

const top = mkdtempSync(join(tmpdir(), "phantoms-"));
after(() => rmSync(top, { recursive: true }));
const counts = {
  train: { normal: 9, pneumonia: 21 },
  val: { normal: 2, pneumonia: 2 },
  test: { normal: 4, pneumonia: 6 },
};

const contents = (root: string) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [path.slice(root.length), readFileSync(path).toString("base64")]);

test("the published layout and naming, the counts asked for, patients in one split each", async () => {
  const folder = join(top, "layout");
  assert.deepEqual(await synthesise(folder, { seed: 3, counts, size: 64 }), {
    root: folder,
    images: 44,
    reused: false,
  });
  const { samples, skipped } = await openDataset(folder);
  assert.deepEqual(skipped, []);
  assert.ok(isSynthetic(folder) && !isSynthetic(top));
  assert.deepEqual(
    summariseDataset(samples).map(({ split, normal, pneumonia }) => [split, { normal, pneumonia }]),
    Object.entries(counts),
  );
  assert.ok(samples.every(({ patient }) => patient !== null));
  assert.deepEqual(patientsAcrossSplits(samples), []);
  assert.ok(new Set(samples.map(({ patient }) => patient)).size < samples.length, "some patients have several images");
});

test("the same seed gives the same files, another seed others; a finished folder is left alone", async () => {
  const make = (name: string, seed: number) => synthesise(join(top, name), { seed, counts, size: 64 });
  await Promise.all([make("one", 1), make("again", 1), make("two", 2)]);
  assert.deepEqual(contents(join(top, "one")), contents(join(top, "again")));
  assert.notDeepEqual(contents(join(top, "one")), contents(join(top, "two")));
  assert.equal((await make("one", 1)).reused, true);
  await assert.rejects(make("one", 2), { code: "DATASET_FOLDER_TAKEN" });
});

test("a folder with other things is not touched, and nothing half-made is left behind", async () => {
  const folder = join(top, "taken");
  mkdirSync(folder);
  writeFileSync(join(folder, "thesis.doc"), "");
  await assert.rejects(synthesise(folder, { counts, size: 64 }), { code: "DATASET_FOLDER_TAKEN" });
  writeFileSync(join(top, "file"), "");
  await assert.rejects(synthesise(join(top, "file", "below"), { counts, size: 64 }), { code: "FILE_UNWRITABLE" });
  assert.ok(readdirSync(top).every((name) => !name.includes("partial")));
  await assert.rejects(synthesise(join(top, "small"), { size: 8 }), { code: "OPTION_INVALID" });
  const negative = { ...defaultSynthesisCounts, val: { normal: -1, pneumonia: 0 } };
  await assert.rejects(synthesise(join(top, "negative"), { counts: negative }), { code: "OPTION_INVALID" });
});

test("opacities brighten the lungs, and the image without them is the normal one", () => {
  for (const finding of ["bacteria", "virus"] as const) {
    for (let patient = 0; patient < 10; patient++) {
      const anatomy = drawAnatomy(Random.of(patient, finding));
      const opacities = drawOpacities(finding, anatomy, Random.of(patient, finding, "opacities"));
      const draw = (blobs: readonly Blob[]) => {
        const random = Random.of(patient, finding, "shot");
        return render(anatomy, blobs, drawShot(160, random), random);
      };
      const [sick, well] = [draw(opacities), draw([])];
      assert.deepEqual([sick.width, sick.height], [well.width, well.height]);
      const differences = sick.data.map((value, i) => Math.max(0, value - (well.data[i] as number)));
      const darker = sick.data.filter((value, i) => value < (well.data[i] as number)).length;
      const visible = differences.filter((difference) => difference > 15).length / differences.length;
      assert.ok(visible > 0.003 && visible < 0.3, `${finding} ${patient}: ${visible} of the image is visibly brighter`);
      assert.equal(darker, 0);
    }
  }
  assert.deepEqual(drawOpacities("normal", drawAnatomy(Random.of(1)), Random.of(1)), []);
});

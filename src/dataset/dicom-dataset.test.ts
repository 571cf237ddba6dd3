// A dataset whose images are DICOM: found, loaded, checked, and nothing of the patient in the cache.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readDicomGolden } from "../../test/support/dicom-golden.js";
import { dicomFile, gradient, pictureElements } from "../../test/support/dicom-writer.js";
import { golden } from "../../test/support/paths.js";
import { cacheFile } from "../../test/support/random-dataset.js";
import { resizeBilinear } from "../images/resize.js";
import { checkDataset } from "./check-dataset.js";
import { loadImages } from "./load-images.js";
import { openDataset } from "./open-dataset.js";

const root = mkdtempSync(join(tmpdir(), "dicom-dataset-"));
after(() => rmSync(root, { recursive: true }));
const [normal, pneumonia] = ["NORMAL", "PNEUMONIA"].map((name) => join(root, "train", name)) as [string, string];
for (const folder of [normal, pneumonia]) mkdirSync(folder, { recursive: true });
copyFileSync(golden("dicom", "jpeg-ls.dcm"), join(normal, "IM0001"));
copyFileSync(golden("dicom", "jpeg-ls.dcm"), join(normal, "DICOMDIR"));
const lateral = pictureElements(64, 64, [[0x00185101, "CS", "LL"]]);
writeFileSync(join(pneumonia, "b.dcm"), dicomFile({ elements: [...lateral, [0x7fe00010, "OW", gradient(64, 64)]] }));

test("images are found, and loaded as they are decoded", async () => {
  const { samples, skipped } = await openDataset(root);
  assert.deepEqual(
    samples.map(({ name }) => name),
    ["train/NORMAL/IM0001", "train/PNEUMONIA/b.dcm"],
  );
  assert.deepEqual(
    skipped.map(({ name }) => name),
    ["train/NORMAL/DICOMDIR"],
  );
  const cacheFolder = join(root, "cache");
  const { pixels, loaded } = await loadImages(samples, { size: 32, cacheFolder });
  assert.equal(loaded.length, 2);
  const entry = readDicomGolden().find(({ file }) => file === "jpeg-ls.dcm");
  assert.ok(entry);
  const { width, height, grey } = entry;
  assert.deepEqual(pixels.subarray(0, 32 * 32), resizeBilinear({ width, height, data: grey }, 32, 32).data);
  for (const ending of [".pixels", ".index"] as const) {
    assert.ok(!readFileSync(cacheFile(cacheFolder, ending)).includes("SECRET"), ending);
  }
});

test("data check tells of what the files say of themselves", async () => {
  const { remarks, unreadable } = await checkDataset(await openDataset(root));
  assert.deepEqual(unreadable, []);
  const view = remarks.find(({ text }) => text.includes("lateral view"));
  assert.deepEqual(view?.names, ["train/PNEUMONIA/b.dcm"]);
});

// The real label files that torchxrayvision carries give the counts that its classes give (test/golden/make/xrv_counts.py).
// They are not ours to copy: PNEUMOSCOPE_XRV_DATA names the folder torchxrayvision/data of its unpacked wheel.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { unzipSync } from "fflate";
import { golden } from "../../../../test/support/paths.js";
import { chexpert } from "./chexpert.js";
import { mimicCxr } from "./mimic-cxr.js";
import { nih } from "./nih.js";
import { padchest } from "./padchest.js";
import type { PublishedDataset } from "./published-dataset.js";
import { rsna } from "./rsna.js";
import { vinbigdata } from "./vindr.js";

const data = process.env.PNEUMOSCOPE_XRV_DATA;
const skip = data === undefined ? "PNEUMOSCOPE_XRV_DATA names no folder" : false;
const expected = JSON.parse(readFileSync(golden("datasets", "xrv-counts.json"), "utf8"));
const scratch = mkdtempSync(join(tmpdir(), "xrv-counts-"));
after(() => rmSync(scratch, { recursive: true }));

const countsOf = (dataset: PublishedDataset, role: string, file: string, frontalOnly = false) =>
  countsIn(dataset, new Map([[role, file]]), frontalOnly);

async function countsIn(dataset: PublishedDataset, files: ReadonlyMap<string, string>, frontalOnly: boolean) {
  const counts = { images: 0, pneumonia: 0, normal: 0, uncertain: 0 };
  const patients = new Set<string | null>();
  for await (const { label, isFrontal, patient } of dataset.images(files)) {
    if (frontalOnly && !isFrontal) continue;
    counts.images++;
    if (label === 1) counts.pneumonia++;
    if (label === 0) counts.normal++;
    if (label === "uncertain") counts.uncertain++;
    patients.add(patient);
  }
  return { ...counts, patients: patients.size };
}

const inWheel = (name: string): string => join(data as string, name);

test("NIH ChestX-ray14", { skip }, async () => {
  const { images, pneumonia, normal, patients } = expected.nih;
  const ours = await countsOf(nih, "labels", inWheel("Data_Entry_2017_v2020.csv.gz"));
  assert.deepEqual(ours, { images, pneumonia, normal, uncertain: 0, patients });
});

test("RSNA Pneumonia", { skip }, async () => {
  const name = "stage_2_train_labels.csv";
  const zipped = unzipSync(readFileSync(inWheel("kaggle_stage_2_train_labels.csv.zip")));
  writeFileSync(join(scratch, name), zipped[name] as Uint8Array);
  const { images, pneumonia } = expected.rsna;
  const ours = await countsOf(rsna, "labels", join(scratch, name));
  // Without the second file nobody knows which of the others are normal; "patientId" is no patient.
  assert.deepEqual(ours, { images, pneumonia, normal: 0, uncertain: 0, patients: 1 });
});

test("CheXpert", { skip }, async () => {
  const { images, pneumonia, normal, uncertain, patients } = expected.chexpert;
  const file = inWheel("chexpert_train.csv.gz");
  assert.deepEqual(await countsOf(chexpert, "train", file), { images, pneumonia, normal, uncertain, patients });
  const frontal = await countsOf(chexpert, "train", file, true);
  assert.equal(frontal.images, expected.chexpertFrontal.images);
  assert.equal(frontal.pneumonia, expected.chexpertFrontal.pneumonia);
});

test("PadChest, with the images that torchxrayvision drops", { skip }, async () => {
  const { dropped, ...kept } = expected.padchest;
  const unlabelled = 103; // rows with an empty cell, of which the class keeps none
  const ours = await countsOf(padchest, "labels", inWheel("PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz"));
  assert.equal(ours.pneumonia, kept.pneumonia + dropped.pneumonia);
  assert.equal(ours.normal, kept.normal + dropped.normal);
  assert.equal(ours.images, kept.images + dropped.images + unlabelled);
});

test("VinBigData", { skip }, async () => {
  const { images, normal } = expected.vinbigdata;
  const ours = await countsOf(vinbigdata, "labels", inWheel("vinbigdata-train.csv.gz"));
  assert.deepEqual(ours, { images, pneumonia: 0, normal, uncertain: 0, patients: 1 });
});

test("MIMIC-CXR-JPG, on a made-up set in its form", async () => {
  const file = (part: string) => golden("datasets", "mimic", `mimic-cxr-2.0.0-${part}.csv`);
  const files = new Map([
    ["labels", file("chexpert")],
    ["metadata", file("metadata")],
    ["split", file("split")],
  ]);
  for (const [frontalOnly, reference] of [
    [false, expected.mimic],
    [true, expected.mimicFrontal],
  ] as const) {
    const ours = await countsIn(mimicCxr, files, frontalOnly);
    assert.equal(ours.pneumonia, reference.pneumonia);
    assert.equal(ours.normal, reference.normal);
    // The reference lists no image of a study without a line of labels; here it is there to be left out with a reason.
    assert.ok(ours.images > reference.images);
  }
});

// Finding images in the folders users have, and the errors for folders that are no dataset.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { realData, withoutRealData } from "../../test/support/paths.js";
import { AppError } from "../core/errors.js";
import { countSamples, summariseDataset } from "./data-summary.js";
import { openDataset } from "./open-dataset.js";

const top = mkdtempSync(join(tmpdir(), "datasets-"));
after(() => rmSync(top, { recursive: true }));

/** Makes empty files (paths ending in a slash: folders) under a new folder. */
function tree(name: string, paths: readonly string[]): string {
  const root = join(top, name);
  mkdirSync(root);
  for (const path of paths) {
    mkdirSync(join(root, path.endsWith("/") ? path : dirname(path)), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(join(root, path), "");
  }
  return root;
}

/** In the order in which a dataset lists them. */
const kaggle = [
  "train/NORMAL/IM-0115-0001.jpeg",
  "train/NORMAL/NORMAL2-IM-0383-0001.jpeg",
  "train/PNEUMONIA/person23_bacteria_78.jpeg",
  "train/PNEUMONIA/person23_virus_9.jpeg",
  "val/NORMAL/NORMAL2-IM-1427-0001.jpeg",
  "test/PNEUMONIA/person1_virus_6.jpeg",
];

test("the Kaggle tree, in order, with label, split and patient", async () => {
  const root = tree("kaggle", [...kaggle].reverse());
  const dataset = await openDataset(root, { patients: "by name" });
  assert.equal(dataset.root, root);
  assert.deepEqual(
    dataset.samples.map(({ name }) => name),
    kaggle,
  );
  assert.deepEqual(dataset.samples[2], {
    path: join(root, "train/PNEUMONIA/person23_bacteria_78.jpeg"),
    name: "train/PNEUMONIA/person23_bacteria_78.jpeg",
    split: "train",
    label: 1,
    patient: "bacteria:23",
  });
  assert.deepEqual(dataset.skipped, []);
});

test("a folder that may not be listed is passed over beside the dataset, and named where there is none", {
  skip: process.getuid?.() === 0 && "root lists every folder",
}, async () => {
  const root = tree("disk", ["lost+found/", ...kaggle.map((path) => `xrays/${path}`)]);
  const other = tree("empty disk", ["lost+found/"]);
  for (const disk of [root, other]) chmodSync(join(disk, "lost+found"), 0);
  assert.equal((await openDataset(root)).samples.length, kaggle.length);
  await assert.rejects(openDataset(other), hasCode("FILE_UNREADABLE", "lost+found"));
  for (const disk of [root, other]) chmodSync(join(disk, "lost+found"), 0o700);
});

test("nested twice, with the leftovers of archive programs: the same samples", async () => {
  const inner = kaggle.map((path) => `chest_xray/chest_xray/${path}`);
  const leftovers = [
    "__MACOSX/chest_xray/train/NORMAL/._IM-0115-0001.jpeg",
    "chest_xray/__MACOSX/train/NORMAL/IM-0115-0001.jpeg",
    "chest_xray/chest_xray/.DS_Store",
    "chest_xray/chest_xray/train/.DS_Store",
    "chest_xray/chest_xray/train/NORMAL/.DS_Store",
    "chest_xray/chest_xray/train/NORMAL/._IM-0115-0001.jpeg",
    "chest_xray/chest_xray/train/NORMAL/Thumbs.db",
  ];
  const root = tree("nested", [...inner, ...leftovers]);
  const dataset = await openDataset(root);
  assert.equal(dataset.root, join(root, "chest_xray/chest_xray"));
  assert.deepEqual(
    dataset.samples.map(({ name }) => name),
    kaggle,
  );
  assert.deepEqual(dataset.skipped, []);
});

test("names that others use too tell no patients, and no origin", async () => {
  const root = tree("viewer", ["train/NORMAL/IM-0001-0001.jpeg", "train/PNEUMONIA/IM-0001-0002.jpeg"]);
  const { kind, samples } = await openDataset(root);
  assert.equal(kind, "other");
  assert.deepEqual(
    samples.map(({ patient }) => patient),
    [null, null],
  );
});

test("a manifest's rows are the dataset, wherever the files lie below it", async () => {
  const root = tree("listed", ["a/1.png", "a/b/2.png", "3.png", "4.png"]);
  const manifest = join(root, "manifest.csv");
  writeFileSync(
    manifest,
    "path,label,patient,split,sex\n3.png,PNEUMONIA,p2,test,F\na/1.png,NORMAL,p1,,\na/b/2.png,PNEUMONIA,p3,train,\n4.png,NORMAL,,test,\n",
  );
  const { root: place, kind, samples } = await openDataset(manifest);
  assert.deepEqual([place, kind], [root, "other"]);
  assert.deepEqual(
    samples.map(({ name, path, split, label, patient, facts }) => [name, path, split, label, patient, facts]),
    [
      ["a/1.png", join(root, "a/1.png"), "train", 0, "p1", {}],
      ["a/b/2.png", join(root, "a/b/2.png"), "train", 1, "p3", {}],
      ["4.png", join(root, "4.png"), "test", 0, null, {}],
      ["3.png", join(root, "3.png"), "test", 1, "p2", { sex: "F" }],
    ],
  );
  const elsewhere = join(top, "elsewhere.csv");
  writeFileSync(elsewhere, readFileSync(manifest));
  await assert.rejects(openDataset(elsewhere), hasCode("FILE_MISSING", "relative to its own folder"));
});

test("of a tree and its nested duplicate the outer one is used, once", async () => {
  const root = tree("duplicate", [...kaggle, ...kaggle.map((path) => `chest_xray/${path}`)]);
  const dataset = await openDataset(root);
  assert.equal(dataset.root, root);
  assert.equal(dataset.samples.length, kaggle.length);
});

test("upper and lower case, .jpg and .PNG, links, Mendeley names without val/", async () => {
  const root = tree("mendeley", [
    "Train/Normal/NORMAL-1003233-0001.JPEG",
    "Train/pneumonia/BACTERIA-1008087-0001.jpg",
    "TEST/NORMAL/NORMAL-11419-0001.PNG",
    "elsewhere/VIRUS-39668-0001.jpeg",
  ]);
  mkdirSync(join(root, "TEST", "Pneumonia"));
  symlinkSync(join(root, "elsewhere/VIRUS-39668-0001.jpeg"), join(root, "TEST/Pneumonia/VIRUS-39668-0001.jpeg"));
  const { samples } = await openDataset(root, { patients: "by name" });
  assert.deepEqual(
    samples.map(({ split, label, patient }) => [split, label, patient]),
    [
      ["train", 0, "NORMAL:1003233"],
      ["train", 1, "bacteria:1008087"],
      ["test", 0, "NORMAL:11419"],
      ["test", 1, "virus:39668"],
    ],
  );
});

test("what is not used is named", async () => {
  const root = tree("extras", [...kaggle, "train/NORMAL/readme.txt", "train/COVID/a.jpeg", "test/NORMAL/more/"]);
  assert.deepEqual((await openDataset(root)).skipped, [
    { name: "test/NORMAL/more/", reason: "a folder among images" },
    { name: "train/COVID", reason: "neither NORMAL nor PNEUMONIA" },
    { name: "train/NORMAL/readme.txt", reason: "not named .jpeg, .jpg, .png, .dcm or .dicom" },
  ]);
});

test("class folders alone are accepted only when asked for", async () => {
  const root = tree("flat", ["NORMAL/IM-0001-0001.jpeg", "PNEUMONIA/person1_virus_1.jpeg"]);
  await assert.rejects(openDataset(root), { code: "DATASET_LAYOUT" });
  const { samples } = await openDataset(root, { classFoldersAs: "test" });
  assert.deepEqual(
    samples.map(({ name, split }) => [name, split]),
    [
      ["NORMAL/IM-0001-0001.jpeg", "test"],
      ["PNEUMONIA/person1_virus_1.jpeg", "test"],
    ],
  );
});

const refused: readonly [what: string, paths: readonly string[], code: string, ...words: string[]][] = [
  ["an empty folder", [], "DATASET_EMPTY", "an empty folder", "{train,val,test}"],
  ["a folder of other things", ["a.txt", "b/c.jpeg"], "DATASET_LAYOUT", "a.txt, b/", "{train,val,test}"],
  ["class folders without images", ["train/NORMAL/", "train/PNEUMONIA/"], "DATASET_EMPTY", "no image"],
  ["class folders with other files", ["train/NORMAL/a.bmp", "test/PNEUMONIA/b.gif"], "DATASET_EMPTY", "b.gif"],
  ["one class only", ["train/NORMAL/a.jpeg", "test/NORMAL/b.jpeg"], "DATASET_ONE_CLASS", "PNEUMONIA/"],
  [
    "one class only in train/",
    ["train/PNEUMONIA/a.jpeg", "test/NORMAL/b.jpeg"],
    "DATASET_ONE_CLASS",
    "train/",
    "NORMAL/",
  ],
];

for (const [i, [what, paths, code, ...words]] of refused.entries()) {
  test(`${what} is refused with ${code}`, async () => {
    const root = tree(`refused-${i}`, paths);
    await assert.rejects(openDataset(root), (error) => {
      assert.ok(error instanceof AppError && error.code === code, String(error));
      for (const word of [root, ...words]) assert.ok(error.message.includes(word), error.message);
      return true;
    });
  });
}

test("a missing folder and a file in its place are refused", async () => {
  await assert.rejects(openDataset(join(top, "absent")), { code: "FILE_MISSING" });
  writeFileSync(join(top, "file"), "");
  await assert.rejects(openDataset(join(top, "file")), { code: "FILE_UNREADABLE" });
});

test("the published data: the study's counts", { skip: withoutRealData("chest_xray") }, async () => {
  const { samples, skipped } = await openDataset(realData("chest_xray"));
  assert.deepEqual(skipped, []);
  assert.deepEqual(
    summariseDataset(samples).map(({ split, tableShape, pixelShape, patients }) => [
      split,
      tableShape,
      pixelShape,
      patients,
    ]),
    [
      ["train", [5216, 2], [5216, 224, 224], 3654],
      ["val", [16, 2], [16, 224, 224], 15],
      ["test", [624, 2], [624, 224, 224], 428],
    ],
  );
  const { images, normal, pneumonia, bacterial, viral } = countSamples(samples);
  assert.deepEqual([images, normal, pneumonia, bacterial + viral], [5856, 1583, 4273, 4273]);
});

// Published datasets in small, made up: every file in the form of its publisher, a few rows, no real patient.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { dicomFile, gradient, pictureElements } from "../../../../test/support/dicom-writer.js";
import { hasCode } from "../../../../test/support/has-code.js";
import { compareText } from "../../../core/compare-text.js";
import { type ImportOptions, importDataset } from "../../import-dataset.js";
import { readManifest } from "../../manifest/read-manifest.js";
import { sources } from "../sources.js";
import { publishedDatasets } from "./published.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "published-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Files of a dataset by path; those without content are images, which nobody opens here. */
type Files = Readonly<Record<string, string | Uint8Array | null>>;

function put(files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, "data", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content ?? "pixels");
  }
}

async function imported(files: Files, options: Partial<ImportOptions> = {}) {
  put(files);
  const result = await importDataset("data", { out: "manifest.csv", keyFolder: "keys", cwd: root, ...options });
  const rows = [];
  for await (const row of readManifest(join(root, "manifest.csv"))) rows.push(row);
  rows.sort((a, b) => compareText(a.path, b.path));
  return { ...result, rows };
}

const nihHeader =
  "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],";
const nihFiles = {
  "Data_Entry_2017.csv": [
    nihHeader,
    "1_0.png,No Finding,0,1,058Y,M,PA,2,2,0.1,0.1,",
    "1_1.png,Infiltration|Pneumonia,1,1,059Y,M,AP,2,2,0.1,0.1,",
    "2_0.png,Cardiomegaly,0,2,414,F,PA,2,2,0.1,0.1,",
    "3_0.png,No Finding,0,3,414,F,PA,2,2,0.1,0.1,",
    "4_0.png,No Finding,0,4,30,F,PA,2,2,0.1,0.1,",
    "",
  ].join("\r\n"),
  "test_list.txt": "1_0.png\n1_1.png\n",
  "train_val_list.txt": "3_0.png\n",
  "images_001/images/1_0.png": null,
  "images_001/images/1_1.png": null,
  "images_002/images/2_0.png": null,
  "images_002/images/3_0.png": null,
  "images_002/images/more.png": null,
};

test("NIH ChestX-ray14", async () => {
  const { source, rows, leftOut, patients } = await imported(nihFiles);
  assert.deepEqual([source, patients], ["nih", 2]);
  assert.deepEqual(rows[0], {
    path: "data/images_001/images/1_0.png",
    label: 0,
    patient: "nih-1",
    split: "test",
    facts: { ageYears: 58, sex: "M", view: "PA", source: "NIH" },
  });
  assert.deepEqual(
    rows.map(({ label, split, facts }) => [label, split, facts.ageYears]),
    [
      [0, "test", 58],
      [1, "test", 59],
      [0, "train", undefined],
    ],
  );
  const name = "Data_Entry_2017.csv, test_list.txt, train_val_list.txt";
  assert.deepEqual(leftOut, [
    { name, reason: "1 image: other findings, neither pneumonia nor normal: images_002/images/2_0.png" },
    { name, reason: "1 image: named by the label file, but not in the folder: 4_0.png" },
    { name, reason: "1 image: not named by the label file: images_002/images/more.png" },
  ]);
});

const rsnaLabels = {
  "stage_2_train_labels.csv": "patientId,x,y,width,height,Target\na,,,,,0\nb,1,1,2,2,1\nb,3,3,2,2,1\nc,,,,,0\n",
  "stage_2_train_images/a.dcm": null,
  "stage_2_train_images/b.dcm": null,
  "stage_2_train_images/c.dcm": null,
};

test("RSNA Pneumonia: the second file tells the normal ones; nobody says who is on them", async () => {
  const classes = "patientId,class\na,Normal\nb,Lung Opacity\nb,Lung Opacity\nc,No Lung Opacity / Not Normal\n";
  const all = await imported({ ...rsnaLabels, "stage_2_detailed_class_info.csv": classes });
  assert.deepEqual([all.source, all.patients], ["rsna", null]);
  assert.deepEqual(
    all.rows.map(({ path, label }) => [path.at(-5), label]),
    [
      ["b", 1],
      ["a", 0],
    ].reverse(),
  );
  assert.match(all.leftOut[0]?.reason ?? "", /^1 image: other findings/);
});

test("RSNA Pneumonia: age, sex and view from the headers, nobody's identifier", async () => {
  const elements = pictureElements(8, 8, [
    [0x00080020, "DA", "19010101"],
    [0x00100040, "CS", "F"],
    [0x00101010, "AS", "051Y"],
    [0x00185101, "CS", "AP"],
  ]);
  const dicom = dicomFile({ elements: [...elements, [0x7fe00010, "OW", gradient(8, 8)]] });
  const { rows } = await imported({ ...rsnaLabels, "stage_2_train_images/b.dcm": dicom });
  assert.deepEqual(rows[0]?.facts, { ageYears: 51, sex: "F", view: "AP", source: "RSNA" });
  assert.equal(rows[0]?.patient, null);
});

test("RSNA Pneumonia without its second file", async () => {
  const { normal, pneumonia, leftOut } = await imported(rsnaLabels);
  assert.deepEqual([normal, pneumonia], [0, 1]);
  assert.match(leftOut[0]?.reason ?? "", /^2 images: no pneumonia, and stage_2_detailed_class_info.csv.*such as/);
});

const chexpertHeader = "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Lung Opacity,Pneumonia,Support Devices";
const chexpertFiles = {
  "train.csv": [
    chexpertHeader,
    "CheXpert-v1.0-small/train/patient1/study1/view1_frontal.jpg,Female,68,Frontal,AP,1.0,,0.0,1.0",
    "CheXpert-v1.0-small/train/patient1/study1/view2_lateral.jpg,Female,68,Lateral,,1.0,,,",
    "CheXpert-v1.0-small/train/patient1/study2/view1_frontal.jpg,Female,69,Frontal,PA,,1.0,1.0,",
    "CheXpert-v1.0-small/train/patient2/study1/view1_frontal.jpg,Unknown,0,Frontal,PA,,,-1.0,",
    "CheXpert-v1.0-small/train/patient3/study1/view1_frontal.jpg,Male,50,Frontal,PA,,1.0,,",
    "CheXpert-v1.0-small/train/patient4/study1/view1_frontal.jpg,Male,50,Frontal,PA,,1.0,0.0,",
  ].join("\n"),
  "valid.csv": `${chexpertHeader}\nCheXpert-v1.0-small/valid/patient9/study1/view1_frontal.jpg,Male,40,Frontal,AP,0.0,1.0,1.0,0.0\n`,
  "train/patient1/study1/view1_frontal.jpg": null,
  "train/patient1/study1/view2_lateral.jpg": null,
  "train/patient1/study2/view1_frontal.jpg": null,
  "train/patient2/study1/view1_frontal.jpg": null,
  "train/patient3/study1/view1_frontal.jpg": null,
  "train/patient4/study1/view1_frontal.jpg": null,
  "valid/patient9/study1/view1_frontal.jpg": null,
};

for (const [uncertain, normal, pneumonia] of [
  [undefined, 1, 2],
  ["leave out", 1, 2],
  ["pneumonia", 1, 3],
  ["normal", 2, 2],
] as const) {
  test(`CheXpert, uncertain labels: ${uncertain ?? "as they are by default"}`, async () => {
    const result = await imported(chexpertFiles, uncertain === undefined ? {} : { uncertain });
    assert.equal(result.source, "chexpert");
    assert.deepEqual([result.normal, result.pneumonia], [normal, pneumonia]);
    const reasons = result.leftOut.map(({ reason }) => reason.split(/: |, such/)[1]);
    assert.equal(reasons.includes("pneumonia uncertain by its publisher's label"), normal + pneumonia === 3);
    assert.ok(reasons.includes("no frontal view"));
    const first = result.rows.find(({ path }) => path.endsWith("patient1/study1/view1_frontal.jpg"));
    assert.equal(first?.patient, "chexpert-patient1");
    assert.deepEqual(first?.facts, {
      study: "patient1/study1",
      ageYears: 68,
      sex: "F",
      view: "AP",
      source: "CheXpert",
    });
    assert.equal(result.rows.find(({ path }) => path.includes("patient9"))?.split, "val");
  });
}

const mimicFiles = {
  "mimic-cxr-2.0.0-chexpert.csv.gz": gzipSync(
    "subject_id,study_id,Lung Opacity,No Finding,Pneumonia\n10,50,,1.0,\n10,51,1.0,,1.0\n11,52,,,-1.0\n",
  ),
  "mimic-cxr-2.0.0-metadata.csv.gz": gzipSync(
    "dicom_id,subject_id,study_id,ViewPosition,StudyDate\naa,10,50,PA,21800506\nab,10,50,LATERAL,21800506\nba,10,51,AP,21800507\nca,11,52,AP,21800508\nda,12,53,AP,21800508\n",
  ),
  "mimic-cxr-2.0.0-split.csv.gz": gzipSync("dicom_id,study_id,subject_id,split\naa,50,10,train\nba,51,10,validate\n"),
  ...Object.fromEntries(["aa", "ab", "ba", "ca", "da"].map((id) => [`files/p10/p${id}/s50/${id}.jpg`, null])),
};

test("MIMIC-CXR-JPG: labels of studies, images by the metadata, parts by the split", async () => {
  const { source, rows, leftOut } = await imported(mimicFiles);
  assert.equal(source, "mimic-cxr");
  assert.deepEqual(
    rows.map(({ path, label, patient, split }) => [path.slice(-6), label, patient, split]),
    [
      ["aa.jpg", 0, "mimic-10", "train"],
      ["ba.jpg", 1, "mimic-10", "val"],
    ],
  );
  assert.equal(leftOut.length, 3);
});

test("MIMIC-CXR-JPG without its metadata", async () => {
  const { "mimic-cxr-2.0.0-metadata.csv.gz": _, ...others } = mimicFiles;
  await assert.rejects(imported(others), hasCode("FILE_MISSING", "metadata.csv"));
});

test("PadChest: lists of labels, several kinds of pneumonia", async () => {
  const { source, rows, leftOut } = await imported({
    "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv": [
      ",ImageID,StudyDate_DICOM,StudyID,PatientID,PatientBirth,PatientSex_DICOM,Projection,Labels",
      "0,a.png,20140915,s1,p1,1930.0,F,PA,['normal']",
      "1,b.png,20140916,s2,p1,1930.0,F,AP_horizontal,\"['unchanged', 'atypical pneumonia ']\"",
      "2,c.png,20140916,s2,p1,1930.0,F,L,['pneumonia']",
      "3,d.png,20140916,s3,p2,,M,PA,\"['normal', 'nodule']\"",
      "4,e.png,20140916,s4,p2,,M,PA,",
    ].join("\n"),
    ...Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [`${name}.png`, null])),
  });
  assert.equal(source, "padchest");
  assert.deepEqual(
    rows.map(({ label, patient, facts }) => [label, patient, facts]),
    [
      [
        0,
        "padchest-p1",
        { study: "s1", ageYears: 84, sex: "F", view: "PA", acquired: "2014-09-15", source: "PadChest" },
      ],
      [
        1,
        "padchest-p1",
        { study: "s2", ageYears: 84, sex: "F", view: "AP_HORIZONTAL", acquired: "2014-09-16", source: "PadChest" },
      ],
    ],
  );
  assert.equal(leftOut.length, 3);
});

test("VinDr-CXR: more than half of the readers decide, fewer are uncertain", async () => {
  const readers = (image: string, votes: readonly string[]): string =>
    votes.map((vote, i) => `${image},R${i + 1},0,${vote}\n`).join("");
  const files = {
    "annotations/image_labels_train.csv":
      "image_id,rad_id,Aortic enlargement,Pneumonia,No finding\n" +
      readers("a", ["1,0", "1,0", "0,0"]) +
      readers("b", ["0,1", "1,0", "0,1"]) +
      readers("c", ["0,1", "0,1", "0,0"]) +
      readers("d", ["0,0", "0,0", "0,1"]),
    "annotations/image_labels_test.csv": "image_id,Aortic enlargement,Pneumonia,No finding\ne,0,1.0,0.0\n",
    ...Object.fromEntries(["a", "b", "c", "d"].map((name) => [`train/${name}.dicom`, null])),
    "test/e.dicom": null,
  };
  const { source, rows, patients, leftOut } = await imported(files);
  assert.deepEqual([source, patients, leftOut.length], ["vindr-cxr", null, 2]);
  assert.deepEqual(rows.map(({ path, label, split }) => [path, label, split]).sort(), [
    ["data/test/e.dicom", 1, "test"],
    ["data/train/a.dicom", 1, "train"],
    ["data/train/c.dicom", 0, "train"],
  ]);
});

test("VinDr-PCXR: pneumonia of all its names", async () => {
  const { source, normal, pneumonia } = await imported({
    "image_labels_train.csv":
      "image_id,rad_ID,No finding,Bronchitis,Brocho-pneumonia,Bronchiolitis,Pneumonia,Pleuro-pneumonia\na,R1,1,0,0,0,0,0\nb,R1,0,0,1,0,0,0\nc,R1,0,0,0,0,1,0\nd,R1,0,0,0,1,0,0\n",
    ...Object.fromEntries(["a", "b", "c", "d"].map((name) => [`train/${name}.dicom`, null])),
  });
  assert.deepEqual([source, normal, pneumonia], ["vindr-pcxr", 1, 2]);
});

test("VinBigData's challenge knows normal images only", async () => {
  const { source, normal, pneumonia } = await imported({
    "train.csv":
      "image_id,class_name,class_id,rad_id,x_min\na,No finding,14,R1,\na,No finding,14,R2,\nb,No finding,14,R1,\nb,ILD,5,R2,1\n",
    "train/a.dicom": null,
    "train/b.dicom": null,
  });
  assert.deepEqual([source, normal, pneumonia], ["vinbigdata", 1, 0]);
});

for (const [what, files, part] of [
  [
    "a label that is none",
    { ...chexpertFiles, "valid.csv": `${chexpertHeader}\ntrain/patient1/study1/a.jpg,F,1,Frontal,AP,,,7,\n` },
    "valid.csv, line 2, column Pneumonia",
  ],
  [
    "a path without a patient",
    { ...chexpertFiles, "valid.csv": `${chexpertHeader}\nx/a.jpg,F,1,Frontal,AP,,,1,\n` },
    "valid.csv, line 2, column Path",
  ],
  [
    "a row that is cut",
    { ...nihFiles, "Data_Entry_2017.csv": `${nihHeader}\n1.png,No Fin` },
    "Data_Entry_2017.csv, line 2",
  ],
  [
    "one image twice",
    { ...nihFiles, "Data_Entry_2017.csv": `${nihHeader}\n${"1_0.png,No Finding,0,1,5,M,PA,2,2,1,1,\n".repeat(2)}` },
    "line 2 has it already",
  ],
  [
    "rows of an image that differ",
    { ...rsnaLabels, "stage_2_train_labels.csv": "patientId,Target\na,0\na,1\n" },
    "stage_2_train_labels.csv, line 3, column Target",
  ],
  [
    "a gzip that is cut",
    { ...mimicFiles, "mimic-cxr-2.0.0-metadata.csv.gz": mimicFiles["mimic-cxr-2.0.0-metadata.csv.gz"].subarray(0, 60) },
    "should be a whole gzip file",
  ],
] as const satisfies readonly (readonly [string, Files, string])[]) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(imported(files), hasCode("LABELS_INVALID", part));
  });
}

test("a label file that lies elsewhere, under another name", async () => {
  const { "Data_Entry_2017.csv": labels, ...others } = nihFiles;
  writeFileSync(join(root, "nih-labels.csv"), labels);
  const { images } = await imported(others, { source: "nih", labels: "nih-labels.csv" });
  assert.equal(images, 3);
});

test("a file of the right name with other columns is not taken for the dataset's", async () => {
  await assert.rejects(imported({ "train.csv": "a,b\n1,2\n" }), hasCode("DATASET_SOURCE_UNKNOWN", ""));
  await assert.rejects(imported({}, { source: "chexpert" }), hasCode("FILE_MISSING", "Received train.csv"));
});

test("every published dataset is among the sources, once", () => {
  const names = sources.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name } of publishedDatasets) assert.ok(names.includes(name), name);
});

// A hospital's folder: twelve files of six patients, labels keyed in every way that they may be, and what is wrong in such lists.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type DicomElement, dicomFile, gradient, pictureElements } from "../../../test/support/dicom-writer.js";
import { hasCode } from "../../../test/support/has-code.js";
import { compareText } from "../../core/compare-text.js";
import { type ImportedDataset, importDataset } from "../import-dataset.js";
import { readManifest } from "../manifest/read-manifest.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dicom-folder-"));
});
afterEach(() => rmSync(root, { recursive: true }));

interface Person {
  readonly id: string;
  readonly study: string;
  readonly more?: readonly DicomElement[];
}

function put(path: string, { id, study, more = [] }: Person): void {
  const elements = pictureElements(8, 8, [
    [0x00080018, "UI", `1.2.3.${path.length}.${Buffer.from(path).reduce((sum, byte) => sum * 31 + byte, 7) % 1e9}`],
    [0x00080020, "DA", "20240314"],
    [0x00080050, "SH", `ACC-${study}`],
    [0x00080070, "LO", "Maker"],
    [0x00100020, "LO", id],
    [0x00100040, "CS", "F"],
    [0x00101010, "AS", "045Y"],
    [0x00185101, "CS", "PA"],
    [0x0020000d, "UI", `1.2.826.${study}`],
    ...more,
  ]);
  const file = join(root, "images", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, dicomFile({ elements: [...elements, [0x7fe00010, "OW", gradient(8, 8)]] }));
}

/** Two studies of each of six patients, an image each; "a/IM0001" and "b/IM0001" are of different people. */
function twelveOfSix(): void {
  for (let i = 0; i < 12; i++) put(`${i < 6 ? "a" : "b"}/IM${i % 6}`, { id: `MRN-${i % 6}`, study: `77${i}` });
}

const labels = (text: string): void => writeFileSync(join(root, "images", "labels.csv"), text);

const imported = (labelFile?: string): Promise<ImportedDataset> =>
  importDataset("images", {
    out: "manifest.csv",
    keyFolder: "keys",
    cwd: root,
    ...(labelFile !== undefined && { labels: labelFile }),
  });

async function rows() {
  const read = [];
  for await (const row of readManifest(join(root, "manifest.csv"))) read.push(row);
  return read.sort((a, b) => compareText(a.path, b.path));
}

const byStudy = (column: string, of: (i: number) => string): string =>
  `${column},Label\n${Array.from({ length: 12 }, (_, i) => `${of(i)},${i % 2 === 0 ? "normal" : "PNEUMONIA"}\n`).join("")}`;

for (const [column, of] of [
  ["Study Instance UID", (i: number) => `1.2.826.77${i}`],
  ["ACCESSION_NUMBER", (i: number) => `ACC-77${i}`],
  ["File", (i: number) => `.\\${i < 6 ? "a" : "b"}\\IM${i % 6}`],
] as const) {
  test(`labels by ${column}: patients from the headers, no identifier written`, async () => {
    twelveOfSix();
    labels(byStudy(column, of));
    const { source, images, normal, pneumonia, patients, leftOut, notes } = await imported();
    assert.deepEqual(
      { source, images, normal, pneumonia, patients },
      { source: "dicom", images: 12, normal: 6, pneumonia: 6, patients: 6 },
    );
    assert.deepEqual([leftOut, notes], [[], []]);
    const [first, ...others] = await rows();
    assert.equal(first?.path, "images/a/IM0");
    assert.equal(first?.patient, others.find(({ path }) => path === "images/b/IM0")?.patient);
    const { study, ...facts } = first?.facts ?? {};
    assert.match(study ?? "", /^[0-9a-f]{16}$/);
    assert.deepEqual(facts, {
      ageYears: 45,
      sex: "F",
      view: "PA",
      acquired: "2024-03-14",
      others: { manufacturer: "MAKER" },
    });
    assert.doesNotMatch(readFileSync(join(root, "manifest.csv"), "utf8"), /MRN|ACC|SECRET|1\.2\.826/);
  });
}

test("SOPInstanceUID goes before other columns; 0 and 1 under pneumonia; a part", async () => {
  put("x.dcm", { id: "p1", study: "1", more: [[0x00080018, "UI", "9.8.7"]] });
  put("y.dcm", { id: "p2", study: "1", more: [[0x00080018, "UI", "9.8.6"]] });
  labels("StudyInstanceUID;sop_instance_uid;Pneumonia;split\n1.2.826.1;9.8.7;1;valid\n1.2.826.1;9.8.6;0;\n");
  await imported();
  assert.deepEqual(
    (await rows()).map(({ path, label, split }) => [path, label, split]),
    [
      ["images/x.dcm", 1, "val"],
      ["images/y.dcm", 0, null],
    ],
  );
});

test("without a list the folders NORMAL and PNEUMONIA tell", async () => {
  put("train/normal/1", { id: "p1", study: "1" });
  put("train/PNEUMONIA/2", { id: "p2", study: "2" });
  put("test/PNEUMONIA/3", { id: "p2", study: "3" });
  put("elsewhere/4", { id: "p2", study: "3" });
  const { images, patients, leftOut } = await imported();
  assert.deepEqual([images, patients], [3, 2]);
  assert.deepEqual(
    leftOut.map(({ name }) => name),
    ["elsewhere/4"],
  );
  assert.deepEqual(
    (await rows()).map(({ split, label }) => [split, label]),
    [
      ["test", 1],
      ["train", 1],
      ["train", 0],
    ],
  );
});

test("what is left out is told: files without a label, labels without a file, files that are none", async () => {
  twelveOfSix();
  put("c/IM9", { id: "p", study: "5" });
  put("c/IM8", { id: "p", study: "5", more: [[0x00080050, "SH", ""]] });
  writeFileSync(join(root, "images", "notes.txt"), "no image");
  writeFileSync(join(root, "images", "c", "cut.dcm"), readFileSync(join(root, "images", "c", "IM9")).subarray(0, 300));
  labels(`${byStudy("AccessionNumber", (i) => `ACC-77${i}`)}ACC-secret,NORMAL\n`);
  const { images, leftOut } = await imported();
  assert.equal(images, 12);
  assert.deepEqual(Object.fromEntries(leftOut.map(({ name, reason }) => [name, reason.split(":")[0]])), {
    "c/IM8": "no AccessionNumber in its header, by which labels.csv has its labels",
    "c/IM9": "no label in labels.csv",
    "c/cut.dcm": "c/cut.dcm",
    "notes.txt": "no DICOM file",
    "labels.csv": "1 of 13 labels belong to no image here (AccessionNumber)",
  });
  assert.doesNotMatch(JSON.stringify(leftOut), /secret/);
});

test("a PatientID that is a word for nobody, or many people's, is no patient, and is told", async () => {
  for (const [i, id] of ["ANONYMOUS", "", "0000", "ANON0001"].entries()) put(`${i}.dcm`, { id, study: `${i}` });
  put("5.dcm", { id: "HOSPITAL", study: "5", more: [[0x00100030, "DA", "19500101"]] });
  put("6.dcm", { id: "HOSPITAL", study: "6", more: [[0x00100030, "DA", "19600101"]] });
  labels("file,label\n0.dcm,NORMAL\n1.dcm,NORMAL\n2.dcm,NORMAL\n3.dcm,PNEUMONIA\n5.dcm,NORMAL\n6.dcm,NORMAL\n");
  const { patients, notes } = await imported();
  assert.equal(patients, null);
  assert.deepEqual(
    (await rows()).map(({ patient }) => patient !== null),
    [false, false, false, true, false, false],
  );
  assert.equal(notes.length, 2);
  assert.match(notes[0] as string, /^3 images name no patient/);
  assert.match(notes[1] as string, /^2 images stand under 1 PatientID/);
});

test("an infant's age, long attributes before the pixels, and headers that hold nonsense", async () => {
  const long: DicomElement = [0x00091010, "OB", new Uint8Array(200_000)];
  put("a", { id: "p", study: "1", more: [[0x00101010, "AS", "006M"], long] });
  put("b", {
    id: "q",
    study: "2",
    more: [
      [0x00101010, "AS", "999Y"],
      [0x00080020, "DA", "20240231"],
      [0x00100040, "CS", "X"],
    ],
  });
  labels("file,label\na,NORMAL\nb,PNEUMONIA\n");
  await imported();
  const [a, b] = await rows();
  assert.equal(a?.facts.ageYears, 0.5);
  assert.deepEqual([b?.facts.ageYears, b?.facts.acquired, b?.facts.sex], [undefined, undefined, undefined]);
});

for (const [what, text, part] of [
  ["no column of keys", "name,label\na,NORMAL\n", "line 1"],
  ["no column of labels", "file,diagnosis\na,NORMAL\n", "line 1"],
  ["0 and 1 as label", "file,label\na,1\n", "labels.csv, line 2, column label"],
  ["two labels for one", "file,label\na,NORMAL\nb,NORMAL\na,PNEUMONIA\n", "line 2 says otherwise"],
  ["an empty key", "file,label\n,NORMAL\n", "labels.csv, line 2, column file"],
  ["a part that is none", "file,label,split\na,NORMAL,third\n", "labels.csv, line 2, column split"],
  ["a cell too many", "file,label\na,NORMAL,SECRET\n", "labels.csv, line 2"],
] as const) {
  test(`refused: ${what}`, async () => {
    put("a", { id: "p", study: "1" });
    labels(text);
    await assert.rejects(imported(), (thrown) => {
      assert.doesNotMatch(String(thrown), /SECRET/);
      return hasCode("LABELS_INVALID", part)(thrown);
    });
  });
}

test("of several lists one must be named", async () => {
  put("a", { id: "p", study: "1" });
  labels("file,label\na,NORMAL\n");
  writeFileSync(join(root, "images", "more.csv"), "x\n");
  await assert.rejects(imported(), hasCode("OPTION_INVALID", "labels.csv"));
  assert.equal((await imported("images/labels.csv")).images, 1);
});

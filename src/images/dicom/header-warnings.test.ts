import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type DicomElement, dicomFile, gradient, pictureElements } from "../../../test/support/dicom-writer.js";
import { projectRoot } from "../../../test/support/paths.js";
import { installedWasm } from "../decode-thread/codec-files.js";
import {
  type ImageWarningCode,
  imageWarningCatalogue,
  imageWarningsVersion,
  warningsVersion,
} from "../image-warning.js";
import { WasmCodecs } from "./codecs/wasm-codecs.js";
import { decodeDicom } from "./decode-dicom.js";
import { type HeaderWarning, headerWarnings } from "./header-warnings.js";

const codecs = new WasmCodecs(installedWasm);

async function warningsOf(...more: readonly DicomElement[]) {
  const elements: DicomElement[] = [...pictureElements(8, 8, more), [0x7fe00010, "OW", gradient(8, 8)]];
  const { warnings } = await decodeDicom(dicomFile({ elements }), { codecs, name: "x.dcm" });
  for (const { message } of warnings) assert.doesNotMatch(message, /SECRET|\b00[0-9]Y|\d{8}/);
  return warnings.map(({ code }) => code);
}

const age = (text: string): DicomElement => [0x00101010, "AS", text];

const cases: readonly (readonly [string, readonly DicomElement[], readonly ImageWarningCode[]])[] = [
  ["a frontal chest of a child of three", [age("003Y"), [0x00185101, "CS", "AP"], [0x00180015, "CS", "CHEST"]], []],
  ["nothing said", [], []],
  ["LL", [[0x00185101, "CS", "LL"]], ["VIEW_LATERAL"]],
  ["RL, in small letters with blanks", [[0x00185101, "CS", " rl "]], ["VIEW_LATERAL"]],
  ["LATERAL", [[0x00185101, "CS", "LATERAL"]], ["VIEW_LATERAL"]],
  ["FOR PROCESSING", [[0x00080068, "CS", "FOR PROCESSING"]], ["FOR_PROCESSING"]],
  ["FOR PRESENTATION", [[0x00080068, "CS", "FOR PRESENTATION"]], []],
  ["DX", [[0x00080060, "CS", "DX"]], []],
  ["OT", [[0x00080060, "CS", "OT"]], []],
  ["CT", [[0x00080060, "CS", "CT"]], ["MODALITY_OTHER"]],
  ["a modality that is a name", [[0x00080060, "CS", "SECRET"]], ["MODALITY_OTHER"]],
  ["a hand", [[0x00180015, "CS", "HAND"]], ["BODY_PART_OTHER"]],
  ["a thorax", [[0x00180015, "CS", "THORAX"]], []],
  ["burned in", [[0x00280301, "CS", "YES"]], ["ANNOTATION_BURNED_IN"]],
  ["not burned in", [[0x00280301, "CS", "NO"]], []],
  ["flat pixels", [[0x00280034, "IS", "1\\2"]], ["PIXELS_NOT_SQUARE"]],
  ["square pixels", [[0x00280030, "DS", "0.15\\0.15"]], []],
  ["an unknown window function", [[0x00281056, "CS", "CUBIC"]], ["WINDOW_INVALID"]],
  ["a slope of 0", [[0x00281053, "DS", "0"]], ["MODALITY_LUT_INVALID"]],
];

for (const [name, elements, expected] of cases) {
  test(`${name}: ${expected.join(", ") || "no warning"}`, async () => {
    assert.deepEqual(await warningsOf(...elements), expected);
  });
}

test("a modality is named only when it is one of the standard's", async () => {
  const elements: DicomElement[] = [
    ...pictureElements(8, 8, [[0x00080060, "CS", "CT"]]),
    [0x7fe00010, "OW", gradient(8, 8)],
  ];
  const { warnings } = await decodeDicom(dicomFile({ elements }), { codecs, name: "x.dcm" });
  assert.match(warnings[0]?.message ?? "", /says CT\.$/);
});

test("a warning from outside is given, and changes what caches are keyed by", async () => {
  const fromFront: HeaderWarning = {
    when: "the rays came from the front, as at a bedside",
    messageFor: (header) => (header.text("ViewPosition") === "AP" ? "The rays came from the front." : undefined),
  };
  const table = { ...headerWarnings, VIEW_FROM_FRONT: fromFront };
  const decodedWith = async (view: string) => {
    const elements: DicomElement[] = [
      ...pictureElements(8, 8, [[0x00185101, "CS", view]]),
      [0x7fe00010, "OW", gradient(8, 8)],
    ];
    return (await decodeDicom(dicomFile({ elements }), { codecs, name: "x.dcm", headerWarnings: table })).warnings;
  };
  assert.deepEqual(await decodedWith("AP"), [{ code: "VIEW_FROM_FRONT", message: "The rays came from the front." }]);
  assert.deepEqual(await decodedWith("PA"), []);
  assert.equal(warningsVersion(imageWarningCatalogue), imageWarningsVersion);
  assert.notEqual(warningsVersion({ ...imageWarningCatalogue, VIEW_FROM_FRONT: fromFront.when }), imageWarningsVersion);
});

test("docs/dicom.md has every code", () => {
  const page = readFileSync(join(projectRoot, "docs", "dicom.md"), "utf8");
  for (const code of Object.keys(imageWarningCatalogue)) assert.ok(page.includes(`\`${code}\``), code);
});

test("every warning says in one sentence what it is", () => {
  for (const text of Object.values(imageWarningCatalogue)) assert.match(text, /^[a-z].{15,}[^.]$/);
});

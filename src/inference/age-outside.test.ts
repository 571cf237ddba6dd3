// Ages as DICOM headers say them, against those that a model was trained on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type DicomElement, dicomFile, gradient, pictureElements } from "../../test/support/dicom-writer.js";
import { installedWasm } from "../images/decode-thread/codec-files.js";
import { WasmCodecs } from "../images/dicom/codecs/wasm-codecs.js";
import { decodeDicom } from "../images/dicom/decode-dicom.js";
import type { StoredContract } from "../model/stored-contract.js";
import { ageOutside } from "./age-outside.js";

type TrainedOn = StoredContract["trainedOn"];

const codecs = new WasmCodecs(installedWasm);
const data = { dataset: "x", images: 10, sha256: "" } as const;
const children: TrainedOn = { ...data, kind: "chest-xray-pneumonia" };

async function warned(elements: readonly DicomElement[], trainedOn: TrainedOn): Promise<string | undefined> {
  const all: DicomElement[] = [...pictureElements(8, 8, elements), [0x7fe00010, "OW", gradient(8, 8)]];
  const { ageYears } = await decodeDicom(dicomFile({ elements: all }), { codecs, name: "x.dcm" });
  return ageOutside(ageYears, trainedOn)[0]?.message;
}

const age = (text: string): DicomElement => [0x00101010, "AS", text];
const birth = (date: string): DicomElement => [0x00100030, "DA", date];
const study = (date: string): DicomElement => [0x00080020, "DA", date];

/** Of the published children, 1 to 5 years old. */
const cases: readonly (readonly [string, readonly DicomElement[], boolean])[] = [
  ["11 months", [age("011M")], true],
  ["12 months", [age("012M")], false],
  ["53 weeks", [age("053W")], false],
  ["100 days", [age("100D")], true],
  ["5 years", [age("005Y")], false],
  ["6 years", [age("006Y")], true],
  ["an adult", [age("064Y")], true],
  ["an age that is none", [age("SECRET")], false],
  ["4 years by the dates", [birth("20200315"), study("20240314")], false],
  ["9 years by the dates", [birth("20150315"), study("20240314")], true],
  ["the first birthday by the dates", [birth("20210101"), study("20220101")], false],
  ["the day before the first birthday", [birth("20210101"), study("20211231")], true],
  ["the day before the sixth birthday", [birth("20170601"), study("20230531")], false],
  ["the sixth birthday by the dates", [birth("20170601"), study("20230601")], true],
  ["born after the study", [birth("20250315"), study("20240314")], false],
];

for (const [name, elements, isOutside] of cases) {
  test(`${name}: ${isOutside ? "a warning" : "none"}`, async () => {
    const message = await warned(elements, children);
    assert.equal(message !== undefined, isOutside);
    assert.doesNotMatch(message ?? "", /SECRET|\b00[0-9]Y|\d{8}/);
  });
}

test("each model warns of the ages that it has not met, and one whose ages nobody states of none", async () => {
  const adults: TrainedOn = { ...data, kind: "other", agesYears: [18, 90] };
  assert.equal(await warned([age("064Y")], adults), undefined);
  assert.match((await warned([age("003Y")], adults)) ?? "", /outside 18 to 90 years/);
  assert.match((await warned([age("003Y")], { ...adults, agesYears: [7, 7] })) ?? "", /outside 7 years/);
  assert.equal(await warned([age("064Y")], { ...data, kind: "other" }), undefined);
  assert.equal(await warned([], children), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../core/random.js";
import { describeReference } from "../evaluation/shift/describe-reference.js";
import { traitNames } from "../evaluation/shift/traits.js";
import type { ImageTraits } from "../images/appearance.js";
import { addFiles, emptyFileList, setFileState } from "./file-list.js";
import { shiftNotice } from "./shift-notice.js";

/** @param by how much brighter than the reference */
function scoredFiles(count: number, by: number) {
  const random = Random.of(1, `brighter by ${by}`);
  let list = addFiles(
    emptyFileList,
    Array.from({ length: count }, (_, i) => ({ name: `${i}.png`, source: null })),
  );
  for (const { id, name } of list.files) {
    const traits = Object.fromEntries(
      traitNames.map((trait) => [trait, random.normal(100, 10)]),
    ) as unknown as ImageTraits;
    list = setFileState(list, id, {
      kind: "scored",
      name,
      score: random.uniform(),
      label: "NORMAL",
      threshold: 0.5,
      scope: { inScope: true, distance: 0, findings: [] },
      warnings: [],
      traits: { ...traits, brightness: traits.brightness + by },
    });
  }
  return list;
}

const met = scoredFiles(100, 0).files.flatMap(({ state }) =>
  state.kind === "scored" && state.traits !== undefined
    ? [{ score: state.score, traits: state.traits, patient: null }]
    : [],
);
const contract = { reference: describeReference(met, "validation") };

test("the page warns of a list of brighter images, in words, once all are scored and from 20 on", () => {
  const list = scoredFiles(25, 40);
  const notice = shiftNotice(contract, list.files);
  assert.equal(notice?.title, "These 25 images are not like those that the model's threshold was set on.");
  assert.match(
    notice?.text ?? "",
    /^Compared with those \(100 images, validation\) they are brighter\. .* recalibrated on patients of this place/,
  );
  assert.equal(shiftNotice(contract, setFileState(list, 1, { kind: "waiting" }).files), null);
  assert.notEqual(shiftNotice(contract, setFileState(list, 1, { kind: "stopped" }).files), null);
  assert.equal(shiftNotice(contract, list.files.slice(0, 19)), null);
  assert.equal(shiftNotice({}, list.files), null, "a model that does not say what its threshold was set on");
});

test("of a list of images that are alike nothing is said", () => {
  assert.equal(shiftNotice(contract, scoredFiles(25, 0.1).files), null);
});

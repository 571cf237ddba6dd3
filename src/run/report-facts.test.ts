import assert from "node:assert/strict";
import { test } from "node:test";
import * as ops from "../tensor/operators.js";
import type { AugmentationPart } from "../training/augmentations/augmentation.js";
import { augmentations } from "../training/augmentations/registry.js";
import { augmentationPreview, isStudyTest, studyComparison } from "./report-facts.js";

const trainingData = {
  pixels: new Uint8Array(32 * 32).fill(100),
  size: 32,
  labels: Uint8Array.of(1),
  train: Int32Array.of(0),
  validation: new Int32Array(),
};

test("the preview shows what an augmentation from outside does, in its own words", () => {
  const darker: AugmentationPart = {
    description: "half as bright",
    stream: ["darker"],
    apply: (images) => ops.mulScalar(images, 0.5),
  };
  const preview = augmentationPreview({ trainingData }, { parts: [darker, ...augmentations.study.parts] }, 1);
  assert.equal(
    preview?.description,
    "half as bright, rotation ±30°, zoom 0.8 to 1.2 per axis, shifts ±10 %, horizontal flip",
  );
  assert.ok(preview?.warped.length === 7 && preview.warped.every(({ data }) => data.every((grey) => grey === 50)));
  assert.equal(augmentationPreview({ trainingData }, augmentations.none, 1), undefined);
});

test("the study's numbers stand beside the whole published test only, not beside 60 of its images", () => {
  assert.ok(isStudyTest({ normal: 234, pneumonia: 390 }));
  assert.ok(!isStudyTest({ normal: 20, pneumonia: 40 }) && !isStudyTest({ normal: 390, pneumonia: 234 }));
});

test("a model that the study does not have is said to have no result there", () => {
  const { source, accuracy } = studyComparison(null);
  assert.equal(source, "none: this model is not in the study");
  assert.equal(accuracy, null);
});

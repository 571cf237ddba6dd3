import assert from "node:assert/strict";
import { test } from "node:test";
import { trainedOnSentence } from "./model-words.js";

test("the page says whom a model was trained on, as far as its file says it", () => {
  const data = { dataset: "x", images: 10, sha256: "" } as const;
  for (const [trainedOn, sentence] of [
    [{ ...data, kind: "chest-xray-pneumonia" }, "Trained on patients of 1 to 5 years; not for others."],
    [{ ...data, kind: "other", agesYears: [18, 90] }, "Trained on patients of 18 to 90 years; not for others."],
    [{ ...data, kind: "other", agesYears: [4, 4] }, "Trained on patients of 4 years; not for others."],
    [{ ...data, kind: "other" }, "The ages of the patients that it was trained on are not stated."],
    [{ ...data, kind: "synthetic", agesYears: [1, 5] }, "Trained on drawn phantoms; not for patients."],
  ] as const) {
    assert.equal(trainedOnSentence(trainedOn), sentence);
  }
});

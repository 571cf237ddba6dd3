// A threshold of unknown origin beside the optima of the images it is tested on, by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "./evaluate.js";
import { chooseThreshold, givenThreshold, studyThreshold } from "./threshold.js";
import { optimaAt } from "./threshold-optima.js";

// Normal 0.1 0.2 0.6, pneumonia 0.3 0.5 0.7 0.9: the best cut lies above 0.2 (one false alarm), or above 0.6 by accuracy two are missed.
const rows = [0.1, 0.2, 0.6, 0.3, 0.5, 0.7, 0.9].map((score, i) => ({
  name: `${i}`,
  label: (i < 3 ? 0 : 1) as 0 | 1,
  score,
  patient: null,
}));

test("any number between two scores is the optimum that lies there", () => {
  for (const threshold of [0.21, 0.25, 0.3]) {
    assert.deepEqual(optimaAt(rows, threshold), [
      "accuracy",
      "Youden's index",
      "F1",
      "specificity at a sensitivity of 0.9",
      "specificity at a sensitivity of 0.95",
    ]);
  }
  assert.deepEqual(optimaAt(rows, 0.31), []);
  assert.deepEqual(optimaAt(rows, 0.65), [
    "sensitivity at a specificity of 0.9",
    "sensitivity at a specificity of 0.95",
  ]);
});

test("rows of one class have no optimum", () => assert.deepEqual(optimaAt(rows.slice(0, 3), 0.3), []));

test("only a threshold that a user gave is suspected", () => {
  const optima = (threshold: typeof studyThreshold) => evaluate(rows, { threshold, resamples: 50 }).thresholdOptima;
  assert.equal(optima(givenThreshold(0.25)).length, 5);
  assert.deepEqual(optima({ ...studyThreshold, value: 0.25 }), []);
  assert.deepEqual(optima(chooseThreshold({ kind: "youden" }, rows, "validation")), []);
});

test("of a training's settings, any number but the study's 0.5 is a user's", () => {
  assert.equal(chooseThreshold({ kind: "fixed", value: 0.31 }, rows, "validation").givenBy, "user");
  assert.equal(chooseThreshold({ kind: "fixed", value: 0.5 }, rows, "validation").givenBy, undefined);
});

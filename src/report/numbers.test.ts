import assert from "node:assert/strict";
import { test } from "node:test";
import { count, counted, duration, learningRate, percent, proportion, thresholdText } from "./numbers.js";

test("numbers have one spelling", () => {
  assert.equal(proportion(0.9215), "0.921"); // 0.9215 is 0.92149999… in binary
  assert.equal(proportion(null), "n/a");
  assert.equal(proportion(Number.NaN), "n/a");
  assert.deepEqual([0, 0.00004, 0.0312, 0.99996, 1].map(thresholdText), [
    "0.000",
    "0.000040",
    "0.031",
    "1 − 0.000040",
    "1.000",
  ]);
  assert.equal(percent(0.925), "92.5%");
  assert.equal(percent(0.95, 0), "95%");
  assert.equal(count(5216), "5,216");
  assert.equal(counted(1, "image"), "1 image");
  assert.equal(counted(3, "image"), "3 images");
  assert.deepEqual([48.2, 725, 12_000].map(duration), ["48 s", "12 min 5 s", "3 h 20 min"]);
  assert.deepEqual([1e-3, 3e-4, 2.7e-5, 1e-6, 0.01].map(learningRate), ["0.001", "3e-4", "2.7e-5", "1e-6", "0.01"]);
});

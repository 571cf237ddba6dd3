// What becomes of a model's numbers: the label at the threshold, and the heat maps of the classes that were asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../core/errors.js";
import { type ResultOptions, scoredResult } from "./result.js";

const remarks = { warnings: [], scope: { inScope: true, findings: [], distance: 0.5 } };
/** [1, 2, 1, 2]: NORMAL looks left, PNEUMONIA right. */
const heatMaps = { width: 2, height: 1, data: Float32Array.of(1, 0, 0, 1) };

function resultOf(score: number, options: Partial<ResultOptions> = {}, maps: typeof heatMaps | null = heatMaps) {
  const all = { classes: ["NORMAL", "PNEUMONIA"], threshold: 0.4, heatMaps: undefined, ...options } as const;
  return scoredResult("a.png", { score, heatMaps: maps }, remarks, all, "model.onnx");
}

test("a score at the threshold is called pneumonia", () => {
  assert.equal(resultOf(0.4).label, "PNEUMONIA");
  assert.equal(resultOf(0.3999).label, "NORMAL");
});

test("heat maps are those that were asked for", () => {
  const left = Float32Array.of(1, 0);
  const right = Float32Array.of(0, 1);
  assert.equal("heatMap" in resultOf(0.1), false);
  assert.deepEqual(resultOf(0.1, { heatMaps: "called" }).heatMap?.data, left);
  assert.deepEqual(resultOf(0.9, { heatMaps: "called" }).heatMap?.data, right);
  assert.deepEqual(resultOf(0.9, { heatMaps: "normal" }).heatMap, { class: "NORMAL", width: 2, height: 1, data: left });
  assert.equal("heatMaps" in resultOf(0.9, { heatMaps: "normal" }), false);
  const both = resultOf(0.9, { heatMaps: "both" });
  assert.equal(both.heatMap?.class, "PNEUMONIA");
  assert.deepEqual([both.heatMaps?.NORMAL.data, both.heatMaps?.PNEUMONIA.data], [left, right]);
  const without = resultOf(0.9, { heatMaps: "both" }, null);
  assert.deepEqual([without.heatMap, without.heatMaps], [null, null]);
});

test("what is no probability is the model's fault", () => {
  for (const score of [Number.NaN, -0.1, 1.1]) {
    assert.throws(
      () => resultOf(score),
      (thrown) => thrown instanceof AppError && thrown.code === "MODEL_INVALID",
    );
  }
});

// Insertion and deletion beside the metric of RISE in NumPy; test/golden/make/rise_curves.py made the golden file.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { areaUnder, exchanged, placesByHeat } from "./perturbation.js";

interface GoldenCurve {
  readonly scores: readonly number[];
  readonly area: number;
}
interface GoldenCurves {
  readonly side: number;
  readonly steps: number;
  readonly image: readonly number[];
  readonly saliency: readonly number[];
  readonly weights: readonly number[];
  readonly mean: readonly number[];
  readonly blurred: readonly number[];
  readonly deletion: GoldenCurve;
  readonly insertion: GoldenCurve;
}

const { side, steps, ...given }: GoldenCurves = JSON.parse(readFileSync(golden("rise", "curves.json"), "utf8"));
const [image, mean, blurred] = [given.image, given.mean, given.blurred].map((levels) => Uint8Array.from(levels)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const places = placesByHeat({ width: side, height: side, data: Float32Array.from(given.saliency) }, side);

const score = (pixels: Uint8Array): number => {
  const logit = given.weights.reduce((sum, weight, i) => sum + weight * ((pixels[i] as number) / 255 - 0.5), 0);
  return 1 / (1 + Math.exp(-logit));
};

test("curves and areas are those of RISE", () => {
  const curves = [
    { from: image, to: mean, expected: given.deletion },
    { from: blurred, to: image, expected: given.insertion },
  ];
  for (const { from, to, expected } of curves) {
    const images = exchanged(from, to, places, steps);
    const pixels = side * side;
    const scores = Array.from({ length: steps + 1 }, (_, step) =>
      score(images.subarray(step * pixels, (step + 1) * pixels)),
    );
    for (const [step, value] of scores.entries()) {
      assert.ok(Math.abs(value - (expected.scores[step] as number)) < 1e-9, `step ${step}`);
    }
    assert.ok(Math.abs(areaUnder(scores) - expected.area) < 1e-9);
    assert.deepEqual(images.subarray(0, pixels), from);
    assert.deepEqual(images.subarray(steps * pixels), to);
  }
});

test("by hand: a coarse map orders the pixels of its hottest cell first, and areas are trapezoids", () => {
  const order = placesByHeat({ width: 2, height: 2, data: Float32Array.of(0, 1, 0.2, 0.1) }, 4);
  assert.deepEqual([...order.subarray(0, 1)], [3]); // the corner of the hottest cell
  assert.equal(new Set(order).size, 16);
  assert.equal(areaUnder([1, 0]), 0.5);
  assert.equal(areaUnder([1, 0, 0]), 0.25);
});

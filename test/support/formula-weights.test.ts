import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formulaImage, formulaKernel, formulaLabel } from "./formula-weights.js";
import { golden } from "./paths.js";

interface FormulaCheck {
  readonly kernelShape: readonly number[];
  readonly kernelSalt: number;
  readonly kernelFirst: readonly number[];
  readonly kernelWeightedLast: number;
  readonly labels: readonly number[];
  readonly imageSums: readonly number[];
  readonly imageRow17: readonly number[];
}

const check: FormulaCheck = JSON.parse(readFileSync(golden("keras-training", "steps.json"), "utf8")).formulas;

test("weights, labels and images are those of the Python formulas, bit for bit", () => {
  const kernel = formulaKernel(check.kernelShape, check.kernelSalt);
  assert.deepEqual([...kernel.subarray(0, 10)], check.kernelFirst);
  const weightedLast = kernel.subarray(-10).reduce((sum, value, index) => sum + value * (index + 1), 0);
  assert.ok(Math.abs(weightedLast - check.kernelWeightedLast) < 1e-12);
  assert.deepEqual(
    check.labels.map((_, sample) => formulaLabel(sample)),
    check.labels,
  );
  const images = check.imageSums.map((_, sample) => formulaImage(sample, 64));
  assert.deepEqual(
    images.map((image) => image.reduce((sum, value) => sum + value, 0)),
    check.imageSums,
  );
  assert.deepEqual([...(images[3] ?? []).slice(17 * 64, 18 * 64)], check.imageRow17);
});

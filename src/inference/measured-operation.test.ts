import assert from "node:assert/strict";
import { test } from "node:test";
import { simulatePair } from "../../test/support/simulated-pairs.js";
import { Random } from "../core/random.js";
import { evaluate } from "../evaluation/evaluate.js";
import { measuredOperation } from "./measured-operation.js";

test("a model file says the very numbers and intervals of its report", () => {
  const sizes = {
    normal: [
      [1, 20],
      [3, 4],
    ],
    pneumonia: [
      [1, 20],
      [4, 6],
    ],
  } as const;
  const [rows] = simulatePair({ sizes, correlations: [0.6, 0.6] }, Random.of("measured operation"));
  const [told] = measuredOperation(
    rows.map((row) => ({ ...row, split: "test" })),
    0.5,
  );
  const { metrics } = evaluate(rows, { resamples: 10 });
  for (const name of ["sensitivity", "specificity", "auc"] as const) {
    const { value, interval, n } = metrics[name];
    assert.deepEqual(told?.[name], { value, low: interval?.low, high: interval?.high, n }, name);
  }
});

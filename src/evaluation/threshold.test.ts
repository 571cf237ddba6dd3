import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { confusionAt, countMetrics, isPositive } from "./confusion.js";
import type { Scored } from "./prediction.js";
import { rocCurve } from "./roc.js";
import { chooseThreshold, formatThresholdPolicy, parseThresholdPolicy, type ThresholdPolicy } from "./threshold.js";

const rows = (...pairs: readonly (readonly [0 | 1, number])[]): Scored[] =>
  pairs.map(([label, score]) => ({ label, score }));

test("a policy reads back as it was written", () => {
  for (const text of ["0.5", "0", "1", "0.3333", "youden", "sensitivity=0.95", "specificity=0.9"]) {
    assert.equal(formatThresholdPolicy(parseThresholdPolicy(text)), text);
  }
  assert.deepEqual(parseThresholdPolicy(" Youden "), { kind: "youden" });
});

test("other policies are refused by name", () => {
  for (const text of [
    "",
    "half",
    "1.5",
    "-0.1",
    "NaN",
    "0x1",
    "sensitivity",
    "sensitivity=",
    "sensitivity=95",
    "sensitivity=0",
    "f1=0.5",
    "0.5.5",
  ]) {
    assert.throws(() => parseThresholdPolicy(text), { code: "OPTION_INVALID" }, text);
  }
});

test("a score of exactly the threshold is pneumonia: the study rounds P(normal) = 0.5 to its class 0", () => {
  assert.equal(isPositive(0.5, 0.5), true);
  assert.equal(isPositive(0.5 - 2 ** -54, 0.5), false);
});

test("a fixed threshold sees no data", () => {
  assert.deepEqual(chooseThreshold({ kind: "fixed", value: 0.4 }, [], "validation"), {
    value: 0.4,
    policy: "0.4",
    chosenOn: null,
    reached: null,
    givenBy: "user",
  });
});

test("Youden lies halfway between the scores it separates", () => {
  const choice = chooseThreshold({ kind: "youden" }, rows([0, 0.1], [0, 0.3], [1, 0.7], [1, 0.9]), "validation");
  assert.equal(choice.value, 0.5);
  assert.deepEqual(choice.reached, { n: 4, sensitivity: 1, specificity: 1 });
  assert.equal(choice.chosenOn, "validation");
});

test("of equally good places the one nearest 0.5 is taken", () => {
  // Cuts at 0.15 and at 0.55 both give J = 0.5; hand calculation.
  const tied = rows([0, 0.1], [1, 0.2], [0, 0.5], [1, 0.6]);
  assert.ok(Math.abs(chooseThreshold({ kind: "youden" }, tied, "v").value - 0.55) < 1e-12);
});

test("a target is reached with as much of the other as possible", () => {
  const data = rows([1, 0.95], [1, 0.8], [1, 0.6], [1, 0.3], [0, 0.7], [0, 0.4], [0, 0.2], [0, 0.1]);
  const three = chooseThreshold({ kind: "sensitivity", target: 0.75 }, data, "v");
  assert.ok(Math.abs(three.value - 0.5) < 1e-12);
  assert.deepEqual(three.reached, { n: 8, sensitivity: 0.75, specificity: 0.75 });
  const all = chooseThreshold({ kind: "sensitivity", target: 1 }, data, "v");
  assert.deepEqual(all.reached, { n: 8, sensitivity: 1, specificity: 0.5 });
  const specific = chooseThreshold({ kind: "specificity", target: 1 }, data, "v");
  assert.deepEqual(specific.reached, { n: 8, sensitivity: 0.5, specificity: 1 });
});

test("one class only is refused where the policy needs both", () => {
  assert.throws(() => chooseThreshold({ kind: "youden" }, rows([1, 0.2]), "validation"), {
    code: "THRESHOLD_UNDEFINED",
  });
  assert.throws(() => chooseThreshold({ kind: "youden" }, [], "validation"), { code: "THRESHOLD_UNDEFINED" });
});

test("no threshold does better than the chosen one", () => {
  const row = fc.record({
    label: fc.constantFrom<0 | 1>(0, 1),
    score: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.1, 0.5, 1)),
  });
  const policies: ThresholdPolicy[] = [
    { kind: "youden" },
    { kind: "sensitivity", target: 0.9 },
    { kind: "specificity", target: 0.6 },
  ];
  fc.assert(
    fc.property(fc.array(row, { minLength: 2, maxLength: 20 }), fc.constantFrom(...policies), (data, policy) => {
      const curve = rocCurve(data);
      if (curve === null) return;
      const choice = chooseThreshold(policy, data, "v");
      assert.ok(choice.value >= 0 && choice.value <= 1);
      const { sensitivity, specificity } = countMetrics(confusionAt(data, choice.value));
      assert.deepEqual(choice.reached, { n: data.length, sensitivity, specificity });
      for (const point of curve) {
        // A cut above a score of 1 does not exist as a threshold in 0..1.
        if (point.threshold === null && data.some((r) => r.score === 1)) continue;
        const [se, sp] = [point.truePositiveRate, 1 - point.falsePositiveRate];
        if (policy.kind === "youden") assert.ok(se + sp <= sensitivity + specificity + 1e-9);
        if (policy.kind === "sensitivity" && se >= 0.9) assert.ok(sensitivity >= 0.9 && sp <= specificity + 1e-9);
        if (policy.kind === "specificity" && sp >= 0.6) assert.ok(specificity >= 0.6 && se <= sensitivity + 1e-9);
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

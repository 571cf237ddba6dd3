import assert from "node:assert/strict";
import { test } from "node:test";
import { thresholdOrigin } from "../core/threshold-origin.js";
import { chooseThreshold, fixedThreshold, givenThreshold, type ThresholdChoice } from "../evaluation/threshold.js";
import { policyInWords, thresholdSentence } from "./words.js";

const chosen = { value: 0.62, chosenOn: "validation", reached: { n: 520, sensitivity: 0.953, specificity: 0.97 } };

test("every policy has words", () => {
  const words = (policy: string) => policyInWords({ ...chosen, policy });
  assert.equal(words("sensitivity=0.95"), "the highest specificity that leaves a sensitivity of at least 95%");
  assert.equal(words("specificity=0.975"), "the highest sensitivity that leaves a specificity of at least 97.5%");
  assert.match(words("youden"), /Youden's index/);
  assert.equal(words("0.5"), "fixed at 0.5 beforehand");
});

test("a threshold says where it comes from, and owns up to the test images", () => {
  const sentence = (threshold: ThresholdChoice, thresholdOptima: readonly string[] = []) =>
    thresholdSentence({ threshold, thresholdOptima });
  assert.equal(sentence(fixedThreshold(0.5)), "The threshold of 0.500 was fixed beforehand and has seen no data.");
  const origin = sentence({ ...chosen, policy: "youden" });
  assert.match(origin, /chosen on validation \(520 images; .* the test images had no part in it\.$/);
  assert.match(sentence({ ...chosen, policy: "youden", chosenOn: "test" }), /too good\.$/);
});

test("a number that a user gives is of unknown origin, and is warned of where it is the best of these very images", () => {
  const given = { threshold: givenThreshold(0.31), thresholdOptima: [] };
  assert.equal(thresholdSentence(given), "The threshold of 0.310 was given by the user; its origin is unknown.");
  assert.match(
    thresholdSentence({ ...given, thresholdOptima: ["accuracy", "F1"] }),
    /higher accuracy or F1: if .* too good\.$/,
  );
});

test("a policy that cannot be kept says what was reached, not what was asked", () => {
  // A normal image scores exactly 1: no threshold spares it.
  const rows = [1, 1, 0.4, 0.2].map((score, i) => ({ label: (i % 2) as 0 | 1, score }));
  const threshold = chooseThreshold({ kind: "specificity", target: 0.9 }, rows, "validation");
  assert.equal(thresholdOrigin(threshold), "specificity=0.9, chosen on validation (reached specificity 0.500 only)");
  const sentence = thresholdSentence({ threshold, thresholdOptima: [] });
  assert.match(sentence, /as the nearest to "specificity=0.9", reached specificity 0.500 only, then frozen/);
});

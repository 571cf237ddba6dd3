import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedThreshold } from "../evaluation/threshold.js";
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
  assert.equal(
    thresholdSentence(fixedThreshold(0.5)),
    "The threshold of 0.500 was fixed beforehand and has seen no data.",
  );
  const origin = thresholdSentence({ ...chosen, policy: "youden" });
  assert.match(origin, /chosen on validation \(520 images; .* the test images had no part in it\.$/);
  assert.match(thresholdSentence({ ...chosen, policy: "youden", chosenOn: "test" }), /too good\.$/);
});

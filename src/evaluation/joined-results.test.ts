// Patients' and studies' scores, by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "./evaluate.js";
import { scoreJoins } from "./joined-results.js";
import type { Prediction } from "./prediction.js";

const row = (name: string, patient: string | null, label: 0 | 1, score: number, study?: string): Prediction => ({
  name,
  patient,
  label,
  score,
  ...(study !== undefined && { study }),
});
const few = [
  row("a", "p", 1, 0.9, "1"),
  row("b", "p", 1, 0.2, "1"),
  row("c", "q", 0, 0.6, "1"),
  row("d", "q", 0, 0.1, "2"),
  row("e", "r", 0, 0.3, "1"),
  row("f", "r", 1, 0.4, "1"),
  row("g", "s", 0, 0.2, "1"),
];
const evaluation = evaluate(few, { resamples: 100 });

test("a patient with one image of pneumonia is positive; the highest score finds more, the mean calms", () => {
  const joined = evaluation.perPatient;
  assert.ok(joined !== null);
  const { n, positives, negatives, mixed, several, highest, mean } = joined;
  assert.deepEqual(
    { n, positives, negatives, mixed, several },
    { n: 4, positives: 2, negatives: 2, mixed: 1, several: 3 },
  );
  // Highest p 0.9, q 0.6, r 0.4, s 0.2; mean p 0.55, q 0.35, r 0.35, s 0.2.
  assert.deepEqual(highest.confusion, { truePositives: 1, falseNegatives: 1, falsePositives: 1, trueNegatives: 1 });
  assert.deepEqual(mean.confusion, { truePositives: 1, falseNegatives: 1, falsePositives: 0, trueNegatives: 2 });
  assert.equal(highest.metrics.auc.value, 3 / 4);
  assert.equal(mean.metrics.auc.value, 3.5 / 4);
  assert.deepEqual([highest.metrics.accuracy.n, highest.metrics.sensitivity.n], [4, 2]);
});

test("studies of one name are told apart by their patients", () => {
  const { n, positives, mixed, several } = evaluation.perStudy ?? {};
  assert.deepEqual({ n, positives, mixed, several }, { n: 5, positives: 2, mixed: 1, several: 2 });
});

test("nothing is joined where a patient is not known, or each has one image", () => {
  const { perPatient, perStudy } = evaluate([...few, row("h", null, 0, 0.1, "1")], { resamples: 10 });
  assert.deepEqual([perPatient, perStudy], [null, null]);
  const single = few.filter(({ name }) => "aceg".includes(name));
  assert.equal(evaluate(single, { resamples: 10 }).perPatient, null);
  const noStudies = evaluate(
    few.map(({ study: _, ...rest }) => rest),
    { resamples: 10 },
  );
  assert.equal(noStudies.perStudy, null);
  assert.deepEqual(noStudies.perPatient?.highest.confusion, evaluation.perPatient?.highest.confusion);
});

test("equal scores stay what they are: a mean never crosses the threshold by rounding", () => {
  for (let i = 1; i < 1000; i++) {
    const score = i / 1000 + 1e-17 * i;
    for (const n of [3, 5, 7, 11]) assert.equal(scoreJoins.mean(Array(n).fill(score)), score);
  }
  assert.equal(scoreJoins.mean([0.2, 0.4]), (0.2 + 0.4) / 2);
});

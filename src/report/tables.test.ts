import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "../evaluation/evaluate.js";
import type { Prediction } from "../evaluation/prediction.js";
import { aligned, evaluationText } from "./tables.js";

/** 3 of 4 pneumonias found, 1 of 2 normals spared at 0.5. */
const rows: Prediction[] = (
  [
    [1, 0.9],
    [1, 0.8],
    [1, 0.6],
    [1, 0.3],
    [0, 0.7],
    [0, 0.1],
  ] as const
).map(([label, score], i) => ({ name: `${i}.png`, patient: `p${i}`, label, score }));
const evaluation = evaluate(rows, { resamples: 100 });

test("columns line up: names to the left, numbers to the right, no trailing blanks", () => {
  assert.equal(
    aligned(
      ["", "value"],
      [
        ["Accuracy", "0.9"],
        ["F1", "0.875"],
      ],
    ),
    ["          value", "Accuracy    0.9", "F1        0.875"].join("\n"),
  );
});

test("the terminal's summary holds counts, threshold, metrics, matrix and report", () => {
  const text = evaluationText(evaluation);
  assert.ok(text.startsWith("Test: 6 images of 6 patients (4 pneumonia, 2 normal)\n"));
  assert.ok(text.includes("Pneumonia where the score is at least 0.500 (fixed beforehand)\n"));
  // Wilson: 3 of 4 -> 0.301 to 0.954; 4 of 6 -> 0.300 to 0.903.
  assert.match(text, /^Sensitivity +0\.750 +0\.301–0\.954 +4$/m);
  assert.match(text, /^Accuracy +0\.667 +0\.300–0\.903 +6$/m);
  assert.match(
    text,
    /^Confusion matrix +called Pneumonia +called Normal\ntrue Pneumonia +3 \(75\.0%\) +1 \(25\.0%\)\ntrue Normal +1 \(50\.0%\) +1 \(50\.0%\)$/m,
  );
  assert.ok(text.includes(evaluation.report.text.trimEnd()));
  assert.equal(text.split("\n")[2], "Research use only; not a medical device.");
  for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
});

test("scores that rank the wrong way round are said to be reversed, few images are not", () => {
  const ranked = (score: (label: 0 | 1, i: number) => number, n: number) =>
    evaluate(
      Array.from({ length: n }, (_, i): Prediction => {
        const label = (i % 2) as 0 | 1;
        return { name: `${i}`, patient: `p${i}`, label, score: score(label, i) };
      }),
      { resamples: 10 },
    );
  const isSaid = (found: ReturnType<typeof ranked>) =>
    evaluationText(found).includes("The scores look reversed: an AUC of");
  assert.ok(isSaid(ranked((label) => 1 - label, 10)), "an AUC of 0");
  assert.ok(isSaid(ranked((label, i) => (2 - label + (i % 5)) / 8, 60)), "an AUC below one half by more than chance");
  assert.ok(!isSaid(ranked((label) => 1 - label, 4)), "two of each class");
  assert.ok(!isSaid(ranked((_, i) => (i % 7) / 7, 60)), "no order");
});

test("undefined metrics are marked, not numbers", () => {
  const text = evaluationText(evaluate(rows.slice(0, 4), { resamples: 20 }));
  assert.match(text, /^Specificity +– +– +0$/m);
  assert.match(text, /^true Normal +0 \(n\/a\) +0 \(n\/a\)$/m);
});

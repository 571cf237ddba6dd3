import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../core/random.js";
import { compareModels } from "./comparison.js";
import { type FoldPredictions, foldResults, poolFolds } from "./cross-validation.js";
import type { Prediction } from "./prediction.js";

/** Folds of 40 images whose scores lie on scales of their own, as those of separately trained networks may. */
function inventFolds(seed: number, strength: number): FoldPredictions[] {
  const random = Random.of(seed, "folds");
  return [0.2, 0.5, 0.8].map((threshold, fold) => ({
    fold: fold + 1,
    threshold,
    predictions: Array.from({ length: 40 }, (_, i): Prediction => {
      const label = i % 2 === 0 ? 1 : 0;
      const score = Math.min(1, Math.max(0, threshold + strength * (label - 0.5) + 0.3 * (random.uniform() - 0.5)));
      return { name: `${fold}-${i}`, patient: `${fold}-${Math.floor(i / 2)}`, label, score };
    }),
  }));
}

const isRight = (row: Prediction, threshold: number) => row.score >= threshold === (row.label === 1);

test("pooled folds are called at the threshold of the fold's own model", () => {
  const folds = inventFolds(1, 0.1);
  const right = folds.flatMap(({ predictions, threshold }) => predictions.filter((row) => isRight(row, threshold)));
  const common = folds.flatMap(({ predictions }) => predictions.filter((row) => isRight(row, 0.5)));
  assert.notEqual(right.length, common.length);
  const { models, n, patients } = compareModels([{ title: "A", runs: [poolFolds(1, folds)] }], { resamples: 50 });
  assert.equal(n, 120);
  assert.equal(patients, 60);
  assert.equal(models[0]?.metrics.accuracy.value, right.length / 120);
  assert.equal(models[0]?.pneumonia.recall, right.filter(({ label }) => label === 1).length / 60);
});

test("two models on the same folds are tested on what each calls rightly at its own thresholds", () => {
  const [a, b] = [inventFolds(1, 0.1), inventFolds(2, 0.3)];
  const { tests, commonMistakes } = compareModels(
    [
      { title: "A", runs: [poolFolds(1, a)] },
      { title: "B", runs: [poolFolds(1, b)] },
    ],
    { resamples: 50 },
  );
  const rightOf = (folds: FoldPredictions[]) =>
    folds.flatMap(({ predictions, threshold }) => predictions.map((row) => isRight(row, threshold)));
  const [rightA, rightB] = [rightOf(a), rightOf(b)];
  assert.equal(tests[0]?.calls.onlyA, rightA.filter((isA, i) => isA && !rightB[i]).length);
  assert.equal(tests[0]?.calls.onlyB, rightB.filter((isB, i) => isB && !rightA[i]).length);
  assert.equal(commonMistakes.length, rightA.filter((isA, i) => !isA && !rightB[i]).length);
});

test("each fold is told by itself", () => {
  const folds = inventFolds(3, 0.2);
  const results = foldResults(folds);
  for (const [i, { fold, n, positives, patients, threshold, values }] of results.entries()) {
    const { predictions } = folds[i] as FoldPredictions;
    assert.deepEqual([fold, n, positives, patients, threshold], [i + 1, 40, 20, 20, folds[i]?.threshold]);
    assert.equal(values.accuracy, predictions.filter((row) => isRight(row, threshold)).length / 40);
  }
});

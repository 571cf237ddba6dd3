// Against scikit-learn and SciPy (test/golden/make/sklearn_two_sample.py), and on seeded sets whose answer is known.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../../test/support/paths.js";
import { Random } from "../../core/random.js";
import type { TraitSample } from "./set-description.js";
import { inSteps, testedTraits } from "./traits.js";
import { crossValidatedAuc, leastPerSet, type TwoSampleTest, twoSampleTest } from "./two-sample-test.js";

interface GoldenCase {
  readonly name: string;
  readonly rows: readonly number[][];
  readonly isSecond: readonly (0 | 1)[];
  readonly folds: readonly number[];
  readonly auc: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly permutationP: number;
}

for (const wanted of JSON.parse(readFileSync(golden("sklearn", "two-sample.json"), "utf8")) as GoldenCase[]) {
  test(`${wanted.name}: AUC, interval and p equal scikit-learn's and SciPy's`, () => {
    const rows = wanted.rows.map((values, i) => ({
      values,
      isSecond: wanted.isSecond[i] as 0 | 1,
      fold: wanted.folds[i] as number,
    }));
    const { auc, p } = crossValidatedAuc(rows, [0, 1, 2, 3], 0.95);
    // Both optimizers stop near the optimum: a pair of nearly equal scores may change places, which is 1/144 of a fold's AUC.
    const isNear = (found: number | undefined, expected: number) =>
      Math.abs((found ?? Number.NaN) - expected) < 2 / 144 / 5;
    assert.ok(isNear(auc.value ?? undefined, wanted.auc), `${auc.value} and ${wanted.auc}`);
    if (wanted.low === wanted.high) assert.equal(auc.interval, null, "no variance is no certainty");
    else assert.ok(isNear(auc.interval?.low, wanted.low) && isNear(auc.interval?.high, wanted.high));
    assert.ok(Math.abs(p - wanted.p) < 0.02, `${p} and ${wanted.p}`);
    // A hundred permutations know p to about 0.1.
    assert.ok(Math.abs(p - wanted.permutationP) < 0.1, `${p} and ${wanted.permutationP}`);
  });
}

/** Images whose traits are normal about one mean, moved and spread by trait. */
function madeUp(name: string, images: number, change: (row: number[]) => number[] = (row) => row): TraitSample {
  const random = Random.of(7, name);
  const rows = Array.from({ length: images }, () =>
    change([
      random.normal(122, 19),
      random.normal(56, 9),
      random.normal(0.05, 0.01),
      random.uniform(0, 0.2),
      random.uniform(0, 0.02),
      random.normal(-0.75, 0.25),
      random.normal(1.3, 0.2),
    ]),
  );
  return {
    columns: testedTraits,
    rows: rows.map((row) => testedTraits.map((trait, i) => inSteps(trait, row[i] as number))),
    labels: rows.map((_, i) => (i % 3 === 0 ? 0 : 1)),
  };
}

const told = (first: TraitSample, second: TraitSample, seed = 1): TwoSampleTest => {
  const found = twoSampleTest(first, second, { seed });
  assert.ok(found !== null);
  return found;
};

test("two sets of one distribution cannot be told apart; one that is darker can", () => {
  const first = madeUp("first", 300);
  const alike = told(first, madeUp("second", 300));
  assert.ok((alike.auc.interval?.low ?? 1) <= 0.5 && (alike.auc.interval?.high ?? 0) >= 0.5, `${alike.auc.value}`);
  assert.ok(alike.p > 0.05);
  const darker = told(
    first,
    madeUp("second", 300, ([grey = 0, sd = 0, ...others]) => [0.6 * grey, 0.6 * sd, ...others]),
  );
  assert.ok((darker.auc.value ?? 0) > 0.97 && darker.p < 1e-6, `${darker.auc.value}`);
  assert.deepEqual(told(first, madeUp("second", 300)), alike, "the same again");
});

test("where the sets are alike, p is below 0.05 in about one of twenty", () => {
  const below = Array.from({ length: 60 }, (_, i) => told(madeUp(`a${i}`, 60), madeUp(`b${i}`, 60)).p < 0.05);
  const share = below.filter(Boolean).length / below.length;
  assert.ok(share <= 0.1, `${share}`); // 3 are expected; of 1,000 draws fewer than 20 have more than 6
});

test("another share of pneumonia tells no set, nor does rounding", () => {
  const first = madeUp("first", 300);
  // Pneumonia is brighter in both sets, and five times as common in the second.
  const brighter = (of: TraitSample, share: number): TraitSample => {
    const labels = of.labels.map((_, i) => (i % 10 < 10 * share ? 1 : 0)) as (0 | 1)[];
    return {
      ...of,
      labels,
      rows: of.rows.map(([grey = 0, ...others], i) => [grey + 60 * (labels[i] ?? 0), ...others]),
    };
  };
  const { auc, drawn } = told(brighter(first, 0.2), brighter(madeUp("second", 300), 0.8));
  assert.ok((auc.interval?.low ?? 1) <= 0.5, `${auc.value}`);
  assert.deepEqual(drawn, { perSet: 120, normal: 60, pneumonia: 60 });
  const constant = (shape: number) => (row: number[]) => [...row.slice(0, 6), shape];
  const square = told(madeUp("first", 300, constant(1)), madeUp("second", 300, constant(1023 / 1024)));
  assert.ok(!square.columns.includes("shape"));
  assert.ok((square.auc.interval?.low ?? 1) <= 0.5);
});

test("sets of one image each, many times: nothing varies, an AUC of 0.5", () => {
  const one = madeUp("x", 60, () => [100, 50, 0.05, 0.1, 0, -0.7, 1]);
  const { auc, columns } = told(one, one);
  assert.deepEqual([auc.value, columns], [0.5, []]);
});

test("sets that never look alike: an AUC of 1, without an interval that would claim certainty", () => {
  const { auc, p } = told(
    madeUp("a", 60),
    madeUp("b", 60, ([grey = 0, ...others]) => [grey + 2000, ...others]),
  );
  assert.deepEqual([auc.value, auc.interval], [1, null]);
  assert.ok(p < 1e-6);
});

test("fewer than 20 images of a set are not tested", () => {
  const first = madeUp("a", 300);
  assert.equal(twoSampleTest(first, madeUp("b", leastPerSet - 1)), null);
  const found = twoSampleTest(first, madeUp("b", leastPerSet));
  assert.equal(found?.drawn.perSet, leastPerSet);
  const { labels, ...rest } = madeUp("c", 60);
  const ofOneClass = told(first, { ...rest, labels: labels.map(() => 1 as const) });
  assert.deepEqual(ofOneClass.drawn, { perSet: 60, normal: 0, pneumonia: 60 });
});

// Comparisons against scikit-learn, SciPy and statsmodels (test/golden/make/comparison.py), and by hand.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { type ComparedModel, type ComparedRun, compareModels, type ModelResult } from "./comparison.js";
import { evaluate } from "./evaluate.js";
import { holmAdjusted } from "./holm.js";
import { meanRoc } from "./mean-of-runs.js";
import { comparedMetrics } from "./metrics/registry.js";
import type { Prediction } from "./prediction.js";
import type { RocPoint } from "./roc.js";

type Summary = Record<(typeof comparedMetrics)[number], [number, number | null]> &
  Record<"pneumonia" | "normal", [number, number, number]>;

const expected = JSON.parse(readFileSync(golden("comparison", "comparison.json"), "utf8")) as {
  labels: (0 | 1)[];
  models: { name: string; thresholds: number[]; scores: number[][]; result: Summary; averaged: Summary }[];
  together: Summary;
  tests: {
    a: string;
    b: string;
    onlyA: number;
    onlyB: number;
    midP: number;
    difference: number;
    deLongP: number;
    adjustedMcNemar: number;
    adjustedDeLong: number;
  }[];
  commonMistakes: number[];
  holm: [number[], number[]][];
};

/** Sums of the same numbers in another order. */
const rounding = 1e-12;

function near(actual: number | null | undefined, wanted: number | null, what: string, tolerance = rounding): void {
  if (wanted === null || typeof actual !== "number") assert.equal(actual, wanted, what);
  else assert.ok(Math.abs(actual - wanted) <= tolerance, `${what}: ${actual}, not ${wanted}`);
}

const rowsOf = (scores: readonly number[]): Prediction[] =>
  scores.map((score, i) => ({
    name: `image ${i}`,
    patient: `${Math.floor(i / 2)}`,
    label: expected.labels[i] as 0 | 1,
    score,
    split: "test",
  }));

const models = expected.models.map(({ name, scores, thresholds }): ComparedModel => {
  const runs = scores.map((each, i): ComparedRun => {
    // Whatever order a run wrote its rows in, they are matched by name.
    const predictions = i === 1 ? rowsOf(each).reverse() : rowsOf(each);
    return { seed: i + 1, predictions, threshold: thresholds[i] as number };
  });
  return { title: name, runs: runs as [ComparedRun, ...ComparedRun[]] };
});
const comparison = compareModels(models, { resamples: 400 });

const withoutPatients = ({ title, runs }: ComparedModel): ComparedModel => ({
  title,
  runs: runs.map((run) => ({
    ...run,
    predictions: run.predictions.map((row) => ({ ...row, patient: null })),
  })) as unknown as ComparedModel["runs"],
});

function equalsSummary(result: ModelResult | undefined, wanted: Summary, what: string): void {
  for (const metric of comparedMetrics) {
    near(result?.metrics[metric].value, wanted[metric][0], `${what} ${metric}`);
    near(result?.metrics[metric].spread?.deviation ?? null, wanted[metric][1], `${what} ${metric}'s deviation`);
  }
  for (const name of ["pneumonia", "normal"] as const) {
    const { precision, recall, f1 } = result?.[name] ?? { precision: 0, recall: 0, f1: 0 };
    for (const [i, value] of [precision, recall, f1].entries())
      near(value, wanted[name][i] ?? 0, `${what} ${name} ${i}`);
  }
}

test("means and deviations over seeds equal scikit-learn's and numpy's", () => {
  for (const [i, { name, result }] of expected.models.entries()) equalsSummary(comparison.models[i], result, name);
  assert.deepEqual(
    comparison.models.map(({ runs }) => runs),
    [3, 2, 1],
  );
});

test("ensembles are the mean scores at the mean threshold: of each model with seeds, then of all models", () => {
  assert.deepEqual(
    comparison.ensembles.map(({ title, runs, kind }) => [title, runs, kind]),
    [
      ["strong", 3, "ensemble"],
      ["weak", 2, "ensemble"],
      ["All models", 6, "ensemble"],
    ],
  );
  for (const [i, { averaged }] of expected.models.slice(0, 2).entries()) {
    equalsSummary(comparison.ensembles[i], averaged, `ensemble ${i}`);
  }
  equalsSummary(comparison.ensembles[2], expected.together, "all models");
});

test("without patients paired tests equal statsmodels' McNemar, SciPy's DeLong and Holm over all pairs", () => {
  const { tests } = compareModels(models.map(withoutPatients), { resamples: 10 });
  assert.equal(tests.length, 3);
  for (const [i, wanted] of expected.tests.entries()) {
    const actual = tests[i];
    assert.deepEqual(
      [actual?.a, actual?.b, actual?.calls.onlyA, actual?.calls.onlyB],
      [wanted.a, wanted.b, wanted.onlyA, wanted.onlyB],
    );
    near(actual?.calls.p, wanted.midP, "mid-p");
    near(actual?.auc?.difference, wanted.difference, "difference of AUCs");
    near(actual?.auc?.p, wanted.deLongP, "DeLong");
    near(actual?.adjustedCalls, wanted.adjustedMcNemar, "mid-p by Holm");
    near(actual?.adjustedAuc, wanted.adjustedDeLong, "DeLong by Holm");
  }
  for (const [p, adjusted] of expected.holm) {
    for (const [i, value] of holmAdjusted(p).entries()) near(value, adjusted[i] as number, `Holm of ${p}`);
  }
});

test("a pair whose AUCs cannot be tested has no p, and counts for the others", () => {
  const runsOf = (scoreOf: (row: Prediction, i: number) => number): ComparedModel["runs"] => {
    const [{ predictions }] = (models[2] as ComparedModel).runs;
    return [
      { seed: 1, threshold: 0.5, predictions: predictions.map((row, i) => ({ ...row, score: scoreOf(row, i) })) },
    ];
  };
  const three = [
    { title: "perfect", runs: runsOf(({ label }) => label) },
    { title: "constant", runs: runsOf(() => 0.7) },
    { title: "other", runs: runsOf(({ label }, i) => (label + (i % 7)) / 8) },
  ];
  const { tests } = compareModels(three, { resamples: 10 });
  const [untested, second, third] = tests;
  assert.deepEqual([untested?.auc?.p, untested?.adjustedAuc, untested?.auc?.difference], [null, null, 0.5]);
  const [p2, p3] = [second?.auc?.p ?? 1, third?.auc?.p ?? 1];
  near(
    Math.min(second?.adjustedAuc ?? 1, third?.adjustedAuc ?? 1),
    Math.min(1, 3 * Math.min(p2, p3)),
    "of three tests",
  );
});

test("the images that all models get wrong, the surest first, with every model's score", () => {
  const { commonMistakes } = comparison;
  assert.deepEqual(
    commonMistakes.map(({ name }) => Number(name.slice(6))).sort((a, b) => a - b),
    expected.commonMistakes,
  );
  const distances = commonMistakes.map(({ label, scores }) =>
    Math.abs(scores.reduce((sum, score) => sum + score, 0) / scores.length - label),
  );
  assert.deepEqual(
    distances,
    distances.toSorted((a, b) => b - a),
  );
  assert.ok(commonMistakes.every(({ scores }) => scores.length === 3));
});

test("what is 1 in every run is not certain: it has the interval of one such run", () => {
  const predictions = [0.1, 0.2, 0.4, 0.7, 0.8, 0.9].map(
    (score, i): Prediction => ({ name: `${i}`, patient: `${i}`, label: i < 3 ? 0 : 1, score }),
  );
  const runs = (...seeds: [number, ...number[]]): ComparedModel["runs"] => {
    const [first, ...others] = seeds.map((seed) => ({ seed, predictions, threshold: 0.5 }));
    return [first as ComparedRun, ...others];
  };
  const compared = [runs(1), runs(1, 2)].map((each) => compareModels([{ title: "sure", runs: each }]).models[0]);
  for (const metric of ["accuracy", "sensitivity", "specificity"] as const) {
    const [one, two] = compared.map((model) => model?.metrics[metric]);
    assert.deepEqual(two?.interval, one?.interval);
    assert.equal(two?.interval?.method, "wilson");
  }
});

test("one run has the intervals of its own evaluation; several have a bootstrap of their mean, and a spread", () => {
  const [run] = (models[2] as ComparedModel).runs;
  const alone = evaluate(run.predictions, {
    threshold: { value: run.threshold, policy: "0.45", chosenOn: null, reached: null },
    resamples: 400,
  });
  const { metrics } = comparison.models[2] as ModelResult;
  for (const metric of comparedMetrics) {
    const { spread, ...estimate } = metrics[metric];
    assert.equal(spread, null);
    assert.deepEqual(estimate, alone.metrics[metric], metric);
  }
  const strong = (comparison.models[0] as ModelResult).metrics;
  for (const metric of comparedMetrics) {
    const { value, interval, spread } = strong[metric];
    assert.equal(interval?.method, "bootstrap-by-patient", metric);
    assert.ok((interval?.low ?? 1) < (value ?? 0) && (value ?? 1) < (interval?.high ?? 0), metric);
    assert.ok((spread?.lowest ?? 1) <= (value ?? 0) && (value ?? 1) <= (spread?.highest ?? 0), metric);
  }
});

test("the area under a mean ROC curve is the mean of the areas", () => {
  for (const { runs } of models) {
    const curve = meanRoc(runs.map(({ predictions }) => predictions)) ?? [];
    const first = runs.length === 1 ? curve[0]?.threshold : null;
    assert.equal(first, null);
    const result = comparison.models.find(({ runs: count }) => count === runs.length);
    near(areaUnder(curve), result?.metrics.auc.value ?? null, `${runs.length} runs`);
    assert.deepEqual([curve[0]?.falsePositiveRate, curve[0]?.truePositiveRate], [0, 0]);
    assert.equal(curve.at(-1)?.truePositiveRate, 1);
  }
});

function areaUnder(curve: readonly RocPoint[]): number {
  return curve.slice(1).reduce((sum, point, i) => {
    const before = curve[i] as RocPoint;
    const width = point.falsePositiveRate - before.falsePositiveRate;
    return sum + (width * (point.truePositiveRate + before.truePositiveRate)) / 2;
  }, 0);
}

test("identical models differ by nothing; one model has no tests and no common mistakes", () => {
  const [only] = models as [ComparedModel];
  const alone = compareModels([only], { resamples: 10 });
  assert.deepEqual([alone.tests, alone.commonMistakes, alone.ensembles.length], [[], [], 1]);
  const twice = compareModels([only, { ...only, title: "again" }], { resamples: 10 });
  const [paired] = twice.tests;
  assert.deepEqual([paired?.calls.p, paired?.adjustedCalls, paired?.adjustedAuc], [1, 1, 1]);
});

test("runs on other images are refused", () => {
  assert.throws(() => compareModels([]), { code: "EVALUATION_INPUT" });
  const [a, b] = models as [ComparedModel, ComparedModel];
  const [run] = b.runs;
  const fewer: ComparedModel = { title: "fewer", runs: [{ ...run, predictions: run.predictions.slice(1) }] };
  assert.throws(() => compareModels([a, fewer]), { code: "EVALUATION_INPUT" });
});

test("one class only: what needs both is undefined, nothing else fails", () => {
  const rows: Prediction[] = [0.2, 0.6, 0.9].map((score, i) => ({ name: `${i}`, patient: `${i}`, label: 1, score }));
  const run = (seed: number) => ({ seed, predictions: rows, threshold: 0.5 });
  const result = compareModels(
    [
      { title: "a", runs: [run(1), run(2)] },
      { title: "b", runs: [run(1)] },
    ],
    { resamples: 20 },
  );
  const [first] = result.models;
  assert.deepEqual([first?.metrics.auc.value, first?.metrics.specificity.value, first?.roc], [null, null, null]);
  assert.equal(first?.metrics.sensitivity.value, 2 / 3);
  assert.deepEqual([result.tests[0]?.auc, result.tests[0]?.adjustedAuc], [null, null]);
});

// Images of the same patients against R, statsmodels, SciPy, netcal and dcurves (test/golden/make/clustered.py), and by hand.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { Random } from "../core/random.js";
import { bootstrapByPatient } from "./bootstrap.js";
import { calibration } from "./calibration.js";
import { clusteredProportion, designEffect, proportionByPatient } from "./clustered-proportion.js";
import { patientClusters, rowsByCluster } from "./clusters.js";
import { decisionCurve } from "./decision-curve.js";
import { detectableDifference } from "./detectable-difference.js";
import type { Estimate } from "./estimate.js";
import { evaluate } from "./evaluate.js";
import { aucByVariance, aucVariance, pairedAucs } from "./obuchowski.js";
import { pairedCalls, pairedSigns, signFlipMidP } from "./paired-calls.js";
import type { Prediction } from "./prediction.js";
import { predictiveValues } from "./predictive-values.js";
import { rank } from "./ranking.js";
import { aucOfRanking } from "./roc.js";
import { proportion } from "./wilson.js";

interface GoldenProportion {
  readonly value: number;
  readonly designEffect: number;
  readonly low: number;
  readonly high: number;
}

const expected: {
  readonly rows: readonly (readonly [0 | 1, number, number, number])[];
  readonly r: Record<"aucA" | "aucB" | "varianceA" | "varianceB" | "varianceOfDifference" | "p", number>;
  readonly accuracy: GoldenProportion;
  readonly sensitivity: GoldenProportion;
  readonly ppv: GoldenProportion;
  readonly calls: { readonly difference: number; readonly variance: number; readonly sums: readonly number[] };
  readonly signFlips: readonly { readonly sums: readonly number[]; readonly midP: number }[];
  readonly midPAtEquality: readonly (readonly [number, number])[];
  readonly detectable: readonly (readonly [number, number, number, number | null])[];
  readonly classWiseError: number;
  readonly topLabelError: number;
  readonly netBenefit: readonly number[];
  readonly netBenefitOfCallingAll: readonly number[];
} = JSON.parse(readFileSync(golden("clustered", "clustered.json"), "utf8"));

const rowsOf = (column: 1 | 2): readonly Prediction[] =>
  expected.rows.map((row, i) => ({ name: `${i}`, patient: `${row[3]}`, label: row[0], score: row[column] }));
const [a, b] = [rowsOf(1), rowsOf(2)];
const threshold = 0.5;

/** Sums of some hundred doubles in another order. */
function near(actual: number | null | undefined, wanted: number, what: string, within = 1e-10): void {
  assert.ok(typeof actual === "number" && Math.abs(actual - wanted) <= within, `${what}: ${actual}, not ${wanted}`);
}

test("Obuchowski's variances and paired test equal R's", () => {
  near(aucVariance(a), expected.r.varianceA, "variance of a");
  near(aucVariance(b), expected.r.varianceB, "variance of b, with ties");
  const paired = pairedAucs(a, b);
  near(paired?.difference, expected.r.aucA - expected.r.aucB, "difference");
  near((paired?.standardError ?? 0) ** 2, expected.r.varianceOfDifference, "variance of the difference");
  near(paired?.p, expected.r.p, "p");
  assert.deepEqual([paired?.method, aucByVariance(a).interval?.method], ["obuchowski", "obuchowski"]);
});

test("Obuchowski's standard error is that of a bootstrap by patient; DeLong's is too small", () => {
  const ranking = rank(a);
  const values: number[] = [];
  const auc = (weights: Uint32Array) => {
    const value = aucOfRanking(ranking, weights);
    if (value !== null) values.push(value);
    return value;
  };
  bootstrapByPatient(
    a.map(({ patient }) => patient),
    { auc },
    { seed: 1 },
  );
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  const found = Math.sqrt(aucVariance(a) as number);
  // 2,000 draws tell a deviation to 1.6 %; the two methods differ by terms of 1 / patients.
  assert.ok(Math.abs(found / deviation - 1) < 0.06, `${found} ${deviation}`);
  const alone = Math.sqrt(aucVariance(a.map((row) => ({ ...row, patient: null }))) as number);
  assert.ok(alone < 0.85 * found, `${alone} ${found}`);
});

test("proportions have statsmodels' robust variance as design effect, in its Wilson interval", () => {
  const sameAs = (estimate: Estimate, wanted: GoldenProportion, what: string) => {
    near(estimate.value, wanted.value, what);
    near(estimate.interval?.designEffect, wanted.designEffect, `${what}: design effect`, 1e-8);
    near(estimate.interval?.low, wanted.low, `${what}, low`, 1e-8);
    near(estimate.interval?.high, wanted.high, `${what}, high`, 1e-8);
    assert.equal(estimate.interval?.method, "wilson-by-patient");
  };
  const { metrics } = evaluate(a, { resamples: 10 });
  sameAs(metrics.accuracy, expected.accuracy, "accuracy");
  sameAs(metrics.sensitivity, expected.sensitivity, "sensitivity");
  sameAs(metrics.ppv, expected.ppv, "PPV, of a number of images that is itself chance");
});

test("proportions by hand: entirely alike patients count once, all right counts as alike, one image each is Wilson's", () => {
  // Ten patients of three images, each all right or all wrong: 30 images are worth 10, corrected by 10 / 9 for the estimated mean.
  const alike = Array.from({ length: 10 }, (_, k) => [k < 6 ? 3 : 0, 3] as const);
  near(designEffect(alike), (3 * 10) / 9, "alike");
  near(
    clusteredProportion([
      [3, 3],
      [2, 2],
      [1, 1],
    ]).interval?.designEffect,
    2,
    "all right: 6 images of 3 patients",
  );
  assert.equal(
    clusteredProportion([
      [3, 3],
      [2, 2],
      [1, 1],
    ]).interval?.high,
    1,
  );
  assert.deepEqual(
    clusteredProportion([
      [1, 1],
      [0, 1],
      [1, 1],
      [0, 0],
    ]),
    proportion(2, 3),
  );
  assert.deepEqual(clusteredProportion([]), { value: null, interval: null, n: 0 });
  // All right is not less certain than all but one: 120 images of 40 patients.
  const lows = [0, 1, 2, 4, 5].map((failures) => {
    const shares = Array.from({ length: 40 }, (_, k) => [k < failures ? 2 : 3, 3] as const);
    return clusteredProportion(shares).interval?.low ?? 1;
  });
  for (const [i, low] of lows.slice(1, 4).entries()) assert.ok(low < (lows[i] as number), `${lows}`);
  // Patients whose images differ more than chance would: never worth more than as many independent ones.
  assert.equal(designEffect(Array.from({ length: 9 }, () => [1, 2] as const)), 1);
  assert.equal(designEffect([[1, 4]]), 4);
});

test("rows of unknown patients are clusters of their own, in all methods", () => {
  const rows = [{ patient: "p" }, { patient: null }, { patient: "q" }, { patient: "p" }, {}];
  assert.deepEqual(rowsByCluster(patientClusters(rows)), [[0, 3], [1], [2], [4]]);
  const unknown = a.map((row) => ({ ...row, patient: null }));
  assert.equal(proportionByPatient(unknown, ({ label }) => label === 1).interval?.method, "wilson");
  const paired = pairedCalls({ rows: unknown, threshold }, { rows: b, threshold });
  assert.deepEqual([paired.method, paired.designEffect], ["mcnemar-mid-p", 1]);
});

test("the sign-flip test equals the count of every pattern of signs", () => {
  for (const { sums, midP } of expected.signFlips) near(signFlipMidP(sums), midP, `${sums}`);
  for (const [each, midP] of expected.midPAtEquality) {
    near(signFlipMidP([...new Array(each).fill(1), ...new Array(each).fill(-1)]), midP, `${each} each way`);
  }
  const random = Random.of(5, "sums");
  const large = Array.from({ length: 20_000 }, () => (random.uniform() < 0.505 ? 1 : -1) * (1 + random.integer(3)));
  const p = signFlipMidP(large); // normal from here on
  assert.ok(p > 0 && p < 1);
  near(signFlipMidP(large.slice(0, 4000)), signFlipMidP([...large.slice(0, 4000), 0, 0]), "patients who do not tell");
});

test("the difference of calls has statsmodels' robust variance, and patients that count together", () => {
  const paired = pairedCalls({ rows: a, threshold }, { rows: b, threshold });
  near(paired.difference, expected.calls.difference, "difference");
  const half = 1.959963984540054 * Math.sqrt(expected.calls.variance);
  near(paired.interval?.high, expected.calls.difference + half, "interval", 1e-8);
  near(paired.p, signFlipMidP(expected.calls.sums), "p");
  assert.equal(paired.method, "sign-flip-by-patient");
  const one = pairedSigns([1, 1, 0], { of: Uint32Array.of(0, 0, 0), count: 1 });
  assert.deepEqual([one.interval, one.designEffect, one.p], [null, 3, 0.5]);
});

test("the smallest difference that a test finds is Connor's, and no more is claimed than disagreement allows", () => {
  for (const [n, discordance, effect, wanted] of expected.detectable) {
    const found = detectableDifference({ n, discordance, designEffect: effect });
    if (wanted === null) assert.equal(found, null);
    else near(found, wanted, `${n} images, ${discordance}, ${effect}`);
  }
  assert.equal(detectableDifference({ n: 10, discordance: 0, designEffect: 1 }), null);
});

test("class-wise and top-label errors equal netcal's; net benefits equal dcurves'", () => {
  const { classWiseError, topLabelError } = calibration(a);
  near(classWiseError, expected.classWiseError, "class-wise");
  near(topLabelError, expected.topLabelError, "top label");
  const curve = decisionCurve(a, { seed: 1, resamples: 200 }) ?? [];
  assert.deepEqual(
    curve.map(({ threshold }) => threshold),
    Array.from({ length: 19 }, (_, i) => (i + 1) / 20),
  );
  for (const [i, point] of curve.entries()) {
    near(point.netBenefit, expected.netBenefit[i] as number, `net benefit at ${point.threshold}`);
    near(point.ofCallingAll, expected.netBenefitOfCallingAll[i] as number, `of calling all at ${point.threshold}`);
    const { low, high } = point.interval ?? { low: 1, high: -1 };
    assert.ok(low <= point.netBenefit && point.netBenefit <= high, `interval at ${point.threshold}`);
  }
  assert.equal(
    decisionCurve(
      a.filter(({ label }) => label === 1),
      { seed: 1 },
    ),
    null,
  );
});

test("predictive values are Bayes' rule, by hand, and undefined where nothing is called", () => {
  const rows = [0.9, 0.8, 0.7, 0.2, 0.6, 0.1, 0.1, 0.2, 0.3, 0.4].map(
    (score, i): Prediction => ({ name: `${i}`, patient: `${i}`, label: i < 4 ? 1 : 0, score }),
  );
  // Sensitivity 3 / 4, specificity 5 / 6; at 10 %: .075 / (.075 + .15), .75 / (.75 + .025).
  const tenth = predictiveValues(rows, 0.5, { seed: 1 })?.find(({ prevalence }) => prevalence === 0.1);
  near(tenth?.ppv.value, 1 / 3, "PPV");
  near(tenth?.npv.value, 0.75 / 0.775, "NPV");
  assert.ok((tenth?.npv.interval?.low ?? 1) < 0.75 / 0.775);
  assert.equal(predictiveValues(rows, 0.95, { seed: 1, resamples: 10 })?.[0]?.ppv.value, null);
});

test("the numbers of a calibration have intervals, and errors stand beside those of chance", () => {
  const random = Random.of(11, "calibrated");
  const scored = Array.from({ length: 400 }, (_, i): Prediction => {
    const score = random.uniform(0.02, 0.98);
    return { name: `${i}`, patient: `${i}`, label: random.uniform() < score ? 1 : 0, score };
  });
  const calibrated = evaluate(scored, { resamples: 500 }).calibration;
  const { slope, intercept, inTheLarge, classWiseError } = calibrated.intervals;
  assert.ok(slope !== null && slope.low < 1 && slope.high > 1);
  for (const interval of [intercept, inTheLarge]) assert.ok(interval !== null && interval.low < 0 && interval.high > 0);
  assert.equal(classWiseError?.method, "reflected-bootstrap-by-patient");
  assert.ok(calibrated.ifCalibrated.classWiseError.p > 0.05);
  // Twice as extreme: the slope is about a half, and no chance explains the error.
  const extreme = scored.map((row) => {
    const odds = (row.score / (1 - row.score)) ** 2;
    return { ...row, score: odds / (1 + odds) };
  });
  const off = evaluate(extreme, { resamples: 500 }).calibration;
  near(off.slope, (calibrated.slope as number) / 2, "slope", 1e-6);
  assert.ok((off.intervals.slope?.high ?? 1) < 0.8 && off.ifCalibrated.classWiseError.p < 0.01);
  // Images of one patient share their truth: by chance alone errors are larger.
  const alike = evaluate(
    scored.map((row, i) => ({ ...row, patient: `${Math.floor(i / 8)}` })),
    { resamples: 500 },
  ).calibration;
  assert.ok(alike.ifCalibrated.classWiseError.mean > 1.3 * calibrated.ifCalibrated.classWiseError.mean);
});

test("what was a rounding error: a perfect ranking has an average precision of exactly 1", () => {
  for (let positives = 1; positives < 60; positives++) {
    const rows = Array.from({ length: 2 * positives }, (_, i): Prediction => {
      const label = i < positives ? 1 : 0;
      return { name: `${i}`, patient: `${i}`, label, score: (label + i / 200) / 2 };
    });
    assert.equal(evaluate(rows, { resamples: 1 }).metrics.averagePrecision.value, 1);
  }
});

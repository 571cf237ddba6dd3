// Intervals and tests against SciPy and DeLong's definition written out.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { bootstrapByPatient, bootstrapMetric, quantile } from "./bootstrap.js";
import { calibration } from "./calibration.js";
import { erfc, normalQuantile } from "./normal-distribution.js";
import { aucByVariance, aucVariance, pairedAucs } from "./obuchowski.js";
import { pairedCalls, signFlipMidP } from "./paired-calls.js";
import type { Prediction, Scored } from "./prediction.js";
import { rank } from "./ranking.js";
import { aucOfRanking, rocAuc } from "./roc.js";
import { proportion, wilsonInterval } from "./wilson.js";

const expected = JSON.parse(readFileSync(golden("sklearn", "statistics.json"), "utf8")) as {
  wilson: [number, number, number, number, number][];
  quantiles: [number, number][];
  erfc: [number, number][];
  paired: {
    labels: (0 | 1)[];
    a: number[];
    b: number[];
    aucA: number;
    aucB: number;
    varianceA: number;
    varianceB: number;
    z: number;
    p: number;
  };
  mcnemar: { onlyA: number; onlyB: number; midP: number }[];
  recalibration: { intercept: number; slope: number; inTheLarge: number; temperature: number };
  clusterBootstrapAuc: [number, number];
};

function near(actual: number | null | undefined, wanted: number, relative: number, what: string): void {
  assert.ok(
    typeof actual === "number" && Math.abs(actual - wanted) <= relative * Math.abs(wanted) + 1e-300,
    `${what}: ${actual} ${wanted}`,
  );
}

const { labels } = expected.paired;
const scored = (scores: readonly number[]): Scored[] =>
  labels.map((label, i) => ({ label, score: scores[i] as number }));
const [a, b] = [scored(expected.paired.a), scored(expected.paired.b)];

test("the normal distribution's tail and quantile equal SciPy's", () => {
  for (const [x, value] of expected.erfc) near(erfc(x), value, 1e-12, `erfc(${x})`);
  for (const [p, z] of expected.quantiles) assert.ok(Math.abs(normalQuantile(p) - z) < 1e-11, `quantile ${p}`);
});

test("Wilson's interval equals SciPy's, also at 0 and n", () => {
  for (const [k, n, level, low, high] of expected.wilson) {
    const interval = wilsonInterval(k, n, level);
    assert.ok(Math.abs((interval?.low ?? -1) - low) < 1e-12, `${k}/${n} low`);
    assert.ok(Math.abs((interval?.high ?? -1) - high) < 1e-12, `${k}/${n} high`);
  }
  assert.deepEqual(proportion(0, 0), { value: null, interval: null, n: 0 });
});

test("DeLong's variances and paired test equal the definition", () => {
  near(aucByVariance(a).value, expected.paired.aucA, 1e-12, "AUC");
  near(aucVariance(a), expected.paired.varianceA, 1e-10, "variance of a");
  near(aucVariance(b), expected.paired.varianceB, 1e-10, "variance of b, with ties");
  const paired = pairedAucs(a, b);
  assert.equal(paired?.method, "delong");
  near(paired?.z, expected.paired.z, 1e-10, "z");
  near(paired?.p, expected.paired.p, 1e-9, "p");
  const same = pairedAucs(a, a);
  assert.deepEqual([same?.z, same?.difference, same?.p], [null, 0, 1]);
});

test("DeLong has no interval where the variance says nothing", () => {
  const perfect: Scored[] = [
    { label: 1, score: 0.9 },
    { label: 1, score: 0.8 },
    { label: 0, score: 0.1 },
    { label: 0, score: 0.2 },
  ];
  assert.deepEqual(aucByVariance(perfect), { value: 1, interval: null, n: 4 });
  assert.deepEqual(aucByVariance(perfect.slice(1)), { value: 1, interval: null, n: 3 });
  assert.deepEqual(aucByVariance(perfect.slice(0, 2)), { value: null, interval: null, n: 2 });
  assert.throws(() => pairedAucs(a, b.slice(1)), { code: "EVALUATION_INPUT" });
  const many = Array.from({ length: 300_000 }, (_, i): Scored => ({ label: i % 3 === 0 ? 1 : 0, score: (i % 7) / 7 }));
  near(aucByVariance(many).value, rocAuc(many) as number, 1e-9, "AUC of more rows than a call takes arguments");
});

test("with one image of each patient the test of calls is McNemar's, with SciPy's mid-p, at equal counts too", () => {
  for (const { onlyA, onlyB, midP } of expected.mcnemar) {
    const signs = [...new Array(onlyA).fill(1), ...new Array(onlyB).fill(-1), 0, 0];
    near(signFlipMidP(signs), midP, 1e-10, `${onlyA}:${onlyB}`);
  }
  assert.equal(signFlipMidP([0, 0]), 1);
});

test("a paired test counts the images that only one model calls rightly", () => {
  const rows = (scores: number[]): Scored[] => scores.map((score, i) => ({ label: i < 2 ? 1 : 0, score }));
  const result = pairedCalls(
    { rows: rows([0.9, 0.1, 0.3, 0.9]), threshold: 0.5 },
    { rows: rows([0.4, 0.1, 0.3, 0.2]), threshold: 0.3 },
  );
  // Row 1: both right at their thresholds; row 2: both wrong; row 3: b calls 0.3 pneumonia; row 4: a wrong, b right.
  assert.deepEqual([result.onlyA, result.onlyB], [1, 1]);
});

test("recalibration equals the maximum of the likelihood that SciPy finds", () => {
  const result = calibration(a);
  for (const key of ["intercept", "slope", "inTheLarge", "temperature"] as const) {
    near(result[key], expected.recalibration[key], 1e-6, key);
  }
});

test("recalibration is undefined for one class and for separated classes", () => {
  const separated: Scored[] = [0.1, 0.2, 0.8, 0.9].map((score, i) => ({ label: i < 2 ? 0 : 1, score }));
  assert.deepEqual([calibration(separated).intercept, calibration(separated).slope], [null, null]);
  assert.equal(calibration(separated).temperature, null);
  assert.equal(calibration(separated.slice(0, 2)).slope, null);
});

const predictions: Prediction[] = a.map((row, i) => ({ ...row, name: `${i}`, patient: `p${Math.floor(i / 3)}` }));
const patients = predictions.map((row) => row.patient);

test("the bootstrap by patient agrees with numpy's up to resampling noise", () => {
  const ranking = rank(predictions);
  const statistics = { auc: (weights: Uint32Array) => aucOfRanking(ranking, weights) };
  const { auc } = bootstrapByPatient(patients, statistics, { seed: 1, resamples: 4000 });
  // A 2.5 % quantile of 4,000 draws of spread 0.04 has a standard error of about 0.0017.
  const [low, high] = expected.clusterBootstrapAuc;
  assert.ok(Math.abs((auc?.low ?? 0) - low) < 0.008, `${auc?.low} ${low}`);
  assert.ok(Math.abs((auc?.high ?? 0) - high) < 0.008, `${auc?.high} ${high}`);
});

test("the fast and the general bootstrap agree, and the seed decides", () => {
  const ranking = rank(predictions);
  const fast = (seed: number) =>
    bootstrapByPatient(patients, { auc: (w: Uint32Array) => aucOfRanking(ranking, w) }, { seed, resamples: 200 }).auc;
  const general = bootstrapMetric(predictions, rocAuc, { seed: 3, resamples: 200 });
  assert.ok(Math.abs((fast(3)?.low ?? 0) - (general?.low ?? 1)) < 1e-12);
  assert.ok(Math.abs((fast(3)?.high ?? 0) - (general?.high ?? 1)) < 1e-12);
  assert.deepEqual(fast(3), fast(3));
  assert.notDeepEqual(fast(3), fast(4));
});

test("a resample takes a patient's images together", () => {
  const seen = new Set<string>();
  bootstrapByPatient(
    patients,
    {
      watch: (weights) => {
        for (let i = 0; i < weights.length; i++) assert.equal(weights[i], weights[i - (i % 3)]);
        seen.add(weights.join());
        return 0;
      },
    },
    { seed: 1, resamples: 20 },
  );
  assert.equal(seen.size, 20);
});

test("no interval from one patient, from a constant, or where most resamples leave the metric undefined", () => {
  const interval = (keys: readonly (string | null)[], statistic: (weights: Uint32Array) => number | null) =>
    bootstrapByPatient(keys, { statistic }, { seed: 1, resamples: 100 }).statistic;
  assert.equal(
    interval(["p", "p"], (w) => w[0] as number),
    null,
  );
  assert.equal(
    interval(patients, () => 1),
    null,
  );
  assert.equal(
    interval(["p", "q"], (w) => (w[0] === 2 ? null : (w[0] as number))),
    null,
  );
});

test("quantiles interpolate as numpy's do", () => {
  // np.percentile([1, 2, 4, 8], [0, 25, 50, 97.5, 100]) == [1, 1.75, 3, 7.7, 8]
  const values = [1, 2, 4, 8];
  [
    [0, 1],
    [0.25, 1.75],
    [0.5, 3],
    [0.975, 7.7],
    [1, 8],
  ].forEach(([share, value]) => {
    assert.ok(Math.abs(quantile(values, share as number) - (value as number)) < 1e-12);
  });
});

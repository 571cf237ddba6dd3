import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { Random } from "../../core/random.js";
import { logit } from "../calibration-line.js";
import type { Prediction } from "../prediction.js";
import { fitRecalibration, recalibrated } from "./fit-recalibration.js";
import { recalibrateScores } from "./recalibrate-scores.js";

/** Patients of one image whose true chance is logit^-1(intercept + slope * logit(score)). */
function patients(count: number, seed: number, { intercept = 0, slope = 1 } = {}): Prediction[] {
  const random = Random.of(seed, "patients");
  return Array.from({ length: count }, (_, i) => {
    const score = 1 / (1 + Math.exp(-random.normal(0, 2)));
    const chance = 1 / (1 + Math.exp(-(intercept + slope * logit(score))));
    return { name: `${i}.png`, patient: `p${i}`, label: random.uniform() < chance ? 1 : 0, score };
  });
}

const options = {
  policy: { kind: "sensitivity", target: 0.9 },
  thresholdBefore: 0.5,
  chosenOn: "ward",
  seed: 1,
} as const;

test("what made the labels is found again, and no more is changed than the data speak for", () => {
  const both = fitRecalibration(patients(4000, 1, { intercept: -2, slope: 0.5 }));
  assert.equal(both.method, "intercept-and-slope");
  assert.ok(Math.abs(both.intercept + 2) < 0.2 && Math.abs(both.slope - 0.5) < 0.1, `${both.intercept} ${both.slope}`);
  const shifted = Array.from({ length: 40 }, (_, i) => fitRecalibration(patients(200, i + 300, { intercept: -2 })));
  const alone = shifted.filter(({ method }) => method === "intercept");
  assert.ok(alone.length >= 34, `${alone.length} of 40`); // the slope is fitted without need in one of twenty
  assert.ok(alone.every(({ intercept, slope }) => slope === 1 && Math.abs(intercept + 2) < 1));
});

test("sound scores are changed in about one of twenty samples, as the test's level says", () => {
  const changed = Array.from({ length: 200 }, (_, i) => fitRecalibration(patients(100, i + 10))).filter(
    ({ method }) => method !== "none",
  );
  assert.ok(changed.length <= 20, `${changed.length} of 200`); // 5 % of 200 is 10; more than 20 has a chance of .1 %
});

test("a patient counts once, whatever the number of its images", () => {
  const once = patients(200, 3, { intercept: -1.5 });
  const twice = once.flatMap((row) =>
    Number(row.patient?.slice(1)) % 2 === 0 ? [row, { ...row, name: `again ${row.name}` }] : [row],
  );
  const [a, b] = [fitRecalibration(once), fitRecalibration(twice)];
  assert.equal(a.method, b.method);
  assert.ok(Math.abs(a.intercept - b.intercept) < 1e-9);
});

test("scores that separate the classes have no slope: the intercept is moved alone", () => {
  const rows = patients(60, 4).map(
    (row, i): Prediction => ({ ...row, label: i % 2 === 0 ? 1 : 0, score: i % 2 === 0 ? 0.999 : 0.9 }),
  );
  const fit = fitRecalibration(rows);
  assert.deepEqual([fit.method, fit.slope], ["intercept", 1]);
  assert.ok(recalibrated({ label: 0, score: 0.9 }, fit).score < 0.5);
});

test("the new threshold keeps its policy, and patients left out in turn say what it does", () => {
  const rows = patients(150, 5, { intercept: -2 });
  const { before, after, threshold, intervals, intercept, neededPatients, arePatientsKnown } = recalibrateScores(
    rows,
    options,
  );
  assert.ok(after.logLoss < before.logLoss);
  assert.ok((threshold.reached?.sensitivity ?? 0) >= 0.9);
  const atHalf = recalibrateScores(rows, { ...options, policy: { kind: "fixed", value: 0.5 } });
  assert.ok(
    (atHalf.after.specificity.value ?? 0) > (before.specificity.value ?? 1),
    "at .5 the scores were far too high",
  );
  assert.ok((intervals.intercept?.low ?? 0) < intercept && intercept < (intervals.intercept?.high ?? 0));
  assert.ok(neededPatients.pneumonia % 10 === 0 && neededPatients.pneumonia >= 100);
  assert.equal(arePatientsKnown, true);
  assert.deepEqual(recalibrateScores(rows, options), recalibrateScores(rows, options));
});

test("too few patients, and scores that are the wrong way round, are refused", () => {
  const few = patients(100, 6).map((row) => ({ ...row, patient: "one" }));
  assert.throws(() => recalibrateScores(few, options), hasCode("EVALUATION_INPUT", "0 without and 1 with pneumonia"));
  const turned = patients(200, 7).map((row): Prediction => ({ ...row, label: row.label === 1 ? 0 : 1 }));
  assert.throws(() => recalibrateScores(turned, options), hasCode("EVALUATION_INPUT", "an AUC of 0."));
});

// Every metric of predictions against scikit-learn (and Keras for the loss): typical rows and the degenerate ones.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { calibration, reliabilityBins } from "./calibration.js";
import { studyReport } from "./classification-report.js";
import { confusionAt, confusionRows, countMetrics } from "./confusion.js";
import { evaluate } from "./evaluate.js";
import { binaryCrossEntropy, brierScore } from "./losses.js";
import { averagePrecision, precisionRecallCurve } from "./precision-recall.js";
import type { Prediction } from "./prediction.js";
import { rocAuc, rocCurve } from "./roc.js";

interface Case {
  readonly name: string;
  readonly labels: readonly (0 | 1)[];
  readonly scores: readonly number[];
  readonly threshold: number;
  readonly confusion: readonly (readonly number[])[];
  readonly report: Readonly<Record<string, string>>;
  readonly auc: number | null;
  readonly averagePrecision: number;
  readonly brier: number;
  readonly kerasLoss: number;
  readonly roc: Curve;
  readonly rocDropped: Curve;
  readonly pr: Curve;
  readonly prDropped: Curve;
  readonly bins: readonly (readonly [number, number])[];
  readonly ece: number;
}
type Curve = readonly (readonly (number | null)[])[] | null;
const countNames = ["accuracy", "balancedAccuracy", "sensitivity", "specificity", "ppv", "npv", "f1", "mcc"] as const;

const cases = JSON.parse(readFileSync(golden("sklearn", "metrics.json"), "utf8")) as (Case &
  Record<(typeof countNames)[number], number>)[];

/** Sums of up to 160 doubles in another order. */
const tolerance = 1e-12;

function near(actual: number | null, expected: number | null, what: string): void {
  if (expected === null || actual === null) assert.equal(actual, expected, what);
  else
    assert.ok(
      Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
      `${what}: ${actual} ${expected}`,
    );
}

function sameCurve(actual: Curve, expected: Curve, what: string): void {
  assert.equal(actual?.length, expected?.length, `${what}: points`);
  actual?.forEach((point, i) => {
    point.forEach((value, k) => {
      near(value, expected?.[i]?.[k] ?? null, `${what} ${i},${k}`);
    });
  });
}

for (const expected of cases) {
  const rows: Prediction[] = expected.labels.map((label, i) => ({
    name: `${i}.jpeg`,
    patient: `p${i}`,
    label,
    score: expected.scores[i] as number,
  }));

  test(`counts and losses equal scikit-learn's: ${expected.name}`, () => {
    const confusion = confusionAt(rows, expected.threshold);
    assert.deepEqual(confusionRows(confusion), expected.confusion);
    const metrics = countMetrics(confusion);
    for (const name of countNames) near(metrics[name], expected[name], name);
    near(brierScore(rows), expected.brier, "brier");
    near(binaryCrossEntropy(rows), expected.kerasLoss, "Keras loss");
  });

  test(`the report equals scikit-learn's character by character: ${expected.name}`, () => {
    assert.equal(studyReport(rows, expected.threshold).text, expected.report["2"]);
    assert.equal(studyReport(rows, expected.threshold, 4).text, expected.report["4"]);
  });

  test(`curves and areas equal scikit-learn's: ${expected.name}`, () => {
    near(rocAuc(rows), expected.auc, "AUC");
    // Without positives scikit-learn says 0 with a warning; here that is undefined.
    near(averagePrecision(rows), expected.labels.includes(1) ? expected.averagePrecision : null, "average precision");
    for (const dropIntermediate of [false, true]) {
      const roc = rocCurve(rows, { dropIntermediate });
      const pr = precisionRecallCurve(rows, { dropIntermediate });
      sameCurve(
        roc?.map((p) => [p.falsePositiveRate, p.truePositiveRate, p.threshold]) ?? null,
        dropIntermediate ? expected.rocDropped : expected.roc,
        `ROC ${dropIntermediate}`,
      );
      sameCurve(
        pr?.map((p) => [p.precision, p.recall, p.threshold]) ?? null,
        dropIntermediate ? expected.prDropped : expected.pr,
        `PR ${dropIntermediate}`,
      );
    }
  });

  test(`reliability bins equal scikit-learn's: ${expected.name}`, () => {
    const bins = reliabilityBins(rows, 10);
    sameCurve(
      bins.map((bin) => [bin.meanScore, bin.positiveShare]),
      expected.bins,
      "bins",
    );
    near(calibration(rows).classWiseError, expected.ece, "ECE");
  });

  test(`an evaluation holds finite numbers or null, and no value without a denominator: ${expected.name}`, () => {
    const evaluation = evaluate(rows, { resamples: 50 });
    const leaves = (value: unknown): unknown[] =>
      typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [value];
    for (const leaf of leaves(evaluation)) assert.ok(typeof leaf !== "number" || Number.isFinite(leaf));
    const { sensitivity, specificity, auc } = evaluation.metrics;
    assert.equal(sensitivity.value === null, !expected.labels.includes(1));
    assert.equal(specificity.value === null, !expected.labels.includes(0));
    assert.equal(auc.value === null, expected.auc === null);
    for (const { value, interval } of Object.values(evaluation.metrics)) {
      if (interval !== null) assert.ok(interval.low <= interval.high && value !== null);
    }
  });
}

// Subgroups and results per patient and study against pandas' groups, scikit-learn's metrics, statsmodels' robust variances and
// Obuchowski's formulas.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import type { Estimate } from "./estimate.js";
import { evaluate } from "./evaluate.js";
import type { JoinedResults } from "./joined-results.js";
import type { Prediction } from "./prediction.js";
import { fixedThreshold } from "./threshold.js";

type Proportion = readonly [value: number, low: number, high: number] | null;

interface GoldenGroup {
  readonly n: number;
  readonly positives: number;
  readonly patients: number;
  readonly sensitivity: Proportion;
  readonly specificity: Proportion;
  readonly auc: number;
  readonly aucInterval: readonly [number, number];
}

type Joined = Readonly<Record<"accuracy" | "sensitivity" | "specificity" | "f1" | "auc", number>>;

interface GoldenJoined {
  readonly n: number;
  readonly positives: number;
  readonly mixed: number;
  readonly several: number;
  readonly highest: Joined;
  readonly mean: Joined;
}

interface Golden {
  readonly threshold: number;
  readonly rows: readonly (Prediction & { readonly age_years?: number })[];
  readonly subgroups: Readonly<Record<string, Readonly<Record<string, GoldenGroup>>>>;
  readonly perPatient: GoldenJoined;
  readonly perStudy: GoldenJoined;
}

const expected: Golden = JSON.parse(readFileSync(golden("sklearn", "subgroups.json"), "utf8"));
const rows = expected.rows.map(
  ({ age_years, ...row }): Prediction => ({ ...row, ...(age_years !== undefined && { ageYears: age_years }) }),
);
const found = evaluate(rows, { threshold: fixedThreshold(expected.threshold) });

/** Sums of some hundred doubles in another order. */
const tolerance = 1e-12;

function near(actual: number | null | undefined, wanted: number, what: string, within = tolerance): void {
  assert.ok(typeof actual === "number" && Math.abs(actual - wanted) <= within, `${what}: ${actual}, not ${wanted}`);
}

function sameProportion(actual: Estimate, wanted: Proportion, what: string): void {
  if (wanted === null) {
    assert.deepEqual([actual.value, actual.interval, actual.n], [null, null, 0], what);
    return;
  }
  near(actual.value, wanted[0], what);
  near(actual.interval?.low, wanted[1], `${what}, low`, 1e-9);
  near(actual.interval?.high, wanted[2], `${what}, high`, 1e-9);
}

test("the subgroups are pandas' groups, with scikit-learn's numbers and intervals by patient", () => {
  const names = Object.entries(expected.subgroups).flatMap(([dimension, groups]) =>
    Object.keys(groups).map((name) => `${dimension} ${name}`),
  );
  assert.equal(names.length, 15);
  assert.deepEqual(found.subgroups.map(({ dimension, name }) => `${dimension} ${name}`).sort(), names.sort());
  for (const group of found.subgroups) {
    const what = `${group.dimension} ${group.name}`;
    const wanted = expected.subgroups[group.dimension]?.[group.name] as GoldenGroup;
    assert.deepEqual(
      [group.n, group.positives, group.negatives, group.patients],
      [wanted.n, wanted.positives, wanted.n - wanted.positives, wanted.patients],
      what,
    );
    sameProportion(group.sensitivity, wanted.sensitivity, `${what}: sensitivity`);
    sameProportion(group.specificity, wanted.specificity, `${what}: specificity`);
    near(group.auc.value, wanted.auc, `${what}: AUC`);
    near(group.auc.interval?.low, wanted.aucInterval[0], `${what}: AUC, low`, 1e-9);
    near(group.auc.interval?.high, wanted.aucInterval[1], `${what}: AUC, high`, 1e-9);
  }
});

for (const unit of ["perPatient", "perStudy"] as const) {
  test(`results ${unit} equal scikit-learn's of pandas' highest and mean scores`, () => {
    const actual = found[unit] as JoinedResults;
    const { highest, mean, ...counts } = expected[unit];
    assert.deepEqual(
      { n: actual.n, positives: actual.positives, mixed: actual.mixed, several: actual.several },
      counts,
    );
    assert.equal(actual.negatives, actual.n - actual.positives);
    for (const [join, metrics] of Object.entries({ highest, mean })) {
      for (const [name, wanted] of Object.entries(metrics)) {
        const { value, interval } = actual[join as "highest"].metrics[name as "auc"];
        near(value, wanted, `${join} ${name}`);
        assert.ok(interval !== null && interval.low < wanted && wanted < interval.high, `${join} ${name}`);
      }
    }
  });
}

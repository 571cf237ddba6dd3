// Against MAPIE (test/golden/make/mapie_conformal.py), and by hand: who is called unsure, what that leaves, and that patients count once.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { golden } from "../../../test/support/paths.js";
import { Random } from "../../core/random.js";
import { callOf, isUnsureBand, type UnsureBand, unsureScores, unsureText } from "../../core/unsure-band.js";
import { evaluate } from "../evaluate.js";
import type { Prediction } from "../prediction.js";
import { abstention, riskCoverage } from "./abstention.js";
import { conformalBand, requireCoverable } from "./conformal-band.js";

interface GoldenCase {
  readonly name: string;
  readonly coverage: number;
  readonly scores: readonly number[];
  readonly labels: readonly (0 | 1)[];
  readonly testScores: readonly number[];
  readonly testLabels: readonly (0 | 1)[];
  /** [test images, classes] */
  readonly inside: readonly (readonly [0 | 1, 0 | 1])[];
  readonly covered: readonly [number, number];
}

const row = (label: 0 | 1, score: number, patient: string | null = null): Prediction => ({
  name: `${label}-${score}`,
  patient,
  label,
  score,
});
const rowsOf = (labels: readonly (0 | 1)[], scores: readonly number[]) =>
  labels.map((label, i) => row(label, scores[i] as number));
const local = { setOn: "ward (local)", isLocal: true };

for (const wanted of JSON.parse(readFileSync(golden("mapie", "conformal.json"), "utf8")) as GoldenCase[]) {
  test(`${wanted.name}: the sets are MAPIE's, image by image`, () => {
    const { coverage, labels, scores, testLabels, testScores, inside, covered } = wanted;
    const band = conformalBand(rowsOf(labels, scores), { ...local, coverage });
    const found = testScores.map((score) => [+(score <= band.normalUpTo), +(score >= band.pneumoniaFrom)]);
    assert.deepEqual(found, inside);
    // A threshold inside the band, or between two limits that do not overlap, changes no set but the empty ones, which it fills.
    const threshold = (band.normalUpTo + band.pneumoniaFrom) / 2;
    const rows = rowsOf(testLabels, testScores);
    const { covered: reached, unsure } = abstention(rows, threshold, band);
    const empty = inside.filter(([normal, pneumonia]) => normal + pneumonia === 0).length;
    for (const [label, estimate] of [reached.normal, reached.pneumonia].entries()) {
      const more = (estimate.value as number) - (covered[label] as number);
      assert.ok(more > -1e-12 && more * estimate.n <= empty + 1e-9, `${more}`);
    }
    const both = inside.filter(([normal, pneumonia]) => normal + pneumonia === 2).length;
    assert.equal(Math.round((unsure.all.value as number) * unsure.all.n), both);
  });
}

const band: UnsureBand = {
  coverage: 0.9,
  pneumoniaFrom: 0.3,
  normalUpTo: 0.6,
  ...local,
  patients: { normal: 20, pneumonia: 20 },
  arePatientsKnown: true,
};

test("a score is called by the band, and by the threshold where that lies outside", () => {
  const calls = (threshold: number, own: UnsureBand | undefined = band) =>
    [0.1, 0.299, 0.3, 0.5, 0.6, 0.601, 0.9].map((score) => callOf(score, threshold, own).slice(0, 1)).join("");
  assert.equal(calls(0.5), "NNUUUPP");
  assert.equal(calls(0.7), "NNUUUUP", "from 0.6 to the threshold no image is called pneumonia");
  assert.equal(calls(0.2), "NUUUUPP", "from the threshold on none is called normal");
  assert.equal(callOf(0.5, 0.5), "PNEUMONIA");
  const apart = { ...band, pneumoniaFrom: 0.6, normalUpTo: 0.3 };
  assert.equal(calls(0.5, apart), "NNNPPPP", "classes that hardly overlap leave nothing open");
  assert.equal(calls(0.301, apart), "NNNPPPP");
  assert.equal(calls(0.2, apart), "NUUPPPP");
  assert.equal(calls(0.61, apart), "NNNNUUP");
  assert.deepEqual(unsureScores(band, 0.7), { from: 0.3, to: 0.7 });
  assert.equal(unsureScores(apart, 0.5), null);
  assert.deepEqual(unsureScores(apart, 0.2), { from: 0.2, to: 0.3 });
  assert.ok(isUnsureBand(JSON.parse(JSON.stringify(band))));
  assert.ok(!isUnsureBand({ ...band, pneumoniaFrom: 2 }));
  assert.match(unsureText(band), /^Of each class 90% .* calibrated on 40 patients \(20 with pneumonia\) of ward/);
  assert.match(
    unsureText({ ...band, isLocal: false, setOn: "validation" }),
    /uncalibrated for images of any other place/,
  );
});

test("what is left open and what is answered, by hand", () => {
  const rows = rowsOf([0, 0, 0, 0, 1, 1, 1, 1, 1], [0.1, 0.2, 0.4, 0.7, 0.1, 0.35, 0.55, 0.8, 0.9]);
  const { unsure, covered, answered, scores } = abstention(rows, 0.5, band);
  assert.deepEqual(scores, { from: 0.3, to: 0.6 });
  const values = [unsure.all, unsure.normal, unsure.pneumonia, covered.normal, covered.pneumonia];
  assert.deepEqual(
    values.map(({ value }) => value),
    [3 / 9, 1 / 4, 2 / 5, 3 / 4, 4 / 5],
  );
  assert.deepEqual(
    [answered.accuracy, answered.sensitivity, answered.specificity].map(({ value, n }) => [value, n]),
    [
      [4 / 6, 6],
      [2 / 3, 3],
      [2 / 3, 3],
    ],
  );
  assert.equal(evaluate(rows).unsure, null, "off unless asked for");
  const points = riskCoverage(rowsOf([0, 1, 1, 0], [0.01, 0.9, 0.45, 0.45]), 0.5);
  assert.deepEqual(
    points.map(({ answered: share, wrong }) => [share, wrong]),
    [
      [0.25, 0],
      [0.5, 0],
      [1, 0.25],
    ],
    "images that are equally sure are answered together",
  );
});

test("a class is covered as wanted by patient, whatever a patient's images have in common", () => {
  const drawn = (seed: number, patients: number): Prediction[] => {
    const random = Random.of(seed, "unsure");
    return Array.from({ length: patients }, (_, patient) => {
      const label = patient % 2 === 0 ? 0 : 1;
      const own = random.normal(label === 1 ? 1 : -1, 1.2);
      const images = 1 + Math.floor(random.uniform(0, 8));
      return Array.from({ length: images }, () =>
        row(label, 1 / (1 + Math.exp(-own - random.normal(0, 0.5))), String(patient)),
      );
    }).flat();
  };
  // Of many bands, each asked about one image of each of many patients: what the theorem speaks of.
  let [right, all] = [0, 0];
  for (let seed = 1; seed <= 150; seed++) {
    const set = conformalBand(drawn(seed, 60), { ...local, coverage: 0.9 });
    const seen = new Set<string | null>();
    for (const { label, score, patient } of drawn(seed + 1000, 60)) {
      if (seen.has(patient)) continue;
      seen.add(patient);
      all++;
      if (label === 1 ? score >= set.pneumoniaFrom : score <= set.normalUpTo) right++;
    }
  }
  const share = right / all;
  assert.ok(share > 0.885 && share < 0.925, `${share} of ${all}`);
});

test("too few patients for a coverage are refused before anything is scored", () => {
  const few = Array.from({ length: 17 }, (_, i) => row(i < 8 ? 0 : 1, i / 20));
  const isRefused = hasCode("EVALUATION_INPUT", "at least 9 patients of each class");
  assert.throws(() => requireCoverable(few, 0.9, "ward"), isRefused);
  assert.deepEqual(requireCoverable([...few, row(0, 0.5)], 0.9, "ward"), { normal: 9, pneumonia: 9 });
  const twice = [...few, row(0, 0.5, "a"), row(0, 0.6, "a")];
  assert.deepEqual(requireCoverable(twice, 0.9, "ward").normal, 9, "a patient counts once");
});

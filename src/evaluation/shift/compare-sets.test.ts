import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../core/random.js";
import type { Estimate } from "../estimate.js";
import { classShare } from "./class-share.js";
import { compareSets } from "./compare-sets.js";
import type { OwnResult } from "./own-result.js";
import { parseDescription } from "./read-description.js";
import type { MeasuredHere } from "./results-beside.js";
import { type DescribedImage, describeSet } from "./set-description.js";

const near = (found: number | null | undefined, expected: number) =>
  assert.ok(Math.abs((found ?? Number.NaN) - expected) < 1e-9, `${found}, ${expected}`);

/** Images that differ from each other by chance, each of a patient of its own. */
function images(name: string, count: number, change: Partial<DescribedImage["traits"]> = {}): DescribedImage[] {
  const random = Random.of(3, name);
  return Array.from({ length: count }, (_, i) => ({
    traits: {
      brightness: random.normal(122, 19) + (change.brightness ?? 0),
      contrast: random.normal(56, 9),
      sharpness: random.normal(0.05, 0.01),
      black: 0.1,
      white: 0,
      edge: random.normal(-0.75, 0.25),
      shape: change.shape ?? 1,
      width: change.width ?? 1000,
      height: change.width ?? 1000,
    },
    label: i % 4 === 0 ? (0 as const) : (1 as const),
    patient: `${name} ${i}`,
  }));
}

const estimate = (value: number, low: number, high: number): Estimate => ({
  value,
  interval: { low, high, level: 0.95, method: "wilson" },
  n: 100,
});
const undefinedHere: Estimate = { value: null, interval: null, n: 0 };
const measured = (auc: Estimate, others: Partial<MeasuredHere["metrics"]> = {}, threshold = 0.3): MeasuredHere => ({
  metrics: { auc, sensitivity: undefinedHere, specificity: undefinedHere, ...others },
  threshold: { value: threshold },
});
const auc = (value: number, low: number, high: number) => measured(estimate(value, low, high));
const own: OwnResult = {
  auc: { value: 0.97, low: 0.96, high: 0.98 },
  sensitivity: { value: 0.9, low: 0.87, high: 0.93 },
  specificity: { value: 0.8, low: 0.76, high: 0.84 },
  threshold: 0.3,
  pneumonia: 0.5,
};
const nothing = { ages: null, own: null };

test("a set's distributions, ages and sexes, counted by hand", () => {
  const [a, b] = images("two", 2) as [DescribedImage, DescribedImage];
  const traits = (grey: number) => ({ ...a.traits, brightness: grey });
  const set = describeSet(
    [
      { ...a, traits: traits(100), ageYears: 4, sex: "F" },
      { ...b, traits: traits(140), sex: "M" },
    ],
    1,
  );
  assert.deepEqual([set.images, set.pneumonia], [2, 0.5]);
  assert.deepEqual(set.traits.brightness, { n: 2, mean: 120, sd: 20, quantiles: [102, 110, 120, 130, 138] });
  assert.deepEqual(set.ages, { n: 1, mean: 4, sd: 0, quantiles: [4, 4, 4, 4, 4] });
  assert.deepEqual(set.sexes, { F: 1, M: 1, O: 0, unknown: 0 });
  assert.deepEqual([describeSet([a], 1).ages, describeSet([a], 1).sexes], [null, null]);
});

test("the sample: at most 250 of a class, one image of each patient, the same for the same seed, nothing of names", () => {
  const many = images("many", 1200);
  const { sample } = describeSet(many, 1);
  assert.deepEqual(
    [0, 1].map((label) => sample.labels.filter((each) => each === label).length),
    [250, 250],
  );
  assert.deepEqual(describeSet(many, 1).sample, sample);
  assert.notDeepEqual(describeSet(many, 2).sample, sample);
  const ofFew = many.map((image, i) => ({ ...image, patient: `p${i % 7}` }));
  assert.equal(describeSet(ofFew, 1).sample.rows.length, 7);
  const ofNobody = many.slice(0, 30).map((image) => ({ ...image, patient: null }));
  assert.equal(describeSet(ofNobody, 1).sample.rows.length, 30);
  assert.doesNotMatch(JSON.stringify(describeSet(ofFew, 1)), /p\d|many/);
});

test("a description survives its file; what is none is refused", () => {
  const set = describeSet(images("kept", 30), 1);
  const text = JSON.stringify({ version: 1, ...set });
  assert.deepEqual(parseDescription(JSON.parse(text)).sample, set.sample);
  for (const broken of [
    null,
    {},
    { ...set, images: 0 },
    { ...set, pneumonia: 2 },
    { ...set, traits: {} },
    { ...set, ages: 4 },
    { ...set, sexes: { F: 1 } },
    { ...set, sample: { ...set.sample, columns: ["brightness"] } },
    { ...set, sample: { ...set.sample, labels: [1] } },
    { ...set, sample: { ...set.sample, rows: set.sample.rows.map(() => ["x"]) } },
  ]) {
    assert.throws(() => parseDescription(broken), TypeError, JSON.stringify(broken)?.slice(0, 60));
  }
});

test("a darker set differs in its brightness, by that many standard deviations; one alike does not", () => {
  const trained = describeSet(images("trained", 400), 1);
  const darker = compareSets(trained, images("here", 200, { brightness: -38 }), nothing, auc(0.9, 0.8, 1));
  const row = darker.rows.find(({ name }) => name === "brightness");
  near(row?.difference, ((row?.here.mean ?? 0) - (row?.trained.mean ?? 0)) / (row?.trained.sd ?? 0));
  assert.ok((row?.difference ?? 0) < -1.7 && row?.isNotable);
  assert.deepEqual(
    darker.rows.filter(({ isNotable }) => isNotable).map(({ name }) => name),
    ["brightness"],
  );
  assert.ok((darker.toldApart?.auc.value ?? 0) > 0.85);
  const alike = compareSets(trained, images("alike", 200), nothing, auc(0.9, 0.8, 1));
  assert.ok(alike.rows.every(({ isNotable }) => !isNotable));
});

test("few images differ by chance: a large difference of three of them is not called one", () => {
  const trained = describeSet(images("trained", 400), 1);
  const few = compareSets(trained, images("few", 3, { brightness: -12 }), nothing, auc(0.9, 0.8, 1));
  const row = few.rows.find(({ name }) => name === "brightness");
  assert.ok(!row?.isNotable, `${row?.difference}`);
  assert.equal(few.toldApart, null);
});

test("where all training images are of one size, differences are measured in steps, not in rounding", () => {
  const trained = describeSet(images("trained", 50), 1);
  const here = compareSets(trained, images("here", 50, { shape: 1023 / 1024, width: 1004 }), nothing, auc(1, 1, 1));
  const differences = here.rows.filter(({ name }) => ["shape", "width", "black"].includes(name));
  assert.ok(differences.every(({ isNotable, difference }) => !isNotable || Math.abs(difference) >= 0.5));
  near(here.rows.find(({ name }) => name === "black")?.difference, 0);
  assert.ok(!here.rows.find(({ name }) => name === "shape")?.isNotable);
});

test("another share of pneumonia: Bayes' rule by hand", () => {
  const at = (share: number, count: number) => ({ images: count, pneumonia: share });
  const rarer = classShare(at(0.74, 4000), at(0.1, 500), own);
  assert.ok(rarer.isNotable);
  near(rarer.expected?.here.ppv, 0.09 / (0.09 + 0.18));
  near(rarer.expected?.here.npv, 0.72 / (0.72 + 0.01));
  near(rarer.expected?.here.accuracy, 0.81);
  near(rarer.expected?.tested.ppv, 0.45 / 0.55);
  assert.ok(!classShare(at(0.74, 4000), at(0.7, 500), own).isNotable, "less than a tenth");
  assert.ok(!classShare(at(0.74, 4000), at(0.5, 6), own).isNotable, "three of six come by chance");
  assert.equal(classShare(at(0.74, 4000), at(0.1, 500), null).expected, null);
  assert.ok(classShare(null, at(0.1, 500), own).isNotable, "beside the run's own test images");
  assert.ok(!classShare(null, at(0.1, 500), null).isNotable, "beside nothing");
});

test("ages: those outside what the model was trained on are counted, whole years count", () => {
  const ages = [0.5, 1, 5.9, 6, 40, undefined];
  const here = images("ages", ages.length).map((image, i) => ({ ...image, ageYears: ages[i] }));
  const known = { ages: [1, 5] as const, own: null };
  assert.deepEqual(compareSets("no run", here, known, auc(1, 1, 1)).ages, { trained: [1, 5], known: 5, outside: 3 });
  assert.equal(compareSets("no run", here, nothing, auc(1, 1, 1)).ages, null);
  const trained = describeSet(
    images("with ages", 60).map((image, i) => ({ ...image, ageYears: 1 + (i % 5) })),
    1,
  );
  const row = compareSets(trained, here, known, auc(1, 1, 1)).rows.find(({ name }) => name === "age");
  near(row?.here.mean, 53.4 / 5);
});

test("a result has fallen where its whole interval lies below the run's own, at the same threshold", () => {
  const beside = (here: MeasuredHere, result: OwnResult | null = own) =>
    compareSets("not kept", images("x", 4), { ages: null, own: result }, here).results;
  const low = estimate(0.7, 0.6, 0.8);
  assert.deepEqual(beside(auc(0.7, 0.6, 0.8)), [{ measure: "auc", own: own.auc, here: low, isLower: true }]);
  const all = { sensitivity: low, specificity: estimate(0.78, 0.7, 0.86) };
  const fallen = (here: MeasuredHere) => beside(here).map(({ measure, isLower }) => [measure, isLower]);
  assert.deepEqual(fallen(measured(estimate(0.95, 0.9, 0.98), all)), [
    ["auc", false],
    ["sensitivity", true],
    ["specificity", false],
  ]);
  assert.deepEqual(fallen(measured(low, all, 0.5)), [["auc", true]], "another threshold is another question");
  assert.deepEqual(fallen(measured({ value: 0.7, interval: null, n: 4 })), [["auc", false]]);
  assert.deepEqual(beside(measured(undefinedHere)), []);
  assert.deepEqual(beside(auc(0.7, 0.6, 0.8), null), []);
});

test("without the training images the comparison says why, and has what the model itself knows", () => {
  const { trained, notDescribed, rows, toldApart, pneumonia } = compareSets(
    "not kept",
    images("x", 40),
    { ages: null, own },
    auc(0.7, 0.6, 0.8),
  );
  assert.deepEqual([trained, notDescribed, rows, toldApart], [null, "not kept", [], null]);
  assert.deepEqual([pneumonia.trained, pneumonia.tested, pneumonia.here], [null, 0.5, 0.75]);
});

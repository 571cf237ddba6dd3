// Which groups there are, in which order, and when their numbers say too little: by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Prediction } from "../prediction.js";
import { ageBandOf } from "./age-bands.js";
import { findingOf, seriesOf } from "./published-kinds.js";
import { dimensions } from "./registry.js";
import { leastInGroup, subgroups } from "./subgroups.js";

const settings = { seed: 1, resamples: 100, level: 0.95 };
const of = (rows: readonly Prediction[]) => subgroups(rows, 0.5, dimensions, settings.level);
let made = 0;
const row = (label: 0 | 1, score: number, more: Partial<Prediction> = {}): Prediction => ({
  name: `${made++}`,
  patient: null,
  label,
  score,
  ...more,
});

test("the published data's patient keys tell finding and series", () => {
  const groups = of([
    row(1, 0.9, { patient: "bacteria:1" }),
    row(1, 0.4, { patient: "bacteria:1" }),
    row(1, 0.05, { patient: "virus:7" }),
    row(0, 0.2, { patient: "IM:3" }),
    row(0, 0.8, { patient: "NORMAL2-IM:383" }),
  ]);
  const told = groups.map((g) => [g.dimension, g.name, g.n, g.patients, g.sensitivity.value, g.specificity.value]);
  assert.deepEqual(told, [
    ["finding", "bacterial", 2, 1, 0.5, null],
    ["finding", "viral", 1, 1, 0, null],
    ["series", "IM", 1, 1, null, 1],
    ["series", "NORMAL2-IM", 1, 1, null, 0],
  ]);
  // Bacterial 0.9 and 0.4 against normals 0.2 and 0.8: three of four pairs.
  assert.deepEqual([groups[0]?.auc.value, groups[0]?.auc.n], [0.75, 4]);
});

test("a dataset's own finding goes before the key, whatever its spelling; other keys tell nothing", () => {
  const finding = (told: string | undefined, patient: string | null) =>
    findingOf(row(1, 0.5, { patient, ...(told !== undefined && { finding: told }) }));
  assert.equal(finding("Bacteria", "virus:7"), "bacterial");
  assert.equal(finding("VIRAL", null), "viral");
  assert.equal(finding("Lobar", "virus:7"), "lobar");
  for (const key of ["a41", "ward:9", "virus:x", "scan virus:7", "constructor:1", null]) {
    assert.equal(finding(undefined, key), undefined);
    assert.equal(seriesOf(row(0, 0.5, { patient: key })), undefined);
  }
});

test("age bands meet without gaps", () => {
  const bandAt = (ageYears: number) => ageBandOf(row(1, 0.5, { ageYears }));
  assert.deepEqual([0, 0.99, 1, 4.99, 5, 17.99, 18, 39.99, 40, 64.99, 65, 130].map(bandAt), [
    "<1",
    "<1",
    "1-4",
    "1-4",
    "5-17",
    "5-17",
    "18-39",
    "18-39",
    "40-64",
    "40-64",
    "65+",
    "65+",
  ]);
  assert.equal(ageBandOf(row(1, 0.5)), undefined);
});

test("bands stand by age, sexes in their order, others by name, what is not stated last", () => {
  const groups = of([
    row(1, 0.9, { ageYears: 70, sex: "M", view: "PA" }),
    row(0, 0.1, { ageYears: 2, sex: "O", view: "AP" }),
    row(0, 0.2, { ageYears: 0.5, sex: "F" }),
    row(1, 0.7, { ageYears: 70, view: "LL" }),
  ]);
  assert.deepEqual(
    groups.map(({ dimension, name }) => `${dimension} ${name}`),
    ["age <1", "age 1-4", "age 65+", "sex F", "sex M", "sex O", "sex not stated"].concat([
      "view AP",
      "view LL",
      "view PA",
      "view not stated",
    ]),
  );
});

test("no group repeats the whole; where nothing is known there is none", () => {
  assert.deepEqual(of([row(1, 0.9, { sex: "F" }), row(0, 0.1, { sex: "F" })]), []);
  assert.deepEqual(of([row(1, 0.9), row(0, 0.1)]), []);
});

test("fewer than 30 patients of a class are too few, however many images they have", () => {
  const images = (patients: number, each: number, label: 0 | 1, sex: "F" | "M") =>
    Array.from({ length: patients * each }, (_, i) =>
      row(label, (i % 7) / 7, { patient: `${sex}${label}${i % patients}`, sex }),
    );
  const groups = of([
    ...images(leastInGroup, 1, 1, "F"),
    ...images(leastInGroup, 1, 0, "F"),
    ...images(leastInGroup - 1, 4, 1, "M"),
    ...images(leastInGroup, 1, 0, "M"),
  ]);
  assert.deepEqual(
    groups.map(({ name, tooFew }) => [name, tooFew]),
    [
      ["F", []],
      ["M", ["sensitivity", "auc"]],
    ],
  );
  // Nobody knows how many people these are: images count.
  const unknown = of(
    images(leastInGroup - 1, 4, 1, "M")
      .concat(images(30, 1, 0, "F"))
      .map((r) => ({ ...r, patient: null })),
  );
  assert.deepEqual(
    unknown.map(({ tooFew, patients }) => [tooFew, patients]),
    [
      [[], null],
      [[], null],
    ],
  );
});

test("of very many groups the smallest are taken together, and no image is lost", () => {
  const rows = Array.from({ length: 60 }, (_, i) =>
    row((i % 2) as 0 | 1, i / 60, { source: i < 20 ? "large" : `clinic ${i}` }),
  );
  const groups = of(rows);
  assert.equal(groups.length, 20);
  assert.deepEqual([groups.at(-1)?.name, groups.at(-1)?.n], ["22 others", 22]);
  assert.equal(
    groups.reduce((sum, { n }) => sum + n, 0),
    rows.length,
  );
});

// Keys by which copies stay together, and leaks that near copies are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stratifiedFolds } from "../folds.js";
import { leaksIn } from "../leaks.js";
import { groupOf } from "../patient-key.js";
import type { Sample, SplitName } from "../sample.js";
import { splitByPatients } from "../split.js";
import { DisjointSets } from "./disjoint-sets.js";
import { joinedCopies, joinedCopiesText, keysWithCopies } from "./kept-together.js";

const sample = (name: string, patient: string | null, label: 0 | 1 = 0, split: SplitName = "train"): Sample => ({
  path: `/data/${name}`,
  name,
  split,
  label,
  patient,
});

test("one key for patients whom copies join, also over others, and for images of nobody; others keep theirs", () => {
  const samples = [
    sample("0", "IM:7"),
    sample("1", "IM:3"),
    sample("2", "IM:3"),
    sample("3", "IM:5"),
    sample("4", null),
    sample("5", null),
    sample("6", "IM:9"),
  ];
  const copies = [
    [0, 1],
    [2, 3],
    [4, 5],
  ];
  const keyOf = keysWithCopies(samples, copies);
  assert.deepEqual(samples.map(keyOf), ["IM:3", "IM:3", "IM:3", "IM:3", "image 4", "image 4", "IM:9"]);
  assert.equal(keyOf(sample("unread", "virus:4")), "person:4");
  assert.deepEqual(samples.map(keysWithCopies(samples, [])), samples.map(groupOf));
  assert.deepEqual(
    samples.map(
      keysWithCopies(
        [...samples].reverse(),
        copies.map((group) => group.map((i) => 6 - i)),
      ),
    ),
    samples.map(keyOf),
    "whatever the order",
  );
});

test("what is told: groups across patients only, in a sentence", () => {
  const samples = [sample("0", "a"), sample("1", "a"), sample("2", "b"), sample("3", null), sample("4", null)];
  assert.deepEqual(joinedCopies(samples, [[0, 1]]), { groups: 0, images: 0 });
  const joined = joinedCopies(samples, [
    [0, 1, 2],
    [3, 4],
  ]);
  assert.deepEqual(joined, { groups: 2, images: 5 });
  assert.match(joinedCopiesText(joined) ?? "", /^5 images in 2 groups are copies .* kept together\.$/);
  assert.equal(joinedCopiesText({ groups: 0, images: 0 }), undefined);
});

test("validation and folds keep pairs of copies whole, whichever the seed", () => {
  const samples = Array.from({ length: 60 }, (_, i) => sample(`${i}`, i % 3 === 0 ? null : `p${i}`, (i & 1) as 0 | 1));
  const copies = Array.from({ length: 20 }, (_, i) => [i, i + 30]);
  const keyOf = keysWithCopies(samples, copies);
  for (let seed = 0; seed < 10; seed++) {
    const held = new Set(splitByPatients(samples, { seed, fraction: 0.3, keyOf }).validation);
    const folds = stratifiedFolds(samples, { seed, folds: 4, keyOf });
    for (const [a = 0, b = 0] of copies) {
      assert.equal(held.has(samples[a] as Sample), held.has(samples[b] as Sample));
      assert.equal(folds[a], folds[b]);
    }
  }
});

test("near copies across parts and across classes are leaks; equal files are told as such", () => {
  const used = [
    { sample: sample("a", "p", 0, "train"), sha256: "1" },
    { sample: sample("b", "q", 0, "test"), sha256: "2" },
    { sample: sample("c", "r", 1, "train"), sha256: "3" },
    { sample: sample("d", "s", 1, "test"), sha256: "3" },
  ];
  assert.deepEqual(leaksIn(used, [[0, 1]]), [
    "1 image in two splits, such as c and d",
    "2 images with a near copy in another split, such as a and b",
  ]);
  assert.deepEqual(leaksIn(used.slice(0, 3), [[0, 2]]), [
    "2 images with a near copy in the other class, such as a and c",
  ]);
  assert.deepEqual(leaksIn(used.slice(2), [[0, 1]]), ["1 image in two splits, such as c and d"]);
  assert.deepEqual(leaksIn(used.slice(0, 2), []), []);
});

test("sets are those that joining by hand gives, the lowest first", () => {
  const sets = new DisjointSets(7);
  for (const [a, b] of [
    [5, 6],
    [1, 4],
    [6, 1],
    [3, 3],
  ] as const)
    sets.join(a, b);
  assert.deepEqual(sets.groups(), [[1, 4, 5, 6]]);
  assert.deepEqual(
    [0, 3, 6].map((thing) => sets.rootOf(thing)),
    [0, 3, 1],
  );
});

// Pairs to be looked at: one of each group, on two sides where there are, and what comes nearest to a copy without being one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../core/random.js";
import type { Sample, SplitName } from "../sample.js";
import { copyPairs } from "./copy-pairs.js";
import { findCopies } from "./find-copies.js";
import { lookBytes } from "./look.js";
import { similarityLimit } from "./similarity.js";

const sample = (split: SplitName, label: 0 | 1, i: number): Sample => ({
  path: `/${i}`,
  name: `${split}/${i}`,
  split,
  label,
  patient: null,
});

/** Smooth pictures: a base, and others that differ from it by more and more of another picture. */
function looks(shares: readonly number[]): Uint8Array {
  const random = Random.of(7);
  const picture = () => {
    const waves = Array.from(
      { length: 12 },
      () => [1 + random.integer(6), 1 + random.integer(6), random.uniform()] as const,
    );
    return Float64Array.from({ length: lookBytes }, (_, i) =>
      waves.reduce((sum, [u, v, phase]) => sum + Math.cos(((i % 32) * u + Math.floor(i / 32) * v) / 10 + 6 * phase), 0),
    );
  };
  const [base, other] = [picture(), picture()];
  return Uint8Array.from(
    shares.flatMap((share) =>
      Array.from(base, (value, i) => 128 + 8 * ((1 - share) * value + share * (other[i] as number))),
    ),
  );
}

test("a group's pair lies on two sides of a split; nearest pairs across parts stay below the limit", () => {
  const images = {
    samples: [sample("train", 0, 0), sample("train", 0, 1), sample("test", 1, 2), sample("test", 0, 3)],
    sha256: ["a", "a", "b", "c"],
    looks: looks([0, 0, 0.02, 0.25]),
  };
  const groups = findCopies(images);
  assert.deepEqual(groups, [[0, 1, 2]]);
  const [copy, ...apart] = copyPairs(images, groups);
  assert.deepEqual([copy?.positions, copy?.kind], [[0, 2], "near copies"]);
  assert.ok((copy?.similarity ?? 0) >= similarityLimit);
  for (const { positions, kind, similarity } of apart) {
    assert.equal(kind, "apart");
    assert.equal(positions[1], 3, "no pair within a part");
    assert.ok(similarity !== null && similarity < similarityLimit);
  }
});

test("equal files within a part are one pair", () => {
  const images = { samples: [sample("train", 0, 0), sample("train", 0, 1)], sha256: ["a", "a"], looks: looks([0, 0]) };
  const pairs = copyPairs(images, findCopies(images));
  assert.deepEqual(
    pairs.map(({ positions, kind }) => [positions, kind]),
    [[[0, 1], "equal files"]],
  );
});

// The search in bands finds what comparing all with all finds, each pair once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../core/random.js";
import { eachClosePair } from "./close-hashes.js";
import { bitCount } from "./perceptual-hash.js";

/** Hashes of which many lie close to one of a few. */
function clusteredHashes(random: Random, n: number): Uint32Array {
  const centres = Array.from({ length: 4 }, () => [random.uint32(), random.uint32()] as const);
  const hashes = new Uint32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [low, high] = centres[random.integer(centres.length)] as (typeof centres)[number];
    hashes.set([low, high], 2 * i);
    for (let flips = random.integer(14); flips > 0; flips--) {
      const word = 2 * i + random.integer(2);
      hashes[word] = (hashes[word] as number) ^ (1 << random.integer(32));
    }
  }
  return hashes;
}

function allPairs(hashes: Uint32Array, limit: number): string[] {
  const pairs: string[] = [];
  const at = (i: number) => hashes[i] as number;
  for (let a = 0; a < hashes.length / 2; a++) {
    for (let b = a + 1; b < hashes.length / 2; b++) {
      const bits = bitCount(at(2 * a) ^ at(2 * b)) + bitCount(at(2 * a + 1) ^ at(2 * b + 1));
      if (bits <= limit) pairs.push(`${a} ${b}`);
    }
  }
  return pairs.sort();
}

test("every pair within the limit, once, as comparing all with all", () => {
  for (let seed = 1; seed <= 24; seed++) {
    const random = Random.of("close hashes", seed);
    const hashes = clusteredHashes(random, 1 + random.integer(150));
    const limit = seed % 13;
    const found: string[] = [];
    eachClosePair(hashes, limit, (a, b) => found.push(`${Math.min(a, b)} ${Math.max(a, b)}`));
    assert.deepEqual(found.sort(), allPairs(hashes, limit), `seed ${seed}, limit ${limit}`);
  }
});

test("nothing to compare", () => {
  eachClosePair(new Uint32Array(0), 10, () => assert.fail());
  eachClosePair(Uint32Array.of(1, 2), 10, () => assert.fail());
});

test("bits of a word, as counted in its binary digits", () => {
  const random = Random.of("bits");
  for (const word of [0, 0xffffffff, 0x80000000, ...Array.from({ length: 200 }, () => random.uint32())]) {
    assert.equal(bitCount(word), [...(word >>> 0).toString(2)].filter((digit) => digit === "1").length);
    assert.equal(bitCount(word | 0), bitCount(word));
  }
});

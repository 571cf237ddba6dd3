import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "./random.js";

test("equal parts give equal streams, different parts different ones", () => {
  const draw = (random: Random) => Array.from({ length: 5 }, () => random.uniform());
  assert.deepEqual(draw(Random.of(1, "shuffle", 3)), draw(Random.of(1, "shuffle", 3)));
  assert.notDeepEqual(draw(Random.of(1, "shuffle", 3)), draw(Random.of(1, "shuffle", 4)));
  assert.notDeepEqual(draw(Random.of("a", "bc")), draw(Random.of("ab", "c")));
});

test("uniform and normal have the moments they should", () => {
  const random = Random.of(7);
  const n = 20_000;
  const uniform = Array.from({ length: n }, () => random.uniform(-2, 4));
  const normal = Array.from({ length: n }, () => random.normal(3, 2));
  const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const deviation = (values: number[]) => Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));
  // Five standard errors of each estimate at n = 20,000.
  assert.ok(Math.abs(mean(uniform) - 1) < 5 * (6 / Math.sqrt(12 * n)));
  assert.ok(uniform.every((v) => v >= -2 && v < 4));
  assert.ok(Math.abs(mean(normal.slice(0, 2000)) - 3) < 5 * (2 / Math.sqrt(2000)));
  assert.ok(Math.abs(deviation(normal.slice(0, 2000)) - 2) < 5 * (2 / Math.sqrt(4000)));
});

test("shuffled keeps every item and visits every place", () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const shuffled = Random.of(1).shuffled(items);
  assert.deepEqual(
    [...shuffled].sort((a, b) => a - b),
    items,
  );
  assert.notDeepEqual(shuffled, items);
  const counts = new Array(4).fill(0);
  for (let seed = 0; seed < 4000; seed++) counts[Random.of(seed).shuffled([0, 1, 2, 3]).indexOf(0)] += 1;
  for (const count of counts) assert.ok(Math.abs(count - 1000) < 5 * Math.sqrt(750));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Moments } from "./fit-scope.js";

test("components by hand: points on two axes around (1, 2, 3, 4)", () => {
  const all = new Moments(4);
  const parts = [new Moments(4), new Moments(4)];
  const points = [
    [4, 2, 3, 4],
    [-2, 2, 3, 4],
    [1, 4, 3, 4],
    [1, 0, 3, 4],
    [1, 2, 3, 5],
    [1, 2, 3, 3],
  ];
  for (const [i, point] of points.entries()) parts[i % 2]?.add(Float64Array.from(point));
  for (const part of parts) all.merge(part);
  const { mean, components, variances, residualVariance } = all.fit(2);
  assert.deepEqual([...mean], [1, 2, 3, 4]);
  const near = (received: number | undefined, expected: number) =>
    assert.ok(Math.abs((received as number) - expected) < 1e-9, `${received} should be ${expected}`);
  // Squares 9 + 9, 4 + 4 and 1 + 1 over six points; the last one's variance is shared by the two directions left.
  near(variances[0], 3);
  near(variances[1], 8 / 6);
  near(residualVariance, 2 / 6 / 2);
  for (const [i, axis] of [0, 1].entries()) near(components[i]?.[axis], 1);
});

// Against SciPy (test/golden/make/scipy_homogeneity.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { chiSquaredTail, homogeneityP } from "./homogeneity.js";

interface Golden {
  readonly cases: readonly { readonly name: string; first: number[]; second: number[]; p: number }[];
  readonly tails: readonly [x: number, degrees: number, tail: number][];
}

const { cases, tails }: Golden = JSON.parse(readFileSync(golden("scipy", "homogeneity.json"), "utf8"));

const assertNear = (found: number, wanted: number, what: string) =>
  assert.ok(Math.abs(found - wanted) <= 1e-10 * wanted, `${what}: ${found} and ${wanted}`);

test("the chi-squared distribution's tail equals SciPy's", () => {
  for (const [x, degrees, tail] of tails) assertNear(chiSquaredTail(x, degrees), tail, `${x}, ${degrees}`);
  assert.equal(chiSquaredTail(0, 3), 1);
});

test("Pearson's test equals SciPy's; cells without anything are no cells", () => {
  for (const { name, first, second, p } of cases) {
    assertNear(homogeneityP(first, second), p, name);
    assertNear(homogeneityP([0, ...first, 0], [0, ...second, 0]), p, name);
  }
  assert.equal(homogeneityP([10, 0], [20, 0]), 1);
});

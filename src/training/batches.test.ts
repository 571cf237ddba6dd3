import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../core/random.js";
import { batchCount, epochBatches } from "./batches.js";

test("every image comes once; the last batch is short when the count does not divide", () => {
  for (const [count, size, batches, last] of [
    [5216, 16, 326, 16],
    [5217, 16, 327, 1],
    [10, 4, 3, 2],
    [3, 16, 1, 3],
    [1, 1, 1, 1],
    [0, 16, 0, undefined],
  ] as const) {
    const epoch = epochBatches(count, size, Random.of(1, "shuffle", 1));
    assert.equal(epoch.length, batches);
    assert.equal(batchCount(count, size), batches);
    assert.equal(epoch.at(-1)?.length, last);
    assert.ok(epoch.slice(0, -1).every((batch) => batch.length === size));
    const seen = epoch.flatMap((batch) => [...batch]).sort((a, b) => a - b);
    assert.deepEqual(
      seen,
      Array.from({ length: count }, (_, index) => index),
    );
  }
});

test("the order follows from seed and epoch alone, and differs between epochs", () => {
  const order = (epoch: number) => epochBatches(64, 16, Random.of(7, "shuffle", epoch));
  assert.deepEqual(order(3), order(3));
  assert.notDeepEqual(order(3), order(4));
});

test("a batch size that is no positive whole number is refused", () => {
  for (const size of [0, -1, 1.5, Number.NaN]) assert.throws(() => epochBatches(4, size, Random.of(1)), RangeError);
});

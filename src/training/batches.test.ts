import assert from "node:assert/strict";
import { test } from "node:test";
import { batchCount, epochBatches, imagesOfPlaces } from "./batches.js";

const batches = (count: number, size: number, seed: number, epoch: number) =>
  epochBatches(imagesOfPlaces(count, size, seed), seed, epoch);

test("every image comes once; the last batch is short when the count does not divide", () => {
  for (const [count, size, number, last] of [
    [5216, 16, 326, 16],
    [5217, 16, 327, 1],
    [10, 4, 3, 2],
    [3, 16, 1, 3],
    [1, 1, 1, 1],
    [0, 16, 0, undefined],
  ] as const) {
    const epoch = batches(count, size, 1, 1);
    assert.equal(epoch.length, number);
    assert.equal(batchCount(count, size), number);
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
  const order = (epoch: number) => batches(64, 16, 7, epoch);
  assert.deepEqual(order(3), order(3));
  assert.notDeepEqual(order(3), order(4));
});

test("an image has the same place in the batches of all epochs, and which images share a batch changes", () => {
  const places = imagesOfPlaces(50, 8, 3);
  for (const epoch of [1, 2, 9]) {
    for (const batch of epochBatches(places, 3, epoch)) {
      for (const [place, image] of batch.entries()) assert.ok(places[place]?.includes(image));
    }
  }
  const together = (epoch: number) => new Set(batches(50, 8, 3, epoch).map((batch) => `${batch[0]} ${batch[1]}`));
  const [first, second] = [together(1), together(2)];
  assert.ok([...first].some((pair) => !second.has(pair)));
});

test("a batch size that is no positive whole number is refused", () => {
  for (const size of [0, -1, 1.5, Number.NaN]) assert.throws(() => imagesOfPlaces(4, size, 1), RangeError);
});

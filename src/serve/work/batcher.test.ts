import assert from "node:assert/strict";
import { test } from "node:test";
import { Batcher } from "./batcher.js";

/** A batcher whose batches end when told to; keeps what it was given. */
function heldBatcher(maxBatch: number) {
  const batches: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const batcher = new Batcher<number, number>(
    async (items) => {
      batches.push(items);
      await new Promise<void>((resolve) => ends.push(resolve));
      return items.map((item) => item * 10);
    },
    { maxBatch },
  );
  const endNext = async () => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { batcher, batches, endNext };
}

test("a lone item goes at once, those that come meanwhile go together", async () => {
  const { batcher, batches, endNext } = heldBatcher(3);
  const results = [1, 2, 3, 4, 5].map((item) => batcher.submit(item));
  assert.deepEqual(batches, [[1]]);
  await endNext();
  await endNext();
  await endNext();
  assert.deepEqual(batches, [[1], [2, 3, 4], [5]]);
  assert.deepEqual(await Promise.all(results), [10, 20, 30, 40, 50]);
});

test("an item that nobody wants any more is dropped before its batch", async () => {
  const { batcher, batches, endNext } = heldBatcher(8);
  const controller = new AbortController();
  const first = batcher.submit(1);
  const second = assert.rejects(batcher.submit(2, controller.signal), /left/);
  const third = batcher.submit(3);
  controller.abort(new Error("left"));
  await endNext();
  await endNext();
  assert.deepEqual(batches, [[1], [3]]);
  assert.deepEqual([await first, await third], [10, 30]);
  await second;
});

test("a failing batch fails its own items, and the next one runs", async () => {
  let runs = 0;
  const batcher = new Batcher<number, number>(
    async (items) => {
      if (runs++ === 1) throw new Error("model failed");
      return items;
    },
    { maxBatch: 2 },
  );
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => batcher.submit(item))); // 1, then 2 and 3, then 4
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "rejected", "fulfilled"],
  );
});

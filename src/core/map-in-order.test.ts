import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { mapInOrder } from "./map-in-order.js";

test("results come in order, whichever action ends first", async () => {
  const delays = [30, 1, 20, 1, 1, 15, 1];
  const results: number[] = [];
  for await (const result of mapInOrder(delays.entries(), { workers: 3, ahead: 5 }, async ([i, delay]) => {
    await wait(delay);
    return i;
  })) {
    results.push(result);
  }
  assert.deepEqual(results, [0, 1, 2, 3, 4, 5, 6]);
});

test("no more actions at a time than workers, no more of the stream read than asked for", async () => {
  let running = 0;
  let most = 0;
  let taken = 0;
  let given = 0;
  function* numbers() {
    for (let i = 0; i < 200; i++) {
      taken++;
      assert.ok(taken - given <= 10, `${taken - given} items ahead`);
      yield i;
    }
  }
  for await (const _ of mapInOrder(numbers(), { workers: 3, ahead: 10 }, async () => {
    most = Math.max(most, ++running);
    await wait(0);
    running--;
  })) {
    given++;
  }
  assert.equal(given, 200);
  assert.equal(most, 3);
});

test("a failing action rejects at its turn, after the results before it", async () => {
  const results: number[] = [];
  const work = async () => {
    for await (const result of mapInOrder([1, 2, 3, 4, 5], { workers: 2, ahead: 4 }, async (i) => {
      if (i === 3) throw new Error("three");
      return i;
    })) {
      results.push(result);
    }
  };
  await assert.rejects(work, /three/);
  assert.deepEqual(results, [1, 2]);
});

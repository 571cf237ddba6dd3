import assert from "node:assert/strict";
import { test } from "node:test";
import { ProgressWatch } from "./progress-watch.js";

test("work that ends nothing is stalled; an end, good or bad, is progress; without work there is none to make", async () => {
  let now = 0;
  const watch = new ProgressWatch(1000, () => now);
  const ends: { resolve(): void; reject(error: Error): void }[] = [];
  const begin = () =>
    watch.during(
      () => new Promise<void>((resolve, reject) => ends.push({ resolve, reject: (error) => reject(error) })),
    );
  now = 60_000; // long idle
  assert.equal(watch.isStalled, false);
  const [first, second, third] = [begin(), begin(), begin()];
  now += 1000;
  assert.equal(watch.isStalled, false);
  now += 1;
  assert.equal(watch.isStalled, true);
  ends[0]?.resolve();
  await first;
  assert.equal(watch.isStalled, false);
  now += 1001;
  assert.equal(watch.isStalled, true);
  ends[1]?.reject(new Error("broken"));
  await assert.rejects(second);
  assert.equal(watch.isStalled, false);
  ends[2]?.resolve();
  await third;
  now += 60_000;
  assert.equal(watch.isStalled, false);
});

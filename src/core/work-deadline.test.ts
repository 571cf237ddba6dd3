// With clocks that stand for a quiet machine, a busy one, and a thread that waits for something that never comes.
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { startDeadline } from "./work-deadline.js";

/** Resolves with the wall-clock milliseconds after which the deadline expired. */
function expiry(limitMs: number, processorShare: () => number): Promise<number> {
  const start = performance.now();
  const wallMs = () => performance.now() - start;
  return new Promise((resolve) => {
    startDeadline(limitMs, () => resolve(wallMs()), { wallMs, processorMs: () => processorShare() * wallMs() });
  });
}

test("a process that computes all the time has the limit and no more looks than needed", async () => {
  assert.ok((await expiry(30, () => 1)) >= 29);
});

test("a process that waits for a busy processor is given its share of it", async () => {
  const milliseconds = await expiry(30, () => 0.25);
  assert.ok(milliseconds >= 119, `${milliseconds} ms`);
});

test("a thread that never computes is given up in the end", async () => {
  const milliseconds = await expiry(10, () => 0);
  assert.ok(milliseconds >= 149, `${milliseconds} ms`);
});

test("the process's own clock: endless work is ended, and an ended deadline stays silent", async () => {
  let expired = 0;
  const end = startDeadline(20, () => expired++);
  startDeadline(20, () => expired++);
  end();
  const work = process.cpuUsage();
  while (process.cpuUsage(work).user < 25_000);
  await wait(40);
  while (expired === 0) await wait(5);
  assert.equal(expired, 1);
});

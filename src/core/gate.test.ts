import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "./gate.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("so many actions run at a time, the others in order", async () => {
  const gate = new Gate(2);
  const log: string[] = [];
  const ends: (() => void)[] = [];
  const run = (name: string) =>
    gate.run(async () => {
      log.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
    });
  const all = Promise.all(["a", "b", "c", "d"].map(run));
  await turn();
  assert.deepEqual(log, ["a", "b"]);
  for (let i = 0; i < 4; i++) {
    ends[i]?.();
    await turn();
  }
  await all;
  assert.deepEqual(log, ["a", "b", "c", "d"]);
});

test("an action that waits when its signal aborts never runs and keeps no place", async () => {
  const gate = new Gate(1);
  const controller = new AbortController();
  let end = () => {};
  const first = gate.run(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const second = gate.run(async () => assert.fail("it ran"), controller.signal);
  controller.abort(new Error("no longer wanted"));
  await assert.rejects(second, /no longer wanted/);
  end();
  await first;
  assert.equal(await gate.run(async () => "free"), "free");
  await assert.rejects(
    gate.run(async () => "never", controller.signal),
    /no longer wanted/,
  );
});

test("a failing action gives its place on", async () => {
  const gate = new Gate(1);
  await assert.rejects(
    gate.run(() => Promise.reject(new Error("failed"))),
    /failed/,
  );
  assert.equal(await gate.run(async () => 1), 1);
});

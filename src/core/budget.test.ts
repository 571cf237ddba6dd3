// Amounts together stay within the budget, in order, whatever fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Budget } from "./budget.js";

test("what runs at a time never exceeds the budget, and begins in the order in which it came", async () => {
  const budget = new Budget(10);
  const begun: number[] = [];
  let [held, most] = [0, 0];
  const amounts = [4, 6, 1, 9, 3, 3, 3, 10, 1];
  const results = await Promise.all(
    amounts.map((amount, i) =>
      budget.run(amount, async () => {
        begun.push(i);
        held += amount;
        most = Math.max(most, held);
        await wait(5);
        held -= amount;
        return i;
      }),
    ),
  );
  assert.deepEqual(results, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(begun, results);
  assert.equal(most, 10);
});

test("what exceeds the whole budget runs alone; what fails gives its amount back", async () => {
  const budget = new Budget(10);
  let running = 0;
  const alone = async () => {
    assert.equal(++running, 1);
    await wait(5);
    running--;
  };
  await Promise.all([budget.run(10, alone), budget.run(25, alone), budget.run(10, alone)]);
  await assert.rejects(
    budget.run(10, async () => {
      throw new Error("broken");
    }),
    /broken/,
  );
  assert.equal(await budget.run(10, async () => "free again"), "free again");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";
import { WeightAverage } from "./weight-average.js";

const weight = (...values: number[]) => Tensor.fromArray(Float32Array.from(values), [values.length]);
const set = (tensor: Tensor, ...values: number[]) => ops.copyInPlace(tensor, weight(...values));

test("the average forgets its beginning soon and then reaches back over the window", () => {
  const tensor = weight(8, -8);
  const average = new WeightAverage([tensor]);
  let expected = 8;
  for (let update = 0; update < 600; update++) {
    set(tensor, update, -update);
    average.update(20);
    const kept = Math.min(0.95, (1 + update) / (10 + update));
    expected = kept * expected + (1 - kept) * update;
  }
  const [{ data } = { data: new Float32Array() }] = average.state().averages;
  assert.ok(Math.abs((data[0] as number) - expected) < 1e-3, `${data[0]}, by hand ${expected}`);
  assert.ok(Math.abs(expected - (599 - 19)) < 0.1, "a steady rise is followed 19 updates behind");
  assert.equal(data[1], -(data[0] as number));
});

test("work sees the averages, and the weights are back afterwards, also after an error", async () => {
  const tensor = weight(1);
  const average = new WeightAverage([tensor]);
  set(tensor, 5);
  assert.deepEqual(await average.during(async () => [...tensor.toFloat32()]), [1]);
  assert.deepEqual([...tensor.toFloat32()], [5]);
  await assert.rejects(
    average.during(() => Promise.reject(new Error("full disk"))),
    /full disk/,
  );
  assert.deepEqual([...tensor.toFloat32()], [5]);
  assert.deepEqual([...(average.state().averages[0]?.data ?? [])], [1]);
});

test("a restored average goes on as the one that was saved", () => {
  const first = weight(1, 2);
  const original = new WeightAverage([first]);
  set(first, 3, 4);
  original.update(5);
  const second = weight(3, 4);
  const restored = new WeightAverage([second]);
  restored.restore(original.state());
  for (const [tensor, average] of [
    [first, original],
    [second, restored],
  ] as const) {
    set(tensor, 7, 7);
    average.update(5);
  }
  assert.deepEqual(restored.state(), original.state());
});

// Training through every further layer with weights, step by step against real Keras: same start, same batches, same losses,
// same final weights (test/golden/make/keras_layer_training.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { testDevice } from "../../test/support/test-device.js";
import { readKerasModel } from "../interchange/keras-h5/read-keras-model.js";
import { weightSpecsOf } from "../model/shapes.js";
import { inArena } from "../tensor/arena.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";
import { Adam } from "./adam.js";
import { Network } from "./network.js";
import { trainStep } from "./train-step.js";

const file = JSON.parse(readFileSync(golden("keras-training", "layers.json"), "utf8")) as {
  readonly rate: number;
  readonly labels: readonly number[];
  readonly losses: readonly number[];
  readonly weights: readonly string[];
};

/** Both compute in float64; what Keras' weights are compared in is float32. */
const tolerance = 1e-6;

test("separable, dilated and grouped convolutions, normalizations and PReLU learn as in Keras", async () => {
  const { graph, weights } = await readKerasModel(golden("keras-training", "layers.h5"));
  const network = new Network(graph, weights, { device: testDevice, precision: "float64" });
  const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
  const shape = [file.labels.length, 9, 8, 3]; // [n, h, w, c]
  const values = shape.reduce((product, length) => product * length);
  for (const [step, expected] of file.losses.entries()) {
    const { loss } = inArena(() => {
      const data = Float32Array.from({ length: values }, (_, i) => hashed(step * values + i));
      const images = ops.toDtype(ops.permute(Tensor.fromArray(data, shape, testDevice), [0, 3, 1, 2]), "float64"); // -> [n, c, h, w]
      return trainStep(network, optimizer, images, Int32Array.from(file.labels), { classWeights: [1, 1] }, file.rate);
    });
    assert.ok(Math.abs(loss / expected - 1) <= tolerance, `step ${step}: ${loss} and ${expected}`);
  }
  const found = network.parameters.toWeightMap();
  network.dispose();
  optimizer.dispose();
  let next = 0;
  for (const [layer, specs] of weightSpecsOf(graph)) {
    for (const { name } of specs) {
      const bytes = Uint8Array.from(Buffer.from(file.weights[next++] ?? "", "base64"));
      const expected = new Float32Array(bytes.buffer);
      const ours = found.get(layer)?.get(name)?.data ?? new Float32Array();
      const before = weights.get(layer)?.get(name)?.data ?? new Float32Array();
      assert.equal(ours.length, expected.length, `${layer}/${name}`);
      for (const [i, value] of expected.entries()) {
        assert.ok(
          Math.abs(value - (ours[i] as number)) <= tolerance,
          `${layer}/${name}[${i}]: ${ours[i]} and ${value}`,
        );
      }
      assert.ok(
        expected.some((value, i) => Math.abs(value - (before[i] as number)) > 1e-3),
        `${layer}/${name} moved`,
      );
    }
  }
  assert.equal(next, file.weights.length);
});

/** As the maker's: number i of all images' values. */
function hashed(i: number): number {
  return Number((BigInt(i) * 2654435761n) % 2n ** 32n) / 2 ** 32;
}

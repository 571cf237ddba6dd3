// What holds on a GPU alone, where there is one: PNEUMOSCOPE_TEST_DEVICE names it (bench/gpu.sh).
import assert from "node:assert/strict";
import { test } from "node:test";
import { testDevice } from "../../test/support/test-device.js";
import { initialWeights } from "../model/initial-weights.js";
import { customCnn } from "../model/zoo/custom-cnn.js";
import { inArena } from "../tensor/arena.js";
import { noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { beginRead, Tensor } from "../tensor/tensor.js";
import { Adam } from "./adam.js";
import { Augmenter } from "./augmentations/augmenter.js";
import { augmentations } from "./augmentations/registry.js";
import { wholeBatch } from "./data-parallel/batch-share.js";
import { gatherImages, scaleImages } from "./image-batch.js";
import { Network, type Precision } from "./network.js";
import { openSteps } from "./train-step.js";

const skip = testDevice === "cpu" ? "no GPU is named (PNEUMOSCOPE_TEST_DEVICE)" : false;
const size = 64;
const count = 8;
const images = { pixels: Uint8Array.from({ length: count * size ** 2 }, (_, i) => (i * 7919) % 256), size };
const indices = Int32Array.from({ length: count }, (_, i) => i);
const graph = customCnn({ imageSize: size });

/** Losses of ten augmented steps, and the weights after them. */
async function trained(device: string, precision: Precision) {
  const network = new Network(graph, initialWeights(graph, 1), { device, precision });
  const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
  const steps = openSteps(network, optimizer, { classWeights: [2, 1] });
  const augmenter = new Augmenter(augmentations.exposure, 1);
  const reads = [];
  for (let step = 0; step < 10; step++) {
    const x = inArena(() =>
      scaleImages(augmenter.apply(gatherImages(images, indices, device)), {
        title: "",
        multiply: [1 / 255, 1 / 255, 1 / 255],
        add: [0, 0, 0],
      }),
    );
    reads.push(
      await steps.update(
        x,
        indices.map((i) => i % 2),
        wholeBatch(count),
        1e-3,
      ),
    );
    x.dispose();
  }
  const losses = reads.map((read) => read().loss);
  const weights = network.parameters.toWeightMap();
  network.dispose();
  optimizer.dispose();
  return { losses, weights };
}

test("augmented training on a GPU follows the processor's, step by step", { skip }, async (context) => {
  const [here, there] = [await trained("cpu", "float32"), await trained(testDevice, "float32")];
  const differences = there.losses.map((loss, i) => Math.abs(loss / (here.losses[i] as number) - 1));
  context.diagnostic(differences.map((difference) => difference.toExponential(1)).join(" "));
  assert.ok(Math.max(...differences.slice(0, 3)) < 1e-4);
  assert.ok(Math.max(...differences) < 2e-2); // ten steps of Adam blow rounding up
});

test("bfloat16 on a GPU is as near to float32 as the format allows", { skip }, async () => {
  const [exact, small] = [await trained(testDevice, "float32"), await trained(testDevice, "bfloat16")];
  for (const [i, loss] of small.losses.slice(0, 3).entries()) {
    assert.ok(Math.abs(loss / (exact.losses[i] as number) - 1) < 5e-2, `step ${i}`);
  }
});

test("two trainings on a GPU end with the same bits", { skip }, async () => {
  assert.deepEqual(await trained(testDevice, "float32"), await trained(testDevice, "float32"));
});

test("values arrive whole, however many are on their way", { skip }, () => {
  const reads = noGrad(() =>
    inArena(() =>
      Array.from({ length: 200 }, (_, i) => {
        const sent = Tensor.fromArray(new Float32Array(10_000).fill(i), [10_000], testDevice);
        return beginRead(ops.meanDim(sent, [0]));
      }),
    ),
  );
  for (const [i, read] of reads.entries()) assert.equal(read()[0], i);
});

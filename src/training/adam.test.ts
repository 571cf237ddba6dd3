import assert from "node:assert/strict";
import { test } from "node:test";
import { initialWeights } from "../model/initial-weights.js";
import { mobileNet } from "../model/zoo/mobilenet.js";
import { inArena } from "../tensor/arena.js";
import { engineInfo, seedEngine } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { Adam } from "./adam.js";
import { Network } from "./network.js";
import { trainStep } from "./train-step.js";

const graph = mobileNet({ imageSize: 32, alpha: 0.25 });

/** Its weights after five steps. */
function trained(kernels: "fused" | "plain"): readonly Float32Array[] {
  const network = new Network(graph, initialWeights(graph, 1), { precision: "float64" });
  const optimizer = new Adam(
    network.parameters.trainable.map(({ tensor }) => tensor),
    { kernels },
  );
  seedEngine(1);
  for (let step = 0; step < 5; step++) {
    inArena(() => {
      const images = ops.toDtype(ops.rand([4, 3, 32, 32]), "float64");
      trainStep(network, optimizer, images, Int32Array.of(0, 1, 1, 1), { classWeights: [2, 1] }, 1e-3);
    });
  }
  const weights = network.parameters.trainable.map(({ tensor }) => tensor.toFloat32());
  network.dispose();
  optimizer.dispose();
  return weights;
}

const [major = 0, minor = 0] = engineInfo().version.split(".").map(Number);
const hasFusedKernel = major > 2 || (major === 2 && minor >= 4);

test("one kernel for all weights moves them as one after the other", {
  skip: hasFusedKernel ? false : `libtorch ${engineInfo().version} has it for GPUs alone`,
}, () => {
  const plain = trained("plain");
  for (const [i, weights] of trained("fused").entries()) {
    const expected = plain[i] as Float32Array;
    const difference = weights.reduce((most, value, k) => Math.max(most, Math.abs(value - (expected[k] as number))), 0);
    assert.ok(difference < 1e-7, `weight ${i}: ${difference}`);
  }
});

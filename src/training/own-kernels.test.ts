// Whole networks in training with the addon's kernels against libtorch's operators: the same loss, the same gradients,
// the same moving statistics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { initialWeights } from "../model/initial-weights.js";
import type { ModelGraph } from "../model/model-graph.js";
import { efficientNetB0 } from "../model/zoo/efficientnet.js";
import { mobileNet } from "../model/zoo/mobilenet.js";
import { inArena } from "../tensor/arena.js";
import { seedEngine } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { gradients } from "../tensor/tensor.js";
import { Network, type NetworkOptions } from "./network.js";

const imageSize = 96;

/** Loss, gradients of all parameters and moving statistics after one pass, one array each, by name. */
function trainingPass(graph: ModelGraph, options: NetworkOptions, seed = 1): Map<string, Float32Array> {
  const network = new Network(graph, initialWeights(graph, seed), options);
  const { trainable } = network.parameters;
  const results = new Map<string, Float32Array>();
  inArena(() => {
    seedEngine(6 + seed);
    const image = ops.rand([4, 3, imageSize, imageSize]);
    const x = ops.toDtype(image, options.precision === "float64" ? "float64" : "float32");
    seedEngine(8); // of dropouts
    const loss = ops.sum(network.logits(x, "training"));
    results.set("loss", loss.toFloat32());
    const found = gradients(
      loss,
      trainable.map(({ tensor }) => tensor),
    );
    for (const [i, tensor] of found.entries()) results.set(`gradient ${i}`, tensor.toFloat32());
  });
  for (const [layer, weights] of network.parameters.toWeightMap()) {
    const moving = weights.get("moving_variance");
    if (moving !== undefined) results.set(`${layer}/moving_variance`, moving.data);
  }
  network.dispose();
  return results;
}

const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

for (const [name, graph] of [
  ["MobileNet", mobileNet({ imageSize, alpha: 0.25 })],
  ["EfficientNetB0", efficientNetB0({ imageSize })],
] as const) {
  test(`${name}: own kernels are as near to double precision as libtorch's operators`, (context) => {
    /** Of a value's own size; gradients that should be zero are rounding noise beside the largest one. */
    const worst = (exact: Map<string, Float32Array>, results: Map<string, Float32Array>) => {
      const largest = Math.max(...[...exact].filter(([key]) => key.startsWith("gradient")).map(([, v]) => norm(v)));
      assert.deepEqual([...results.keys()], [...exact.keys()]);
      const differences = [...exact].map(([key, expected]) => {
        const values = results.get(key) as Float32Array;
        return (
          norm(expected.map((value, i) => value - (values[i] as number))) / Math.max(norm(expected), largest * 1e-3)
        );
      });
      return Math.max(...differences);
    };
    const worsts = [1, 2, 3].map((seed) => {
      const exact = trainingPass(graph, { precision: "float64" }, seed);
      return (["own", "plain"] as const).map((kernels) => worst(exact, trainingPass(graph, { kernels }, seed)));
    });
    // One rounding that puts one value on the other side of a ReLU's kink moves some gradients by up to a tenth: which
    // images meet that differs from one libtorch to the next, so the middle one of three speaks.
    const middle = (i: number) => worsts.map((pair) => pair[i] as number).sort((a, b) => a - b)[1] as number;
    const [own, plain] = [middle(0), middle(1)];
    context.diagnostic(`own ${own.toExponential(1)}, plain ${plain.toExponential(1)}`);
    assert.ok(own < 2e-3);
    assert.ok(own < 2 * plain + 1e-4);
  });

  test(`${name}: two passes give the same bits`, () =>
    assert.deepEqual(trainingPass(graph, {}), trainingPass(graph, {})));
}

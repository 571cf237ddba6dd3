// The engine against real Keras: the same file, the same input, the same output. Every layer of the vocabulary is in
// the small models; the large ones are by others.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  kerasArchives,
  kerasGoldenModels,
  readArchiveGolden,
  readKerasGolden,
} from "../../test/support/keras-golden.js";
import { golden, realData, withoutRealData } from "../../test/support/paths.js";
import { testDevice } from "../../test/support/test-device.js";
import { readKerasModel } from "../interchange/keras-h5/read-keras-model.js";
import { permuted } from "../interchange/onnx/permuted.js";
import { readModelFile } from "../interchange/read-model-file.js";
import { activationNames } from "../model/layer-configs/activation.js";
import { type Activation, layerClassNames } from "../model/layers.js";
import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import { product } from "../model/shapes.js";
import type { HostTensor, WeightMap } from "../model/weights.js";
import { inArena } from "../tensor/arena.js";
import { noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";
import { Network } from "./network.js";

/** For outputs in float32, of the largest one where that is above 1. */
const tolerance = 1e-5;

/** The largest difference; as a share of the largest expected value where that is above 1. */
function largestDifference(
  graph: ModelGraph,
  weights: WeightMap,
  input: HostTensor,
  expected: readonly number[] | Float32Array,
): number {
  const network = new Network(graph, weights, { device: testDevice });
  try {
    const output = noGrad(() =>
      inArena(() => {
        const x = ops.permute(Tensor.fromArray(input.data, input.shape, testDevice), [0, 3, 1, 2]); // NHWC -> NCHW
        return network.predict(x);
      }),
    );
    assert.equal(output.length, expected.length);
    const scale = Math.max(1, ...Array.from(expected, Math.abs));
    return Math.max(...output.map((value, index) => Math.abs(value - (expected[index] ?? Number.NaN)))) / scale;
  } finally {
    network.dispose();
  }
}

for (const name of kerasGoldenModels) {
  test(`${name}: outputs equal Keras'`, async (context) => {
    const { path, input, output } = readKerasGolden(name);
    const { graph, weights } = await readKerasModel(path);
    const expected = output.shape.length === 4 ? permuted(output, [0, 3, 1, 2]) : output; // NHWC -> NCHW
    const difference = largestDifference(graph, weights, input, expected.data);
    context.diagnostic(`largest difference ${difference.toExponential(1)}`);
    assert.ok(difference <= tolerance);
  });
}

for (const name of kerasArchives) {
  test(`${name}.keras: outputs equal Keras'`, async (context) => {
    const { path, input, output } = readArchiveGolden(name);
    const { graph, weights } = await readModelFile(path);
    const difference = largestDifference(graph, weights, input, output.data);
    context.diagnostic(`largest difference ${difference.toExponential(1)}`);
    assert.ok(difference <= tolerance);
  });
}

test("the golden models hold every layer class and activation there is", async () => {
  const used = new Set<LayerNode["className"]>();
  const activations = new Set<Activation>();
  const files = [
    ...kerasGoldenModels.map((name) => readKerasGolden(name)),
    ...kerasArchives.map((name) => readArchiveGolden(name)),
  ];
  for (const { path } of files) {
    const { graph } = await readModelFile(path);
    for (const node of graph.nodes) {
      used.add(node.className);
      if (node.className === "Activation") activations.add(node.config.activation);
    }
  }
  assert.deepEqual([...used].sort(), [...layerClassNames].sort());
  assert.deepEqual([...activations].sort(), [...activationNames].sort());
});

const samples = JSON.parse(readFileSync(golden("keras", "samples.json"), "utf8")) as Record<
  string,
  { readonly output: readonly number[] }
>;

for (const [file, { output }] of Object.entries(samples)) {
  test(`${file}: outputs equal Keras'`, { skip: withoutRealData("keras_samples") }, async (context) => {
    const { graph, weights } = await readKerasModel(realData("keras_samples", file));
    const [first] = graph.nodes;
    assert.ok(first?.className === "InputLayer");
    const shape = [2, ...first.config.shape];
    // Value number i is ((i * 2654435761) mod 2^32) / 2^32, as in test/golden/make/keras_samples.py.
    const data = Float32Array.from({ length: product(shape) }, (_, i) => (Math.imul(i, 2654435761) >>> 0) / 2 ** 32);
    const difference = largestDifference(graph, weights, { shape, data }, output);
    context.diagnostic(`largest difference ${difference.toExponential(1)}`);
    assert.ok(difference <= tolerance);
  });
}

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
import { readKerasModel } from "../interchange/keras-h5/read-keras-model.js";
import { readModelFile } from "../interchange/read-model-file.js";
import { layerClassNames } from "../model/layers.js";
import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import { product } from "../model/shapes.js";
import type { HostTensor, WeightMap } from "../model/weights.js";
import { inArena } from "../tensor/arena.js";
import { noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";
import { Network } from "./network.js";

/** The bound for outputs in float32. */
const tolerance = 1e-5;

function largestDifference(
  graph: ModelGraph,
  weights: WeightMap,
  input: HostTensor,
  expected: ArrayLike<number>,
): number {
  const network = new Network(graph, weights);
  try {
    const output = noGrad(() =>
      inArena(() => {
        const x = ops.permute(Tensor.fromArray(input.data, input.shape), [0, 3, 1, 2]); // NHWC -> NCHW
        return network.predict(x);
      }),
    );
    assert.equal(output.length, expected.length);
    return Math.max(...output.map((value, index) => Math.abs(value - (expected[index] ?? Number.NaN))));
  } finally {
    network.dispose();
  }
}

for (const name of kerasGoldenModels) {
  test(`${name}: outputs equal Keras'`, async (context) => {
    const { path, input, output } = readKerasGolden(name);
    const { graph, weights } = await readKerasModel(path);
    const difference = largestDifference(graph, weights, input, output.data);
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

test("the golden models hold every layer class there is", async () => {
  const models = await Promise.all(kerasGoldenModels.map((name) => readKerasModel(readKerasGolden(name).path)));
  const used = new Set(models.flatMap(({ graph }) => graph.nodes.map((node: LayerNode) => node.className)));
  assert.deepEqual([...used].sort(), [...layerClassNames].sort());
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

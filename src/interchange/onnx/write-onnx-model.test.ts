// Against ONNX Runtime: what it computes from our bytes is what real Keras and our own engine compute.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kerasGoldenModels, readKerasGolden } from "../../../test/support/keras-golden.js";
import { livelyWeights } from "../../../test/support/lively-weights.js";
import { onnxOutputs } from "../../../test/support/onnx-outputs.js";
import { oneOfEachFamily, smallImageSize } from "../../../test/support/zoo-families.js";
import { Random } from "../../core/random.js";
import { foldNormalization } from "../../model/fold-normalization.js";
import type { LayerSpec } from "../../model/layers.js";
import type { LayerNode, ModelGraph } from "../../model/model-graph.js";
import { inferShapes, product } from "../../model/shapes.js";
import type { HostTensor, WeightMap } from "../../model/weights.js";
import { inArena } from "../../tensor/arena.js";
import { Tensor } from "../../tensor/tensor.js";
import { Network } from "../../training/network.js";
import { readKerasModel } from "../keras-h5/read-keras-model.js";
import { permuted } from "./permuted.js";
import { writeOnnxModel } from "./write-onnx-model.js";

/** Two engines sum float32 products in different orders; outputs are of the order of 1. */
const tolerance = 1e-4;

const largestDifference = (a: Float32Array, b: Float32Array): number => {
  assert.equal(a.length, b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
};

const channelsFirst = (images: HostTensor): HostTensor => permuted(images, [0, 3, 1, 2]);

function engineOutputs(graph: ModelGraph, weights: WeightMap, { data, shape }: HostTensor): Float32Array {
  const network = new Network(graph, weights);
  const outputs = inArena(() => network.predict(Tensor.fromArray(data, shape)));
  network.dispose();
  return outputs;
}

for (const name of kerasGoldenModels) {
  test(`${name}: as Keras computes it, plain and folded`, async () => {
    const { path, input, output } = readKerasGolden(name);
    const { graph, weights } = await readKerasModel(path);
    const expected = output.shape.length === 4 ? channelsFirst(output) : output;
    for (const model of [{ graph, weights }, foldNormalization(graph, weights)]) {
      const found = await onnxOutputs(writeOnnxModel(model.graph, model.weights), channelsFirst(input));
      assert.deepEqual(found.shape, expected.shape);
      const scale = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      assert.ok(largestDifference(found.data, expected.data) <= tolerance * scale);
    }
  });
}

for (const entry of oneOfEachFamily) {
  test(`${entry.id}: as the training engine computes it, plain and folded`, async (context) => {
    const imageSize = smallImageSize(entry);
    const graph = withoutSigmoid(entry.build({ imageSize }));
    const weights = livelyWeights(graph, 1);
    const random = Random.of("onnx", entry.id);
    const shape = [2, 3, imageSize, imageSize];
    const images = { shape, data: Float32Array.from({ length: product(shape) }, () => random.uniform(-1, 1)) };
    const expected = engineOutputs(graph, weights, images);
    const folded = foldNormalization(graph, weights);
    const differences = [];
    for (const model of [{ graph, weights }, folded]) {
      const found = await onnxOutputs(writeOnnxModel(model.graph, model.weights), images);
      differences.push(largestDifference(found.data, expected));
    }
    const scale = Math.max(1, ...expected.map(Math.abs));
    context.diagnostic(
      `logits to ${scale.toFixed(2)}, differences ${differences.map((d) => d.toExponential(1)).join(", ")}`,
    );
    assert.ok(Math.max(...differences) <= tolerance * scale);
  });
}

/** The model's logits: a sigmoid of large ones would hide differences. */
const withoutSigmoid = (graph: ModelGraph): ModelGraph => ({
  ...graph,
  nodes: graph.nodes.map((node) =>
    node.className === "Dense" && node.name === graph.output
      ? { ...node, config: { ...node.config, activation: "linear" } }
      : node,
  ),
});

const chain = (shape: [number, number, number], ...layers: LayerSpec[]): ModelGraph => {
  const nodes: LayerNode[] = [
    { className: "InputLayer", config: { shape }, name: "in", inputs: [], trainable: true },
    ...layers.map(
      (layer, i): LayerNode => ({ ...layer, name: `l${i}`, inputs: [i === 0 ? "in" : `l${i - 1}`], trainable: true }),
    ),
  ];
  return { name: "chain", nodes, output: nodes.at(-1)?.name ?? "" };
};

const pooling = { poolSize: [3, 2], strides: [2, 2], padding: "same" } as const;

/** Settings that the Keras files do not hold; each stands alone so that a difference says where it is. */
const layers: readonly LayerSpec[] = [
  { className: "MaxPooling2D", config: pooling },
  { className: "AveragePooling2D", config: pooling },
  { className: "GlobalMaxPooling2D", config: { keepdims: true } },
  { className: "Reshape", config: { targetShape: [2, -1, 5] } },
  { className: "Reshape", config: { targetShape: [-1] } },
  { className: "ReLU", config: { maxValue: 0.5 } },
  { className: "Rescaling", config: { scale: 2, offset: [1, 2, 3, 4, 5] } },
  { className: "Normalization", config: { mean: [1, 2, 3, 4, 5], variance: [5, 4, 3, 2, 1] } },
  ...(["linear", "relu", "relu6", "sigmoid", "swish", "softmax"] as const).flatMap((activation): LayerSpec[] => [
    { className: "Activation", config: { activation } },
    {
      className: "Conv2D",
      config: { filters: 4, kernelSize: [3, 3], strides: [2, 2], padding: "same", activation, useBias: true },
    },
    {
      className: "DepthwiseConv2D",
      config: { kernelSize: [3, 2], strides: [1, 1], padding: "same", depthMultiplier: 2, activation, useBias: false },
    },
  ]),
];

test("zeros around negative values win in a pooling behind them", async () => {
  const padding: LayerSpec = {
    className: "ZeroPadding2D",
    config: {
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  };
  const graph = chain([3, 3, 1], padding, {
    className: "MaxPooling2D",
    config: { poolSize: [2, 2], strides: [2, 2], padding: "valid" },
  });
  const images = { shape: [1, 1, 3, 3], data: new Float32Array(9).fill(-1) };
  const { data } = await onnxOutputs(writeOnnxModel(graph, new Map()), images);
  assert.deepEqual([...data], [0, 0, 0, -1]);
});

test("each setting of a layer alone", async () => {
  const random = Random.of("onnx layers");
  const images = { shape: [3, 5, 6, 7], data: Float32Array.from({ length: 630 }, () => random.uniform(-3, 3)) };
  for (const layer of layers) {
    const graph = chain([6, 7, 5], layer);
    const weights = livelyWeights(graph, 2);
    const found = await onnxOutputs(writeOnnxModel(graph, weights), images);
    const what = JSON.stringify(layer);
    assert.deepEqual(found.shape.slice(1).sort(), [...(inferShapes(graph).get("l0") ?? [])].sort(), what);
    assert.ok(largestDifference(found.data, engineOutputs(graph, weights, images)) <= tolerance, what);
  }
});

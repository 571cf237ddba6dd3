// By hand here; that folded models compute what real Keras computes is in write-onnx-model.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { foldNormalization } from "./fold-normalization.js";
import type { LayerSpec } from "./layers.js";
import type { LayerNode, ModelGraph } from "./model-graph.js";
import { weightSpecsOf } from "./shapes.js";
import type { WeightMap } from "./weights.js";

const convolution: LayerSpec = {
  className: "Conv2D",
  config: { filters: 2, kernelSize: [1, 1], strides: [1, 1], padding: "same", activation: "linear", useBias: true },
};
const normalization: LayerSpec = {
  className: "BatchNormalization",
  config: { momentum: 0.99, epsilon: 0.5, center: true, scale: true },
};
const relu6: LayerSpec = { className: "ReLU", config: { maxValue: 6 } };
const sum: LayerSpec = { className: "Add", config: {} };

function graphOf(...layers: readonly (readonly [string, LayerSpec, ...string[]])[]): ModelGraph {
  const nodes = layers.map(([name, layer, ...inputs]): LayerNode => ({ ...layer, name, inputs, trainable: false }));
  const input: LayerNode = {
    className: "InputLayer",
    config: { shape: [2, 2, 1] },
    name: "in",
    inputs: [],
    trainable: false,
  };
  return { name: "test", nodes: [input, ...nodes], output: layers.at(-1)?.[0] ?? "in" };
}

const tensors = (values: Readonly<Record<string, readonly number[]>>, kernelShape: readonly number[] = []) =>
  new Map(
    Object.entries(values).map(([name, data]) => [
      name,
      { shape: name === "kernel" ? kernelShape : [data.length], data: Float32Array.from(data) },
    ]),
  );

const weights: WeightMap = new Map([
  ["conv", tensors({ kernel: [2, 3], bias: [1, -1] }, [1, 1, 1, 2])],
  ["norm", tensors({ gamma: [3, 8], beta: [10, 20], moving_mean: [5, 7], moving_variance: [3.5, 15.5] })],
]);

test("convolution, normalization and activation become one layer", () => {
  const graph = graphOf(["conv", convolution, "in"], ["norm", normalization, "conv"], ["relu", relu6, "norm"]);
  const folded = foldNormalization(graph, weights);
  assert.deepEqual(
    folded.graph.nodes.map(({ name }) => name),
    ["in", "conv"],
  );
  assert.equal(folded.graph.output, "conv");
  const [, conv] = folded.graph.nodes;
  assert.ok(conv?.className === "Conv2D" && conv.config.activation === "relu6");
  // gamma / sqrt(variance + epsilon) is 1.5 and 2; the biases are (1 - 5) * 1.5 + 10 and (-1 - 7) * 2 + 20.
  assert.deepEqual(folded.weights, new Map([["conv", tensors({ kernel: [3, 6], bias: [4, 4] }, [1, 1, 1, 2])]]));
  assert.deepEqual([...weightSpecsOf(folded.graph).keys()], ["conv"]);
});

test("a value that somebody else reads is not folded away", () => {
  const shared = graphOf(["conv", convolution, "in"], ["norm", normalization, "conv"], ["sum", sum, "conv", "norm"]);
  assert.deepEqual(foldNormalization(shared, weights), { graph: shared, weights });
  const isOutput = { ...graphOf(["conv", convolution, "in"], ["norm", normalization, "conv"]), output: "conv" };
  assert.equal(foldNormalization(isOutput, weights).graph.nodes.length, 3);
});

test("a normalization behind an activation, or behind no convolution, stays", () => {
  const graph = graphOf(["conv", convolution, "in"], ["relu", relu6, "conv"], ["norm", normalization, "relu"]);
  const folded = foldNormalization(graph, weights);
  assert.deepEqual(
    folded.graph.nodes.map(({ name, inputs }) => [name, ...inputs]),
    [["in"], ["conv", "in"], ["norm", "conv"]],
  );
  assert.deepEqual(folded.weights, weights);
});

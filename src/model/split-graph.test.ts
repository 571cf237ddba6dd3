import assert from "node:assert/strict";
import { test } from "node:test";
import type { LayerSpec } from "./layers.js";
import type { LayerNode, ModelGraph } from "./model-graph.js";
import { product, weightSpecsOf } from "./shapes.js";
import { type SplitGraph, splitGraph } from "./split-graph.js";
import { withTrainablePart } from "./trainable-part.js";
import { zoo } from "./zoo/registry.js";

const convolution: LayerSpec = {
  className: "Conv2D",
  config: { filters: 4, kernelSize: [1, 1], strides: [1, 1], padding: "same", activation: "linear", useBias: true },
};
const relu: LayerSpec = { className: "ReLU", config: { maxValue: null } };
const sum: LayerSpec = { className: "Add", config: {} };

/** [name, layer, inputs] each; the input is "in". */
function graphOf(...layers: readonly (readonly [string, LayerSpec, ...string[]])[]): ModelGraph {
  const input: LayerNode = {
    className: "InputLayer",
    config: { shape: [8, 8, 4] },
    name: "in",
    inputs: [],
    trainable: true,
  };
  const nodes = layers.map(([name, layer, ...inputs]): LayerNode => ({ ...layer, name, inputs, trainable: true }));
  return { name: "test", nodes: [input, ...nodes], output: layers.at(-1)?.[0] ?? "in" };
}

const splitFrom = (graph: ModelGraph, layer: string) =>
  splitGraph(withTrainablePart(graph, { kind: "from", layer }, null));
const cutOf = (split: SplitGraph | null) => split?.prefix.output ?? null;

const residual = graphOf(
  ["a", convolution, "in"],
  ["b", convolution, "a"],
  ["b_relu", relu, "b"],
  ["c", convolution, "b_relu"],
  ["sum", sum, "a", "c"],
  ["end", convolution, "sum"],
);

test("the cut stands right before the first layer that learns, and never inside a skip connection", () => {
  assert.equal(cutOf(splitFrom(residual, "end")), "sum");
  assert.equal(cutOf(splitFrom(residual, "sum")), "sum", "an addition learns nothing");
  assert.equal(cutOf(splitFrom(residual, "c")), "a", "a is read behind c as well");
  assert.equal(cutOf(splitFrom(residual, "b")), "a");
  assert.equal(splitFrom(residual, "a"), null);
});

test("what has no weights is computed with the frozen layers, except Dropout", () => {
  const graph = graphOf(
    ["a", convolution, "in"],
    ["relu", relu, "a"],
    ["drop", { className: "Dropout", config: { rate: 0.5, noiseShape: "values" } }, "relu"],
    ["b", convolution, "drop"],
  );
  assert.equal(cutOf(splitFrom(graph, "relu")), "relu");
  assert.equal(cutOf(splitFrom(graph, "b")), "drop", "frozen, it passes its input on");
});

test("a model that learns nothing is cut before its output", () => {
  const frozen = { ...residual, nodes: residual.nodes.map((node) => ({ ...node, trainable: false })) };
  assert.equal(cutOf(splitGraph(frozen)), "sum");
});

test("every frozen layer behind the first that learns stays in the suffix", () => {
  const nodes = residual.nodes.map((node) => ({ ...node, trainable: node.name === "b" }));
  const split = splitGraph({ ...residual, nodes });
  assert.deepEqual(
    split?.suffix.map(({ name }) => name),
    ["b", "b_relu", "c", "sum", "end"],
  );
});

for (const entry of zoo) {
  test(`${entry.id}: both parts together are the model, for each protocol's frozen layers`, () => {
    for (const { trainable } of Object.values(entry.transfer)) {
      const graph = withTrainablePart(entry.build(), trainable, entry.firstHeadLayer);
      const split = splitGraph(graph);
      assert.equal(split === null, trainable.kind === "all");
      if (split === null) continue;
      assert.deepEqual([...split.prefix.nodes, ...split.suffix], graph.nodes);
      const ofPrefix = [...weightSpecsOf(split.prefix).values()].flat();
      assert.ok(ofPrefix.every((spec) => !spec.trainable));
      const count = (specs: typeof ofPrefix) => specs.reduce((total, { shape }) => total + product(shape), 0);
      const all = weightSpecsOf(graph);
      const ofSuffix = split.suffix.flatMap(({ name }) => all.get(name) ?? []);
      assert.equal(count(ofPrefix) + count(ofSuffix), count([...all.values()].flat()));
      const known = new Set([split.prefix.output, ...split.suffix.map(({ name }) => name)]);
      assert.ok(split.suffix.every(({ inputs }) => inputs.every((name) => known.has(name))));
    }
  });
}

// Frozen layers in training: no gradients, no new moving statistics, inference behaviour; and what a forward pass keeps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formulaImage } from "../../test/support/formula-weights.js";
import { initialWeights } from "../model/initial-weights.js";
import type { ModelGraph } from "../model/model-graph.js";
import { withTrainablePart } from "../model/trainable-part.js";
import { findModel } from "../model/zoo/registry.js";
import { inArena } from "../tensor/arena.js";
import { liveTensors, seedEngine } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { gradients, Tensor } from "../tensor/tensor.js";
import { Network } from "./network.js";

const size = 64;
const images = (): Tensor => {
  const pixels = [0, 1, 2, 3].flatMap((sample) => [...formulaImage(sample, size)].map((value) => value / 127.5 - 1));
  return Tensor.fromArray(Float32Array.from(pixels), [4, 1, size, size]);
};

test("MobileNet's last five layers learn: gradients for them alone, moving statistics of the others stay", () => {
  const entry = findModel("mobilenet");
  const graph = withTrainablePart(entry.build({ imageSize: size }), { kind: "last", layers: 5 }, entry.firstHeadLayer);
  const network = new Network(graph, initialWeights(graph, 1));
  assert.deepEqual(
    network.parameters.trainable.map(({ layer, name }) => `${layer}/${name}`),
    ["conv_pw_13_bn/gamma", "conv_pw_13_bn/beta", "dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"],
  );
  const before = network.parameters.toWeightMap();
  const largest = inArena(() => {
    const loss = ops.sum(network.logits(images(), "training"));
    return gradients(
      loss,
      network.parameters.trainable.map(({ tensor }) => tensor),
    ).map((gradient) => ops.amax(ops.abs(gradient)).item());
  });
  assert.ok(largest.every((value) => value > 0));
  const moved = [...network.parameters.toWeightMap()].flatMap(([layer, weights]) =>
    [...weights]
      .filter(([name, { data }]) => data.some((v, i) => v !== before.get(layer)?.get(name)?.data[i]))
      .map(([name]) => `${layer}/${name}`),
  );
  assert.deepEqual(moved, ["conv_pw_13_bn/moving_mean", "conv_pw_13_bn/moving_variance"]);
  network.dispose();
});

test("a wholly frozen model computes in training what it computes in inference", () => {
  for (const id of ["mobilenet", "efficientnetb0"]) {
    const entry = findModel(id);
    const built = entry.build({ imageSize: size });
    const graph: ModelGraph = { ...built, nodes: built.nodes.map((node) => ({ ...node, trainable: false })) };
    const network = new Network(graph, initialWeights(graph, 2));
    const outputs = (["training", "inference"] as const).map((mode) =>
      inArena(() => network.forward(images(), mode).toFloat32()),
    );
    assert.deepEqual(outputs[0], outputs[1], id);
    network.dispose();
  }
});

test("a dropout over samples keeps or drops each one whole, and scales what it keeps", () => {
  const graph: ModelGraph = {
    name: "drop",
    output: "drop",
    nodes: [
      { className: "InputLayer", config: { shape: [2, 2, 3] }, name: "in", inputs: [], trainable: true },
      {
        className: "Dropout",
        config: { rate: 0.25, noiseShape: "samples" },
        name: "drop",
        inputs: ["in"],
        trainable: true,
      },
    ],
  };
  seedEngine(5);
  const network = new Network(graph, new Map());
  const count = 400;
  const ones = () => Tensor.fromArray(new Float32Array(count * 12).fill(1), [count, 3, 2, 2]);
  const values = inArena(() => network.forward(ones(), "training").toFloat32());
  const samples = Array.from({ length: count }, (_, i) => new Set(values.subarray(12 * i, 12 * i + 12)));
  assert.ok(samples.every((sample) => sample.size === 1));
  const kept = samples.filter((sample) => sample.has(Math.fround(1 / 0.75))).length;
  assert.equal(kept + samples.filter((sample) => sample.has(0)).length, count);
  // Binomial(400, 0.75): six standard deviations are 52.
  assert.ok(Math.abs(kept - 300) < 52);
  assert.ok(inArena(() => network.forward(ones(), "inference").toFloat32()).every((value) => value === 1));
});

test("a forward pass leaves no layer's value behind but the last", () => {
  const graph = findModel("densenet121").build({ imageSize: size });
  const network = new Network(graph, initialWeights(graph, 3));
  inArena(() => {
    const x = images();
    const before = liveTensors();
    network.forward(x, "inference");
    // The logits and the output.
    assert.equal(liveTensors() - before, 2);
    assert.equal(x.shape[0], 4);
  });
  network.dispose();
});

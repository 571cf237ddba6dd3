// The closed form against libtorch's automatic differentiation: every model of the registry, and every kind of layer
// that may stand behind the target. Keras' word is in src/training/keras-grad-cam.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { heatmapsByAutograd, heatmapsByOnnx } from "../../../test/support/grad-cam.js";
import { livelyWeights } from "../../../test/support/lively-weights.js";
import { oneOfEachFamily, smallImageSize } from "../../../test/support/zoo-families.js";
import { Random } from "../../core/random.js";
import { foldNormalization } from "../../model/fold-normalization.js";
import { gradCamLayerOf } from "../../model/grad-cam-layer.js";
import type { Activation, LayerSpec } from "../../model/layers.js";
import type { LayerNode, ModelGraph } from "../../model/model-graph.js";
import { product } from "../../model/shapes.js";
import type { HostTensor } from "../../model/weights.js";
import { zoo } from "../../model/zoo/registry.js";

/**
 * Maps are 0..1. The reference is float64; float32 carries about 1e-6 through a hundred layers, and a map's maximum may be
 * a difference of larger sums (positive and negative channels).
 */
const tolerance = 1e-4;

const largestDifference = (a: HostTensor, b: HostTensor): number => {
  assert.deepEqual(a.shape, b.shape);
  return a.data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b.data[i] as number))), 0);
};

const randomImages = (shape: readonly number[], seed: string): HostTensor => {
  const random = Random.of("grad-cam", seed);
  return { shape, data: Float32Array.from({ length: product(shape) }, () => random.uniform(-1, 1)) };
};

for (const entry of oneOfEachFamily) {
  for (const protocol of ["sound", "study"] as const) {
    if (protocol === "study" && entry.id !== "chexnet") continue; // the others' graphs are the same
    test(`${entry.id}, ${protocol}: as libtorch differentiates it, plain and folded`, async (context) => {
      const imageSize = smallImageSize(entry, 96); // the last stage has several positions
      const graph = entry.build({ imageSize, protocol });
      const weights = livelyWeights(graph, 1);
      const images = randomImages([3, 3, imageSize, imageSize], entry.id);
      const target = gradCamLayerOf(graph) as string;
      const expected = heatmapsByAutograd({ graph, weights }, target, images);
      assert.ok(expected.data.some((value) => value > 0 && value < 1));
      const differences = [];
      for (const model of [{ graph, weights }, foldNormalization(graph, weights)]) {
        const found = await heatmapsByOnnx(model, gradCamLayerOf(model.graph) as string, images);
        differences.push(largestDifference(found as HostTensor, expected));
      }
      context.diagnostic(`${target} [${expected.shape}]: ${differences.map((d) => d.toExponential(1)).join(", ")}`);
      assert.ok(Math.max(...differences) <= tolerance);
    });
  }
}

const conv: LayerSpec = {
  className: "Conv2D",
  config: { filters: 6, kernelSize: [3, 3], strides: [1, 1], padding: "same", activation: "relu", useBias: true },
};
const normalization = (scale = true): LayerSpec => ({
  className: "BatchNormalization",
  config: { momentum: 0.9, epsilon: 1e-3, center: true, scale },
});
const dense = (units: number, activation: Activation): LayerSpec => ({
  className: "Dense",
  config: { units, activation, useBias: true },
});
const activation = (kind: Activation): LayerSpec => ({ className: "Activation", config: { activation: kind } });
const flatten: LayerSpec = { className: "Flatten", config: {} };
const pooling = (className: "MaxPooling2D" | "AveragePooling2D", padding: "same" | "valid"): LayerSpec => ({
  className,
  config: { poolSize: [3, 2], strides: [2, 1], padding },
});
const globalPooling = (className: "GlobalAveragePooling2D" | "GlobalMaxPooling2D"): LayerSpec => ({
  className,
  config: { keepdims: false },
});
const dropout: LayerSpec = { className: "Dropout", config: { rate: 0.5, noiseShape: "values" } };

/** A convolution and what stands behind it. */
const chain = (...behind: LayerSpec[]): ModelGraph => {
  const nodes: LayerNode[] = [
    { className: "InputLayer", config: { shape: [7, 6, 3] }, name: "in", inputs: [], trainable: true },
  ];
  for (const [i, layer] of [conv, ...behind].entries())
    nodes.push({ ...layer, name: `l${i}`, inputs: [nodes.at(-1)?.name ?? ""], trainable: true });
  return { name: "chain", nodes, output: nodes.at(-1)?.name ?? "" };
};

const output = dense(1, "sigmoid");
const heads: Readonly<Record<string, readonly LayerSpec[]>> = {
  "flatten, which Keras does channels-last": [flatten, dense(5, "relu"), output],
  "every activation of dense layers": [
    flatten,
    ...(["linear", "relu", "relu6", "sigmoid", "swish", "tanh", "elu", "leaky_relu"] as const).map((kind) =>
      dense(9, kind),
    ),
    output,
  ],
  "activations by themselves, on maps and flat": [
    activation("swish"),
    activation("sigmoid"),
    globalPooling("GlobalAveragePooling2D"),
    activation("relu6"),
    { className: "ReLU", config: { maxValue: 0.7 } },
    output,
  ],
  "leaks, and layers that act in training alone": [
    { className: "LeakyReLU", config: { negativeSlope: 0.3 } },
    { className: "SpatialDropout2D", config: { rate: 0.5 } },
    { className: "RandomFlip", config: { settings: {} } },
    activation("tanh"),
    flatten,
    { className: "GaussianNoise", config: { stddev: 0.5 } },
    output,
  ],
  "max pooling with windows that overlap": [pooling("MaxPooling2D", "same"), flatten, output],
  "average pooling at borders": [pooling("AveragePooling2D", "same"), flatten, output],
  "two poolings and a ReLU behind them": [
    normalization(),
    pooling("MaxPooling2D", "valid"),
    dropout,
    pooling("AveragePooling2D", "valid"),
    { className: "ReLU", config: { maxValue: null } },
    globalPooling("GlobalAveragePooling2D"),
    output,
  ],
  "global maximum": [globalPooling("GlobalMaxPooling2D"), dense(4, "relu"), output],
  "normalizations without gamma, and flat": [normalization(false), flatten, dense(8, "relu"), normalization(), output],
  "reshape to a flat value": [{ className: "Reshape", config: { targetShape: [-1] } }, dense(4, "swish"), output],
  "a logit without a sigmoid": [globalPooling("GlobalAveragePooling2D"), dense(1, "linear")],
  "a sigmoid by itself": [globalPooling("GlobalAveragePooling2D"), dense(1, "linear"), activation("sigmoid")],
};

for (const [name, behind] of Object.entries(heads)) {
  test(`behind the target: ${name}`, async () => {
    const graph = chain(...behind);
    const weights = livelyWeights(graph, 5);
    const images = randomImages([4, 3, 7, 6], name);
    const expected = heatmapsByAutograd({ graph, weights }, "l0", images);
    const found = await heatmapsByOnnx({ graph, weights }, "l0", images);
    const difference = largestDifference(found as HostTensor, expected);
    assert.ok(difference <= tolerance, `largest difference ${difference}`);
    assert.ok(expected.data.some((value) => value === 1));
  });
}

const plainPooling = (
  className: "MaxPooling2D" | "AveragePooling2D",
  poolSize: readonly [number, number],
  padding: "same" | "valid",
): LayerSpec => ({ className, config: { poolSize, strides: poolSize, padding } });

/** On maps of 7 x 6: with a window beyond the edge, with a row that no window has, and with neither. */
const placed: Readonly<Record<string, readonly LayerSpec[]>> = {
  "flatten and activations": [flatten, dense(6, "tanh"), dense(5, "relu"), output],
  "maxima beyond the edge": [
    normalization(),
    plainPooling("MaxPooling2D", [2, 2], "same"),
    flatten,
    dense(5, "relu"),
    output,
  ],
  "maxima with a row left over": [plainPooling("MaxPooling2D", [2, 3], "valid"), normalization(), flatten, output],
  "means, and maxima of them": [
    plainPooling("AveragePooling2D", [1, 2], "valid"),
    plainPooling("MaxPooling2D", [2, 2], "valid"),
    flatten,
    output,
  ],
  "a global mean": [globalPooling("GlobalAveragePooling2D"), dense(4, "swish"), output],
};

for (const [name, behind] of Object.entries(placed)) {
  test(`HiResCAM, behind the target: ${name}`, async () => {
    const graph = chain(...behind);
    const weights = livelyWeights(graph, 5);
    const images = randomImages([4, 3, 7, 6], name);
    const expected = heatmapsByAutograd({ graph, weights }, "l0", images, "hirescam");
    const found = await heatmapsByOnnx({ graph, weights }, "l0", images, "hirescam");
    const difference = largestDifference(found as HostTensor, expected);
    assert.ok(difference <= tolerance, `largest difference ${difference}`);
    const other = await heatmapsByOnnx({ graph, weights }, "l0", images);
    const apart = largestDifference(other as HostTensor, expected);
    assert.equal(apart > 0.1, behind.includes(flatten), `Grad-CAM differs by ${apart}`);
  });
}

test("HiResCAM of the custom CNN is libtorch's, plain and folded; windows that overlap have none", async () => {
  const graph = (zoo.find(({ id }) => id === "custom") as (typeof zoo)[number]).build({ imageSize: 72 }); // an odd side behind four poolings
  const weights = livelyWeights(graph, 1);
  const images = randomImages([2, 3, 72, 72], "custom");
  const expected = heatmapsByAutograd({ graph, weights }, "conv2d_4", images, "hirescam");
  for (const model of [{ graph, weights }, foldNormalization(graph, weights)]) {
    const target = gradCamLayerOf(model.graph) as string;
    const found = await heatmapsByOnnx(model, target, images, "hirescam");
    assert.ok(largestDifference(found as HostTensor, expected) <= tolerance);
  }
  for (const behind of [pooling("MaxPooling2D", "same"), globalPooling("GlobalMaxPooling2D")]) {
    const other = chain(behind, flatten, output);
    const model = { graph: other, weights: livelyWeights(other, 1) };
    assert.equal(await heatmapsByOnnx(model, "l0", randomImages([1, 3, 7, 6], ""), "hirescam"), null);
  }
});

test("a map is all 0 where nothing speaks for its class, and then the other's largest value is 1", async () => {
  const graph = chain(globalPooling("GlobalAveragePooling2D"), output);
  const weights = new Map(livelyWeights(graph, 5));
  // All weights of the output layer are positive and the activations are not negative: nothing speaks for NORMAL.
  const kernel = { shape: [6, 1], data: new Float32Array(6).fill(0.5) };
  weights.set(
    graph.output,
    new Map([
      ["kernel", kernel],
      ["bias", { shape: [1], data: Float32Array.of(0) }],
    ]),
  );
  const { data = [] } = (await heatmapsByOnnx({ graph, weights }, "l0", randomImages([1, 3, 7, 6], "zero"))) ?? {};
  assert.ok([...data.slice(0, 42)].every((value) => value === 0));
  assert.equal(Math.max(...data.slice(42)), 1);
});

test("no heat map where the gradient has no closed form here", async () => {
  const without: readonly LayerSpec[][] = [
    [flatten, dense(2, "softmax")],
    [flatten, dense(3, "linear"), activation("softmax"), output],
    [activation("relu"), pooling("MaxPooling2D", "valid"), flatten, output],
    [conv, flatten, output],
    [flatten, dense(4, "gelu"), output],
  ];
  for (const behind of without) {
    const graph = chain(...behind);
    const found = await heatmapsByOnnx(
      { graph, weights: livelyWeights(graph, 1) },
      "l0",
      randomImages([1, 3, 7, 6], ""),
    );
    assert.equal(found, null, JSON.stringify(behind));
  }
});

test("the graph itself says which layer: the registry's", () => {
  for (const entry of zoo) assert.equal(gradCamLayerOf(entry.build()), entry.gradCamLayer, entry.id);
  const study = zoo.find(({ id }) => id === "chexnet")?.build({ protocol: "study" });
  assert.equal(gradCamLayerOf(study as ModelGraph), "relu");
});

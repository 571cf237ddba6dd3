import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../core/errors.js";
import { initialWeights } from "./initial-weights.js";
import type { LayerSpec } from "./layers.js";
import type { LayerNode, ModelGraph } from "./model-graph.js";
import { inferShapes, type Shape, weightSpecs, weightSpecsOf } from "./shapes.js";
import { customCnn } from "./zoo/custom-cnn.js";

const chain = (shape: [number, number, number], ...layers: LayerSpec[]): ModelGraph => {
  const nodes: LayerNode[] = [
    { className: "InputLayer", config: { shape }, name: "in", inputs: [], trainable: true },
    ...layers.map(
      (layer, i): LayerNode => ({ ...layer, name: `l${i}`, inputs: [i === 0 ? "in" : `l${i - 1}`], trainable: true }),
    ),
  ];
  return { name: "chain", nodes, output: nodes.at(-1)?.name ?? "" };
};

const lastShape = (graph: ModelGraph): Shape | undefined => inferShapes(graph).get(graph.output);

const conv = (size: number, stride: number, padding: "same" | "valid"): LayerSpec => ({
  className: "Conv2D",
  config: {
    filters: 4,
    kernelSize: [size, size],
    strides: [stride, stride],
    padding,
    activation: "linear",
    useBias: true,
  },
});

test("windows follow Keras: same is ceil(n / stride), valid is floor((n - k) / stride) + 1", () => {
  assert.deepEqual(lastShape(chain([7, 9, 3], conv(3, 2, "same"))), [4, 5, 4]);
  assert.deepEqual(lastShape(chain([7, 8, 3], conv(3, 2, "valid"))), [3, 3, 4]);
  assert.deepEqual(lastShape(chain([14, 14, 3], conv(2, 2, "same"))), [7, 7, 4]);
  assert.throws(() => lastShape(chain([2, 5, 3], conv(3, 1, "valid"))), /l0.*3x3 window.*\[2, 5, 3\]/);
});

test("padding, depthwise, reshape and pooling change shapes as Keras prints them", () => {
  const depthwise: LayerSpec = {
    className: "DepthwiseConv2D",
    config: {
      kernelSize: [3, 3],
      strides: [1, 1],
      padding: "same",
      depthMultiplier: 2,
      activation: "linear",
      useBias: true,
    },
  };
  const padding: LayerSpec = {
    className: "ZeroPadding2D",
    config: {
      padding: [
        [0, 1],
        [2, 3],
      ],
    },
  };
  assert.deepEqual(lastShape(chain([4, 4, 3], padding, depthwise)), [5, 9, 6]);
  assert.deepEqual(
    lastShape(chain([2, 2, 6], { className: "GlobalAveragePooling2D", config: { keepdims: true } })),
    [1, 1, 6],
  );
  assert.deepEqual(
    lastShape(chain([2, 2, 6], { className: "Reshape", config: { targetShape: [1, -1, 3] } })),
    [1, 8, 3],
  );
  assert.throws(
    () => lastShape(chain([2, 2, 6], { className: "Reshape", config: { targetShape: [5, -1] } })),
    AppError,
  );
});

test("branches join by broadcasting or along the channels", () => {
  const base = chain([4, 4, 3], conv(1, 1, "same"), {
    className: "GlobalAveragePooling2D",
    config: { keepdims: true },
  });
  const joined = (className: "Multiply" | "Add", inputs: string[]): ModelGraph => ({
    ...base,
    nodes: [...base.nodes, { className, config: {}, name: "join", inputs, trainable: true }],
    output: "join",
  });
  assert.deepEqual(lastShape(joined("Multiply", ["l0", "l1"])), [4, 4, 4]);
  assert.throws(() => lastShape(joined("Add", ["in", "l1"])), /join.*\[4, 4, 3\] and \[1, 1, 4\]/);
  const wide: ModelGraph = {
    ...base,
    nodes: [
      ...base.nodes.slice(0, 2),
      { className: "Concatenate", config: { axis: -1 }, name: "join", inputs: ["in", "l0", "in"], trainable: true },
    ],
    output: "join",
  };
  assert.deepEqual(lastShape(wide), [4, 4, 10]);
});

test("a graph that breaks a rule is refused with the layer's name", () => {
  const good = chain([4, 4, 3], conv(1, 1, "same"), conv(1, 1, "same"));
  const [input, first, second] = good.nodes as [LayerNode, LayerNode, LayerNode];
  const withNodes = (...nodes: LayerNode[]): ModelGraph => ({ ...good, nodes });
  assert.throws(() => inferShapes(withNodes(input, second, first)), /"l1" reads layers that come before it.*"l0"/);
  assert.throws(() => inferShapes(withNodes(input, first, first)), /unique.*"l0"/);
  assert.throws(() => inferShapes(withNodes(first, second)), /first layer/);
  assert.throws(() => inferShapes({ ...good, output: "l9" }), /output.*"l9"/);
  assert.throws(() => inferShapes({ ...good, output: "l0" }), /no reader of "l1"/);
  assert.throws(() => inferShapes(withNodes(input, { ...first, inputs: [] }, second)), /"l0" reads 1 layer/);
});

test("the custom CNN has the study's parameter counts and Keras' names", () => {
  const graph = customCnn();
  const specs = [...weightSpecsOf(graph).values()].flat();
  const count = (trainable: boolean): number =>
    specs
      .filter((spec) => spec.trainable === trainable)
      .reduce((sum, spec) => sum + spec.shape.reduce((a, b) => a * b, 1), 0);
  assert.equal(count(true), 979_329);
  assert.equal(count(false), 960);
  assert.deepEqual(
    graph.nodes.map((node) => node.name).filter((name) => /^(conv2d|dense)/.test(name)),
    ["conv2d_input", "conv2d", "conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4", "dense", "dense_1", "dense_2"],
  );
  assert.deepEqual(inferShapes(graph).get("flatten"), [7 * 7 * 128]);
});

test("frozen layers have no trainable weights; moving statistics never are", () => {
  const node = customCnn().nodes[2] as LayerNode;
  const trainability = (trainable: boolean): boolean[] =>
    weightSpecs({ ...node, trainable }, [[8, 8, 32]]).map((spec) => spec.trainable);
  assert.deepEqual(trainability(true), [true, true, false, false]);
  assert.deepEqual(trainability(false), [false, false, false, false]);
});

test("initial kernels are Glorot uniform, seeded by layer; the rest is Keras' zeros and ones", () => {
  const graph = customCnn({ imageSize: 32 });
  const weights = initialWeights(graph, 5);
  const kernel = weights.get("conv2d_1")?.get("kernel")?.data ?? new Float32Array();
  const limit = Math.sqrt(6 / (9 * 32 + 9 * 64));
  assert.equal(kernel.length, 3 * 3 * 32 * 64);
  assert.ok(kernel.every((value) => Math.abs(value) <= limit));
  const variance = kernel.reduce((sum, value) => sum + value * value, 0) / kernel.length;
  // A uniform variable's square has the relative deviation 0.894; six standard errors at this length are 4 %.
  assert.ok(Math.abs(variance / (limit ** 2 / 3) - 1) < 0.04);
  assert.ok(
    weights
      .get("batch_normalization")
      ?.get("moving_variance")
      ?.data.every((value) => value === 1),
  );
  assert.ok(
    weights
      .get("dense_2")
      ?.get("bias")
      ?.data.every((value) => value === 0),
  );
  assert.deepEqual(initialWeights(graph, 5), weights);
  assert.notDeepEqual(initialWeights(graph, 6).get("dense"), weights.get("dense"));
});

test("a kernel with an initializer of its own is drawn from it", () => {
  const conv = (distribution: "uniform" | "truncated_normal"): ModelGraph => ({
    name: "one",
    output: "conv",
    nodes: [
      { className: "InputLayer", config: { shape: [8, 8, 16] }, name: "in", inputs: [], trainable: true },
      {
        className: "Conv2D",
        config: {
          filters: 64,
          kernelSize: [3, 3],
          strides: [1, 1],
          padding: "same",
          activation: "linear",
          useBias: false,
          kernelInitializer: { scale: 2, mode: "fan_out", distribution },
        },
        name: "conv",
        inputs: ["in"],
        trainable: true,
      },
    ],
  });
  const variance = 2 / (9 * 64); // scale / fan out
  const limits = {
    uniform: Math.sqrt(3 * variance),
    truncated_normal: (2 * Math.sqrt(variance)) / 0.87962566103423978,
  };
  for (const distribution of ["uniform", "truncated_normal"] as const) {
    const values = initialWeights(conv(distribution), 3).get("conv")?.get("kernel")?.data ?? new Float32Array();
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert.ok(largest <= limits[distribution] && largest > 0.99 * limits[distribution], distribution);
    const found = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    // 9,216 values; the squares' relative deviation is at most 1.05, so six standard errors are 7 %.
    assert.ok(Math.abs(found / variance - 1) < 0.07, distribution);
  }
});

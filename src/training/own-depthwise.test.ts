// The addon's depthwise convolution against libtorch's own in double precision: forward and both gradients.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../core/random.js";
import { inArena } from "../tensor/arena.js";
import { engineInfo, setThreads } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { gradients, type Tensor } from "../tensor/tensor.js";

interface Case {
  /** [n, c, h, w] */
  readonly image: readonly [number, number, number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** [top, bottom, left, right] */
  readonly padding: readonly [number, number, number, number];
}

const channelsLast = (tensor: Tensor) => ops.contiguous(tensor, { memoryFormat: "channelsLast" });
const double = (tensor: Tensor) => ops.toDtype(tensor, "float64");

function inputsOf({ image, kernel }: Case) {
  return {
    x: channelsLast(ops.randn(image)).requireGrad(),
    weight: ops.randn([image[1], 1, ...kernel]).requireGrad(),
  };
}

/** Output, d x, d weight; the output is weighed so that its gradient is not all ones. */
function results(output: Tensor, x: Tensor, weight: Tensor, outputWeights: Tensor): Tensor[] {
  const loss = ops.sum(ops.mulTensor(output, outputWeights));
  return [output, ...gradients(loss, [x, weight])];
}

function own({ strides, padding }: Case, x: Tensor, weight: Tensor): Tensor {
  return ops.depthwise(x, weight, strides, padding);
}

function plain({ strides, padding: [top, bottom, left, right] }: Case, x: Tensor, weight: Tensor): Tensor {
  const padded = ops.constantPadNd(x, [left, right, top, bottom], { value: 0 });
  return ops.conv2d(padded, weight, { stride: strides, groups: x.shape[1] });
}

function largestDifference(a: Tensor, b: Tensor): number {
  const difference = ops.max(ops.abs(ops.subTensor(a, b)));
  return difference.item() / Math.max(1, ops.max(ops.abs(b)).item());
}

function assertEqualsPlain(settings: Case): void {
  inArena(() => {
    const { x, weight } = inputsOf(settings);
    const output = own(settings, x, weight);
    const outputWeights = channelsLast(ops.randn(output.shape));
    const expected = results(plain(settings, double(x), double(weight)), x, weight, outputWeights);
    for (const [i, tensor] of results(output, x, weight, outputWeights).entries()) {
      assert.deepEqual(tensor.shape, expected[i]?.shape);
      // Sums of up to 49 products, or of one per pixel, in float32: a few rounding steps of the largest value.
      const difference = largestDifference(tensor, expected[i] as Tensor);
      assert.ok(difference < 5e-6, `result ${i} of ${JSON.stringify(settings)}: ${difference}`);
    }
  });
}

const same3x3 = { kernel: [3, 3], padding: [1, 1, 1, 1] } as const;
const named: Record<string, Case> = {
  "MobileNet, stride 1": { image: [2, 64, 14, 14], strides: [1, 1], ...same3x3 },
  "MobileNet, stride 2": { image: [3, 128, 15, 15], kernel: [3, 3], strides: [2, 2], padding: [0, 0, 0, 0] },
  "Keras' same padding at stride 2": { image: [2, 40, 12, 16], kernel: [3, 3], strides: [2, 2], padding: [0, 1, 0, 1] },
  "EfficientNet, 5x5": { image: [2, 240, 9, 7], kernel: [5, 5], strides: [2, 2], padding: [2, 2, 2, 2] },
  "one pixel": { image: [1, 33, 1, 1], strides: [1, 1], ...same3x3 },
  "a stride beyond the kernel": { image: [1, 8, 9, 9], kernel: [1, 1], strides: [3, 2], padding: [0, 0, 0, 0] },
};

for (const [name, settings] of Object.entries(named)) {
  test(`equals aten::conv2d: ${name}`, () => assertEqualsPlain(settings));
}

test("equals aten::conv2d at random sizes, kernels, strides and paddings", () => {
  const random = Random.of("depthwise shapes");
  const between = (least: number, most: number) => least + random.integer(most - least + 1);
  for (let i = 0; i < 40; i++) {
    assertEqualsPlain({
      image: [between(1, 5), between(1, 70), between(7, 13), between(7, 13)],
      kernel: [between(1, 7), between(1, 7)],
      strides: [between(1, 3), between(1, 3)],
      padding: [between(0, 3), between(0, 3), between(0, 3), between(0, 3)],
    });
  }
});

test("the number of threads changes no bit", () => {
  const before = engineInfo().threads;
  const settings = named["MobileNet, stride 2"] as Case;
  inArena(() => {
    const { x, weight } = inputsOf(settings);
    const outputWeights = ops.randn(own(settings, x, weight).shape);
    const [one, two] = [1, 2].map((threads) => {
      setThreads(threads);
      return results(own(settings, x, weight), x, weight, outputWeights).map((tensor) => tensor.toFloat32());
    });
    setThreads(before);
    assert.deepEqual(one, two);
  });
});

test("memory that is not channels-last gives the same", () =>
  inArena(() => {
    const settings = named["Keras' same padding at stride 2"] as Case;
    const { x, weight } = inputsOf(settings);
    const contiguous = ops.contiguous(x, { memoryFormat: "contiguous" });
    assert.deepEqual(own(settings, contiguous, weight).toFloat32(), own(settings, x, weight).toFloat32());
  }));

test("tensors that the kernels cannot take are refused before any memory is touched", () =>
  inArena(() => {
    const settings: Case = { image: [1, 4, 6, 6], strides: [1, 1], ...same3x3 };
    const { x, weight } = inputsOf(settings);
    const call = (changed: Partial<Case>, image = x, kernel = weight) =>
      own({ ...settings, ...changed }, image, kernel);
    assert.throws(() => call({}, double(x)), /float32/);
    assert.throws(() => call({}, x, double(weight)), /float32/);
    assert.throws(() => call({}, x, ops.randn([5, 1, 3, 3])), /weight should be \[4, 1/);
    assert.throws(() => call({}, x, ops.randn([4, 1, 8, 7])), /may have 49 weights/);
    assert.throws(() => call({ padding: [0, 0, 0, 0] }, x, ops.randn([4, 1, 7, 7])), /larger than the padded/);
    assert.throws(() => call({ strides: [0, 1] }), /positive/);
    assert.throws(() => call({ padding: [-1, 0, 0, 0] }), /from 0/);
  }));

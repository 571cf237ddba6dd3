// The addon's 3x3 convolution against libtorch's own in double precision: forward and every gradient.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inArena } from "../tensor/arena.js";
import * as ops from "../tensor/operators.js";
import { gradients, type Tensor } from "../tensor/tensor.js";

interface Inputs {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  /** Weighs the output, so that its gradient is not all ones. */
  readonly outputWeights: Tensor;
}

function randomInputs([images, channelsIn, channelsOut, height, width]: readonly number[]): Inputs {
  const random = (...shape: (number | undefined)[]) => ops.randn(shape as number[]);
  const imageOf = (channels: number | undefined) =>
    ops.contiguous(random(images, channels, height, width), { memoryFormat: "channelsLast" });
  return {
    x: imageOf(channelsIn).requireGrad(),
    weight: random(channelsOut, channelsIn, 3, 3).requireGrad(),
    bias: random(channelsOut).requireGrad(),
    outputWeights: imageOf(channelsOut),
  };
}

/** Output, d x, d weight, d bias. */
function results({ x, weight, bias, outputWeights }: Inputs, convolve: () => Tensor): Tensor[] {
  const output = convolve();
  const loss = ops.sum(ops.mulTensor(output, outputWeights));
  return [output, ...gradients(loss, [x, weight, bias])];
}

function largestDifference(a: Tensor, b: Tensor): number {
  const difference = ops.max(ops.abs(ops.subTensor(a, b)));
  return difference.item() / Math.max(1, ops.max(ops.abs(b)).item());
}

// [images, channels in, channels out, height, width]. Widths leave rests of 1, 2 and 4 behind tiles of 14 and 6 pixels;
// 1, 3 and 5 channels have no blocks to convolve the gradient back with; 5 images do not divide among threads.
for (const shape of [
  [2, 1, 32, 9, 15],
  [2, 3, 32, 16, 16],
  [1, 5, 32, 4, 7],
  [5, 32, 64, 7, 13],
  [3, 64, 128, 14, 14],
  [1, 64, 64, 1, 1],
] as const) {
  test(`equals aten::conv2d at [n, in, out, h, w] = [${shape.join(", ")}]`, () =>
    inArena(() => {
      const inputs = randomInputs(shape);
      const double = (tensor: Tensor) => ops.toDtype(tensor, "float64");
      const own = results(inputs, () => ops.conv3x3(inputs.x, inputs.weight, { bias: inputs.bias }));
      const plain = results(inputs, () =>
        ops.conv2d(double(inputs.x), double(inputs.weight), {
          bias: double(inputs.bias),
          stride: [1, 1],
          padding: [1, 1],
        }),
      );
      // Sums of up to 9 * 128 products, or of 588 pixels, in float32: a few rounding steps of the largest value.
      for (const [i, tensor] of own.entries()) {
        assert.ok(largestDifference(tensor, plain[i] as Tensor) < 5e-6, `result ${i}`);
      }
    }));
}

test("without bias, and with memory that is not channels-last, it is the same", () =>
  inArena(() => {
    const { x, weight } = randomInputs([2, 32, 32, 5, 6]);
    const contiguous = ops.contiguous(x, { memoryFormat: "contiguous" });
    const expected = ops.conv2d(x, weight, { stride: [1, 1], padding: [1, 1] });
    assert.ok(largestDifference(ops.conv3x3(contiguous, weight), expected) < 5e-6);
  }));

test("tensors that the kernels cannot take are refused before any memory is touched", () =>
  inArena(() => {
    const { x, weight, bias } = randomInputs([1, 3, 32, 4, 4]);
    const call = (x: Tensor, weight: Tensor, bias?: Tensor) => ops.conv3x3(x, weight, { bias });
    assert.throws(() => call(x, ops.sliceTensor(weight, { dim: 0, start: 0, end: 20 })), /multiple of/);
    assert.throws(
      () => call(x, ops.sliceTensor(weight, { dim: 1, start: 0, end: 2 })),
      /weight should be \[out, 3, 3, 3\]/,
    );
    assert.throws(
      () => call(x, weight, ops.sliceTensor(bias, { dim: 0, start: 0, end: 31 })),
      /one value per output channel/,
    );
    assert.throws(() => call(ops.toDtype(x, "float64"), weight, bias), /float32/);
  }));

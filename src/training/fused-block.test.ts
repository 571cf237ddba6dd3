// The fused operator against its plain composition, in double precision: forward, gradients, statistics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { customCnn } from "../model/zoo/custom-cnn.js";
import { inArena } from "../tensor/arena.js";
import { noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { gradients, type Tensor } from "../tensor/tensor.js";
import { findFusedBlocks } from "./fused-block.js";

const epsilon = 1e-3;

interface Inputs {
  readonly x: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  /** Weighs the output, so that its gradient is not all ones. */
  readonly outputWeights: Tensor;
}

function randomInputs(channels: number, height: number, width: number): Inputs {
  const leaf = (tensor: Tensor) => tensor.requireGrad();
  return {
    x: leaf(ops.contiguous(ops.randn([3, channels, height, width]), { memoryFormat: "channelsLast" })),
    gamma: leaf(ops.randn([channels])), // negative ones turn the maximum into a minimum
    beta: leaf(ops.randn([channels])),
    outputWeights: ops.randn([3, channels, height / 2, width / 2]),
  };
}

/** Results and gradients in float64: pooled, mean, variance, d x, d gamma, d beta. */
function plain({ x, gamma, beta, outputWeights }: Inputs): Tensor[] {
  const double = (tensor: Tensor) => ops.toDtype(tensor, "float64");
  const rectified = ops.relu(double(x));
  const mean = ops.meanDim(rectified, [0, 2, 3]);
  const variance = ops.varDim(rectified, [0, 2, 3], { unbiased: false });
  const [normalized] = ops.nativeBatchNorm(rectified, double(gamma), double(beta), null, null, true, 0, epsilon);
  const pooled = ops.maxPool2d(normalized as Tensor, [2, 2], { stride: [2, 2] });
  const loss = ops.sum(ops.mulTensor(pooled, outputWeights));
  return [pooled, mean, variance, ...gradients(loss, [x, gamma, beta])];
}

function fused({ x, gamma, beta, outputWeights }: Inputs, dtype: "float32" | "bfloat16"): Tensor[] {
  const given = ops.toDtype(x, dtype);
  const results = ops.reluNormPool(given, gamma, beta, epsilon);
  const loss = ops.sum(ops.mulTensor(results[0] as Tensor, outputWeights));
  return [...results, ...gradients(loss, [x, gamma, beta])];
}

function largestDifference(a: Tensor, b: Tensor): number {
  const difference = ops.max(ops.abs(ops.subTensor(a, b)));
  return difference.item() / Math.max(1, ops.max(ops.abs(b)).item());
}

// 40 and 3 channels leave a rest after the kernels' blocks of 32; 6x10 is not square.
for (const [channels, height, width] of [
  [32, 16, 16],
  [40, 8, 8],
  [3, 6, 10],
  [64, 112, 112],
  [128, 2, 2],
] as const) {
  test(`fused equals plain at ${channels} channels, ${height}x${width}`, () =>
    inArena(() => {
      const inputs = randomInputs(channels, height, width);
      const expected = plain(inputs);
      for (const [i, tensor] of fused(inputs, "float32").entries()) {
        assert.ok(largestDifference(tensor, expected[i] as Tensor) < 2e-5, `result ${i}`);
      }
    }));
}

test("in bfloat16 it is as near to float32 as the format allows", () =>
  inArena(() => {
    const inputs = randomInputs(32, 16, 16);
    noGrad(() => ops.copyInPlace(inputs.x, ops.toDtype(ops.toDtype(inputs.x, "bfloat16"), "float32")));
    const expected = plain(inputs);
    const results = fused(inputs, "bfloat16");
    assert.equal(results[0]?.dtype, "bfloat16");
    // 8 bits of mantissa: 2^-8 of the largest value per rounding; sums over 768 pixels average their roundings out.
    for (const [i, tensor] of results.entries())
      assert.ok(largestDifference(tensor, expected[i] as Tensor) < 0.01, `result ${i}`);
  }));

test("a diverged input shows in the output instead of turning into zeros", () =>
  inArena(() => {
    const inputs = randomInputs(4, 4, 4);
    noGrad(() => ops.fillScalarInPlace(inputs.x, Number.NaN));
    const [pooled, mean, variance, gradX] = fused(inputs, "float32") as [Tensor, Tensor, Tensor, Tensor];
    for (const tensor of [pooled, mean, variance, gradX]) assert.ok(tensor.toFloat32().every(Number.isNaN));
  }));

test("odd sizes are refused, and the custom CNN's five blocks are found", () => {
  const x = ops.randn([1, 4, 5, 4]);
  const ones = ops.ones([4]);
  assert.throws(() => ops.reluNormPool(x, ones, ones, epsilon), /should be even/);
  assert.equal(findFusedBlocks(customCnn()).size, 5);
  assert.equal(findFusedBlocks(customCnn({ imageSize: 40 })).size, 4); // 40, 20, 10 and 2 halve; 5 does not
});

// The fused operator against its plain composition, in double precision: forward, gradients, statistics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { customCnn } from "../model/zoo/custom-cnn.js";
import { noGrad } from "../tensor/engine.js";
import { scope } from "../tensor/scope.js";
import { dtypeNumber, gradients, memoryFormat, op, opMany, run, type Tensor } from "../tensor/tensor.js";
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
    x: leaf(op("aten::contiguous", op("aten::randn", [3, channels, height, width]), memoryFormat.channelsLast)),
    gamma: leaf(op("aten::randn", [channels])), // negative ones turn the maximum into a minimum
    beta: leaf(op("aten::randn", [channels])),
    outputWeights: op("aten::randn", [3, channels, height / 2, width / 2]),
  };
}

/** Results and gradients in float64: pooled, mean, variance, d x, d gamma, d beta. */
function plain({ x, gamma, beta, outputWeights }: Inputs): Tensor[] {
  const double = (tensor: Tensor) => op("aten::to.dtype", tensor, dtypeNumber("float64"));
  const rectified = op("aten::relu", double(x));
  const mean = op("aten::mean.dim", rectified, [0, 2, 3]);
  const variance = op("aten::var.dim", rectified, [0, 2, 3], false);
  const [normalized] = opMany(
    "aten::native_batch_norm",
    rectified,
    double(gamma),
    double(beta),
    null,
    null,
    true,
    0,
    epsilon,
  );
  const pooled = op("aten::max_pool2d", normalized as Tensor, [2, 2], [2, 2]);
  const loss = op("aten::sum", op("aten::mul.Tensor", pooled, outputWeights));
  return [pooled, mean, variance, ...gradients(loss, [x, gamma, beta])];
}

function fused({ x, gamma, beta, outputWeights }: Inputs, dtype: "float32" | "bfloat16"): Tensor[] {
  const given = op("aten::to.dtype", x, dtypeNumber(dtype));
  const results = opMany("pneumoscope::relu_norm_pool", given, gamma, beta, epsilon);
  const loss = op("aten::sum", op("aten::mul.Tensor", results[0] as Tensor, outputWeights));
  return [...results, ...gradients(loss, [x, gamma, beta])];
}

function largestDifference(a: Tensor, b: Tensor): number {
  const difference = op("aten::max", op("aten::abs", op("aten::sub.Tensor", a, b)));
  return difference.item() / Math.max(1, op("aten::max", op("aten::abs", b)).item());
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
    scope(() => {
      const inputs = randomInputs(channels, height, width);
      const expected = plain(inputs);
      for (const [i, tensor] of fused(inputs, "float32").entries()) {
        assert.ok(largestDifference(tensor, expected[i] as Tensor) < 2e-5, `result ${i}`);
      }
    }));
}

test("in bfloat16 it is as near to float32 as the format allows", () =>
  scope(() => {
    const inputs = randomInputs(32, 16, 16);
    noGrad(() => run("aten::copy_", inputs.x, op("aten::to.dtype", op("aten::to.dtype", inputs.x, 15), 6)));
    const expected = plain(inputs);
    const results = fused(inputs, "bfloat16");
    assert.equal(results[0]?.dtype, "bfloat16");
    // 8 bits of mantissa: 2^-8 of the largest value per rounding; sums over 768 pixels average their roundings out.
    for (const [i, tensor] of results.entries())
      assert.ok(largestDifference(tensor, expected[i] as Tensor) < 0.01, `result ${i}`);
  }));

test("a diverged input shows in the output instead of turning into zeros", () =>
  scope(() => {
    const inputs = randomInputs(4, 4, 4);
    noGrad(() => run("aten::fill_.Scalar", inputs.x, Number.NaN));
    const [pooled, mean, variance, gradX] = fused(inputs, "float32") as [Tensor, Tensor, Tensor, Tensor];
    for (const tensor of [pooled, mean, variance, gradX]) assert.ok(tensor.toFloat32().every(Number.isNaN));
  }));

test("odd sizes are refused, and the custom CNN's five blocks are found", () => {
  const x = op("aten::randn", [1, 4, 5, 4]);
  const ones = op("aten::ones", [4]);
  assert.throws(() => opMany("pneumoscope::relu_norm_pool", x, ones, ones, epsilon), /should be even/);
  assert.equal(findFusedBlocks(customCnn()).size, 5);
  assert.equal(findFusedBlocks(customCnn({ imageSize: 40 })).size, 4); // 40, 20, 10 and 2 halve; 5 does not
});

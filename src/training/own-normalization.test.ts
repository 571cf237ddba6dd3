// The addon's normalization with activation against its plain composition in double precision, and where it is used.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findModel } from "../model/zoo/registry.js";
import { engineInfo, noGrad, setThreads } from "../tensor/engine.js";
import { scope } from "../tensor/scope.js";
import { dtypeNumber, gradients, memoryFormat, op, opMany, run, type Tensor } from "../tensor/tensor.js";
import { activate } from "./forward-layer.js";
import { findFusedNormalizations } from "./fused-normalization.js";

const epsilon = 1e-3;
const activations = ["linear", "relu", "relu6"] as const;
type Activation = (typeof activations)[number];

interface Inputs {
  readonly x: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  /** Weighs the output, so that its gradient is not all ones. */
  readonly outputWeights: Tensor;
}

function randomInputs(channels: number, height: number, width: number, mean = 0): Inputs {
  const image = op("aten::add.Scalar", op("aten::randn", [3, channels, height, width]), mean);
  return {
    x: op("aten::contiguous", image, memoryFormat.channelsLast).requireGrad(),
    gamma: op("aten::mul.Scalar", op("aten::randn", [channels]), 3).requireGrad(), // so that relu6's upper bound is met
    beta: op("aten::randn", [channels]).requireGrad(),
    outputWeights: op("aten::randn", [3, channels, height, width]),
  };
}

/** Output, mean, variance, d x, d gamma, d beta. */
function results([output, mean, variance]: readonly Tensor[], { x, gamma, beta, outputWeights }: Inputs): Tensor[] {
  const loss = op("aten::sum", op("aten::mul.Tensor", output as Tensor, outputWeights));
  return [output, mean, variance, ...gradients(loss, [x, gamma, beta])] as Tensor[];
}

function plain(inputs: Inputs, activation: Activation): Tensor[] {
  const [x, gamma, beta] = [inputs.x, inputs.gamma, inputs.beta].map((tensor) =>
    op("aten::to.dtype", tensor, dtypeNumber("float64")),
  ) as [Tensor, Tensor, Tensor];
  const mean = op("aten::mean.dim", x, [0, 2, 3]);
  const variance = op("aten::var.dim", x, [0, 2, 3], false);
  const normalized = opMany("aten::native_batch_norm", x, gamma, beta, null, null, true, 0, epsilon)[0] as Tensor;
  return results([activate(normalized, activation), mean, variance], inputs);
}

function own(inputs: Inputs, activation: Activation): Tensor[] {
  const { x, gamma, beta } = inputs;
  return results(opMany("pneumoscope::norm_activation", x, gamma, beta, epsilon, activation), inputs);
}

function largestDifference(a: Tensor, b: Tensor): number {
  const difference = op("aten::max", op("aten::abs", op("aten::sub.Tensor", a, b)));
  return difference.item() / Math.max(1, op("aten::max", op("aten::abs", b)).item());
}

for (const activation of activations) {
  // 40 and 3 channels leave a rest after the kernels' blocks of 32; 23x23 pixels are more than one run of sums.
  for (const [channels, height, width] of [
    [32, 16, 16],
    [40, 23, 23],
    [3, 5, 7],
    [128, 1, 1],
  ] as const) {
    test(`${activation}: equals the plain layers at ${channels} channels, ${height}x${width}`, () =>
      scope(() => {
        const inputs = randomInputs(channels, height, width);
        const expected = plain(inputs, activation);
        for (const [i, tensor] of own(inputs, activation).entries()) {
          assert.ok(largestDifference(tensor, expected[i] as Tensor) < 2e-5, `result ${i}`);
        }
      }));
  }
}

test("a mean of 1000 deviations costs no digits but those of the input itself", () =>
  scope(() => {
    const inputs = randomInputs(16, 20, 20, 1000);
    const [, mean, variance] = own(inputs, "linear") as [Tensor, Tensor, Tensor];
    const [, expectedMean, expectedVariance] = plain(inputs, "linear") as [Tensor, Tensor, Tensor];
    assert.ok(largestDifference(mean, expectedMean) < 1e-6);
    assert.ok(largestDifference(variance, expectedVariance) < 1e-5);
  }));

test("a diverged input shows in the output instead of turning into zeros", () => {
  for (const activation of activations) {
    scope(() => {
      const inputs = randomInputs(4, 4, 4);
      noGrad(() => run("aten::fill_.Scalar", inputs.x, Number.NaN));
      const [output, mean, variance, gradX] = own(inputs, activation) as [Tensor, Tensor, Tensor, Tensor];
      for (const tensor of [output, mean, variance, gradX]) assert.ok(tensor.toFloat32().every(Number.isNaN));
    });
  }
});

test("the number of threads changes no bit", () => {
  const before = engineInfo().threads;
  scope(() => {
    const inputs = randomInputs(40, 9, 11);
    const [one, two] = [1, 2].map((threads) => {
      setThreads(threads);
      return own(inputs, "relu6").map((tensor) => tensor.toFloat32());
    });
    setThreads(before);
    assert.deepEqual(one, two);
  });
});

test("tensors that the kernels cannot take are refused", () =>
  scope(() => {
    const { x, gamma, beta } = randomInputs(4, 3, 3);
    const call = (...values: Tensor[]) => opMany("pneumoscope::norm_activation", ...values, epsilon, "relu");
    assert.throws(() => call(op("aten::to.dtype", x, dtypeNumber("float64")), gamma, beta), /float32/);
    assert.throws(() => call(op("aten::slice.Tensor", x, 0, 0, 0), gamma, beta), /empty/);
    assert.throws(() => call(x, gamma, op("aten::slice.Tensor", beta, 0, 0, 3)), /one value per channel/);
    assert.throws(() => opMany("pneumoscope::norm_activation", x, gamma, beta, epsilon, "tanh"), /Received tanh/);
  }));

test("every normalization of MobileNet takes its relu6 along; EfficientNet's leave swish to libtorch", () => {
  const activationsIn = (model: string) =>
    [...findFusedNormalizations(findModel(model).build()).values()].map(({ activation }) => activation);
  assert.deepEqual(
    activationsIn("mobilenet"),
    Array.from({ length: 27 }, () => "relu6"),
  );
  assert.deepEqual(
    activationsIn("efficientnetb0"),
    Array.from({ length: 49 }, () => "linear"),
  );
});

// The addon's normalization with activation against its plain composition in double precision, and where it is used.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findModel } from "../model/zoo/registry.js";
import { inArena } from "../tensor/arena.js";
import { engineInfo, noGrad, setThreads } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { gradients, type Tensor } from "../tensor/tensor.js";
import { activate } from "./activate.js";
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
  const image = ops.addScalar(ops.randn([3, channels, height, width]), mean);
  return {
    x: ops.contiguous(image, { memoryFormat: "channelsLast" }).requireGrad(),
    gamma: ops.mulScalar(ops.randn([channels]), 3).requireGrad(), // so that relu6's upper bound is met
    beta: ops.randn([channels]).requireGrad(),
    outputWeights: ops.randn([3, channels, height, width]),
  };
}

/** Output, mean, variance, d x, d gamma, d beta. */
function results([output, mean, variance]: readonly Tensor[], { x, gamma, beta, outputWeights }: Inputs): Tensor[] {
  const loss = ops.sum(ops.mulTensor(output as Tensor, outputWeights));
  return [output, mean, variance, ...gradients(loss, [x, gamma, beta])] as Tensor[];
}

function plain(inputs: Inputs, activation: Activation): Tensor[] {
  const [x, gamma, beta] = [inputs.x, inputs.gamma, inputs.beta].map((tensor) => ops.toDtype(tensor, "float64")) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const mean = ops.meanDim(x, [0, 2, 3]);
  const variance = ops.varDim(x, [0, 2, 3], { unbiased: false });
  const normalized = ops.nativeBatchNorm(x, gamma, beta, null, null, true, 0, epsilon)[0] as Tensor;
  return results([activate(normalized, activation), mean, variance], inputs);
}

function own(inputs: Inputs, activation: Activation): Tensor[] {
  const { x, gamma, beta } = inputs;
  return results(ops.normActivation(x, gamma, beta, epsilon, activation), inputs);
}

function largestDifference(a: Tensor, b: Tensor): number {
  const difference = ops.max(ops.abs(ops.subTensor(a, b)));
  return difference.item() / Math.max(1, ops.max(ops.abs(b)).item());
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
      inArena(() => {
        const inputs = randomInputs(channels, height, width);
        const expected = plain(inputs, activation);
        for (const [i, tensor] of own(inputs, activation).entries()) {
          assert.ok(largestDifference(tensor, expected[i] as Tensor) < 2e-5, `result ${i}`);
        }
      }));
  }
}

test("a mean of 1000 deviations costs no digits but those of the input itself", () =>
  inArena(() => {
    const inputs = randomInputs(16, 20, 20, 1000);
    const [, mean, variance] = own(inputs, "linear") as [Tensor, Tensor, Tensor];
    const [, expectedMean, expectedVariance] = plain(inputs, "linear") as [Tensor, Tensor, Tensor];
    assert.ok(largestDifference(mean, expectedMean) < 1e-6);
    assert.ok(largestDifference(variance, expectedVariance) < 1e-5);
  }));

test("a diverged input shows in the output instead of turning into zeros", () => {
  for (const activation of activations) {
    inArena(() => {
      const inputs = randomInputs(4, 4, 4);
      noGrad(() => ops.fillScalarInPlace(inputs.x, Number.NaN));
      const [output, mean, variance, gradX] = own(inputs, activation) as [Tensor, Tensor, Tensor, Tensor];
      for (const tensor of [output, mean, variance, gradX]) assert.ok(tensor.toFloat32().every(Number.isNaN));
    });
  }
});

test("the number of threads changes no bit", () => {
  const before = engineInfo().threads;
  inArena(() => {
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
  inArena(() => {
    const { x, gamma, beta } = randomInputs(4, 3, 3);
    const call = (...values: [Tensor, Tensor, Tensor]) => ops.normActivation(...values, epsilon, "relu");
    assert.throws(() => call(ops.toDtype(x, "float64"), gamma, beta), /float32/);
    assert.throws(() => call(ops.sliceTensor(x, { dim: 0, start: 0, end: 0 }), gamma, beta), /empty/);
    assert.throws(() => call(x, gamma, ops.sliceTensor(beta, { dim: 0, start: 0, end: 3 })), /one value per channel/);
    assert.throws(() => ops.normActivation(x, gamma, beta, epsilon, "tanh"), /Received tanh/);
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

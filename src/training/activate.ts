// The activations as compositions of libtorch operators.
import { leakyReluSlope } from "../model/layer-configs/activation.js";
import type { Activation } from "../model/layers.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";

/** The activation's value; `inPlace` puts it where `x` was, as far as an operator for that is in use. */
export function activate(x: Tensor, activation: Activation, inPlace = false): Tensor {
  switch (activation) {
    case "linear":
      return x;
    case "relu":
      return rectify(x, null, inPlace);
    case "relu6":
      return rectify(x, 6, inPlace);
    case "sigmoid":
      return inPlace ? ops.sigmoidInPlace(x) : ops.sigmoid(x);
    case "swish":
      return inPlace ? ops.siluInPlace(x) : ops.silu(x);
    case "softmax":
      return ops.softmaxInt(x, 1);
    case "log_softmax":
      return ops.logSoftmaxInt(x, 1);
    case "tanh":
      return ops.tanh(x);
    case "elu":
      return ops.elu(x);
    case "selu":
      return ops.selu(x);
    case "celu":
      return ops.celu(x);
    case "gelu":
      return ops.gelu(x);
    case "softplus":
      return ops.softplus(x);
    case "softsign":
      return ops.divTensor(x, ops.addScalar(ops.abs(x), 1));
    case "exponential":
      return ops.exp(x);
    case "hard_sigmoid":
      return ops.hardsigmoid(x);
    case "hard_swish":
      return ops.hardswish(x);
    case "hard_tanh":
      return ops.clamp(x, { min: -1, max: 1 });
    case "hard_shrink":
      return ops.hardshrink(x);
    case "soft_shrink":
      return ops.softshrink(x);
    case "tanh_shrink":
      return ops.subTensor(x, ops.tanh(x));
    case "leaky_relu":
      return ops.leakyRelu(x, { negativeSlope: leakyReluSlope });
    case "mish":
      return ops.mish(x);
    case "log_sigmoid":
      return ops.logSigmoid(x);
    case "squareplus": // (x + sqrt(x^2 + 4)) / 2
      return ops.mulScalar(ops.addTensor(x, ops.sqrt(ops.addScalar(ops.powTensorScalar(x, 2), 4))), 0.5);
    case "sparse_plus": // 0 up to -1, (x + 1)^2 / 4 up to 1, then x: the square up to 1, and what is beyond
      return ops.addTensor(
        ops.mulScalar(ops.powTensorScalar(ops.addScalar(ops.clamp(x, { min: -1, max: 1 }), 1), 2), 0.25),
        ops.relu(ops.subScalar(x, 1)),
      );
    default:
      return activation satisfies never;
  }
}

/** x within 0..most. */
export function rectify(x: Tensor, most: number | null, inPlace: boolean): Tensor {
  if (most === null) return inPlace ? ops.reluInPlace(x) : ops.relu(x);
  const range = { min: 0, max: most };
  return inPlace ? ops.clampInPlace(x, range) : ops.clamp(x, range);
}

/** x where it is above 0, else alpha x. `alpha` has 1 for the batch's axis or none. */
export function parametricRectify(x: Tensor, alpha: Tensor): Tensor {
  return ops.addTensor(ops.relu(x), ops.mulTensor(ops.clamp(x, { max: 0 }), alpha));
}

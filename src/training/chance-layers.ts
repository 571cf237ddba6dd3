// What the layers that act by chance do in training.
import type { LayerNode } from "../model/model-graph.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";

type ChanceNode = Extract<
  LayerNode,
  { className: "Dropout" | "SpatialDropout2D" | "GaussianDropout" | "AlphaDropout" | "GaussianNoise" }
>;

/** The layer's value in training; what is dropped is made up for by what stays. */
export function byChance(node: ChanceNode, x: Tensor): Tensor {
  switch (node.className) {
    case "Dropout":
      return node.config.noiseShape === "values"
        ? ops.dropout(x, node.config.rate, true)
        : dropWhole(x, node.config.rate, 1); // [n, 1, 1, 1]
    case "SpatialDropout2D":
      return dropWhole(x, node.config.rate, 2); // [n, c, 1, 1]
    case "GaussianDropout": {
      const { rate } = node.config;
      const factor = ops.addScalar(ops.mulScalar(noise(x), Math.sqrt(rate / (1 - rate))), 1);
      return ops.mulTensor(x, factor);
    }
    case "AlphaDropout":
      return alphaDrop(x, node.config.rate);
    case "GaussianNoise":
      return ops.addTensor(x, ops.mulScalar(noise(x), node.config.stddev));
    default:
      return node satisfies never;
  }
}

/** One draw for all values that share their first `axes` places. */
function dropWhole(x: Tensor, rate: number, axes: number): Tensor {
  const shape = x.shape.map((size, axis) => (axis < axes ? size : 1));
  const ones = ops.ones(shape, { dtype: x.dtype, device: x.device });
  return ops.mulTensor(x, ops.dropout(ones, rate, true));
}

/** Klambauer et al. (2017): values that drop out become SELU's least, and mean and variance stay. */
function alphaDrop(x: Tensor, rate: number): Tensor {
  const least = -1.7580993408473766; // -scale * alpha of SELU
  const factor = 1 / Math.sqrt((1 - rate) * (1 + rate * least ** 2));
  const ones = ops.ones(x.shape, { dtype: x.dtype, device: x.device });
  const kept = ops.mulScalar(ops.dropout(ones, rate, true), 1 - rate); // 1 or 0
  const dropped = ops.mulScalar(ops.subTensor(ones, kept), least);
  const mixed = ops.addTensor(ops.mulTensor(x, kept), dropped);
  return ops.addScalar(ops.mulScalar(mixed, factor), -factor * least * rate);
}

const noise = (x: Tensor): Tensor => ops.randn(x.shape, { dtype: x.dtype, device: x.device });

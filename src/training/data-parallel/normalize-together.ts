// Batch normalization over the images of several processes: mean and variance are those of the whole batch, as in one
// process that has it all.
import * as ops from "../../tensor/operators.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Pass } from "../forward-layer.js";
import { type NormalizationNode, updateMovingStatistics } from "../moving-statistics.js";

/** [n, c, h, w] or [n, c], of which n may be 0 here; moving statistics are updated. */
export function normalizeTogether(node: NormalizationNode, x: Tensor, { parameters, group }: Pass): Tensor {
  const { shape, dtype } = x;
  const [images, channels] = shape as [number, number];
  const weight = (name: string, value: 0 | 1) =>
    parameters.get(node.name, name) ?? (value === 0 ? ops.zeros : ops.ones)([channels], { dtype: "float32" });
  const flat = shape.length === 4 ? x : ops.reshape(x, [images, channels, 1, 1]); // [n, c] -> [n, c, 1, 1]
  const [normalized, mean, variance] = ops.normActivation(
    ops.toDtype(flat, "float32"),
    weight("gamma", 1),
    weight("beta", 0),
    node.config.epsilon,
    "linear",
    { group },
  );
  updateMovingStatistics(node, mean, variance, parameters);
  return ops.toDtype(ops.reshape(normalized, shape), dtype);
}

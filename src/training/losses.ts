// The loss of a single sigmoid, as Keras weighs it.
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * sum(weight * binary cross-entropy) / n, from logits: Keras' `binary_crossentropy` with `class_weight`.
 * @param logits [n, 1] in any precision; bfloat16 is widened to float32.
 * @param labels and @param weights [n, 1] of any type; they take the logits' precision. Returns a scalar.
 */
export function weightedBinaryCrossEntropy(logits: Tensor, labels: Tensor, weights: Tensor): Tensor {
  const dtype = logits.dtype === "float64" ? "float64" : "float32";
  const as = (tensor: Tensor) => ops.toDtype(tensor, dtype);
  const mean = 1; // at::Reduction::Mean
  return ops.binaryCrossEntropyWithLogits(as(logits), as(labels), { weight: as(weights), reduction: mean });
}

// The loss of a single sigmoid, as Keras weighs it.
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * sum(weight * binary cross-entropy) / n, from logits: Keras' `binary_crossentropy` with `class_weight`.
 * @param logits [n, 1] in any precision; bfloat16 is widened to float32.
 * @param labels and @param weights [n, 1] of any type; they take the logits' precision. Returns a scalar.
 * @param images what the sum is divided by in place of n: the images of a batch of which these are a part
 */
export function weightedBinaryCrossEntropy(logits: Tensor, labels: Tensor, weights: Tensor, images?: number): Tensor {
  const dtype = logits.dtype === "float64" ? "float64" : "float32";
  const as = (tensor: Tensor) => ops.toDtype(tensor, dtype);
  const [mean, sum] = [1, 2]; // at::Reduction
  const loss = (reduction: number) =>
    ops.binaryCrossEntropyWithLogits(as(logits), as(labels), { weight: as(weights), reduction });
  return images === undefined ? loss(mean) : ops.divScalar(loss(sum), images);
}

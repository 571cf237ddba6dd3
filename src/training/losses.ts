// The loss of a single sigmoid, as Keras weighs it.
import { op, type Tensor } from "../tensor/tensor.js";

/**
 * sum(weight * binary cross-entropy) / n, from logits: Keras' `binary_crossentropy` with `class_weight`.
 * @param logits [n, 1]; @param labels and @param weights float32 [n, 1]. Returns a scalar.
 */
export function weightedBinaryCrossEntropy(logits: Tensor, labels: Tensor, weights: Tensor): Tensor {
  const reductionMean = 1; // at::Reduction::Mean
  return op(
    "aten::binary_cross_entropy_with_logits",
    op("aten::to.dtype", logits, 6),
    labels,
    weights,
    null,
    reductionMean,
  );
}

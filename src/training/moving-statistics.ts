// The mean and variance that a batch normalization keeps for inference.
import type { LayerNode } from "../model/model-graph.js";
import { noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Parameters } from "./parameters.js";

export type NormalizationNode = Extract<LayerNode, { className: "BatchNormalization" }>;

/** moving = moving * momentum + batch * (1 - momentum), with the biased variance, as Keras 3 computes it. */
export function updateMovingStatistics(
  node: NormalizationNode,
  mean: Tensor,
  variance: Tensor,
  parameters: Parameters,
): void {
  const share = 1 - node.config.momentum;
  noGrad(() => {
    ops.lerpScalarInPlace(parameters.need(node.name, "moving_mean"), mean, share);
    ops.lerpScalarInPlace(parameters.need(node.name, "moving_variance"), variance, share);
  });
}

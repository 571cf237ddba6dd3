// BatchNormalization and the activation behind it in training, in one operator of the addon. The layers one by one give
// the same result, slower; they run wherever this does not apply.
import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import { kernelLimits } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Pass } from "./forward-layer.js";
import { onlyReader } from "./fused-block.js";
import { updateMovingStatistics } from "./moving-statistics.js";

export interface FusedNormalization {
  readonly normalization: Extract<LayerNode, { className: "BatchNormalization" }>;
  /** As the operator names it. */
  readonly activation: string;
  /** The layer whose value the operator gives: the activation's, or the normalization itself. */
  readonly last: string;
}

/** Normalizations that can run so, by name. */
export function findFusedNormalizations(graph: ModelGraph): ReadonlyMap<string, FusedNormalization> {
  const found = new Map<string, FusedNormalization>();
  for (const normalization of graph.nodes) {
    if (normalization.className !== "BatchNormalization" || !normalization.trainable) continue;
    const { center, scale } = normalization.config;
    if (!center || !scale) continue;
    const reader = onlyReader(graph, normalization);
    // The output layer's activation is not computed in training: losses take what comes before it.
    const activation = reader === undefined || reader.name === graph.output ? null : fusedActivation(reader);
    const last = activation === null ? normalization.name : (reader as LayerNode).name;
    found.set(normalization.name, { normalization, activation: activation ?? "linear", last });
  }
  return found;
}

/** The activation of the normalized batch `x` [n, c, h, w]; moving statistics are updated. */
export function forwardNormalization(
  { normalization, activation }: FusedNormalization,
  x: Tensor,
  { parameters, group }: Pass,
): Tensor {
  const [activated, mean, variance] = ops.normActivation(
    x,
    parameters.need(normalization.name, "gamma"),
    parameters.need(normalization.name, "beta"),
    normalization.config.epsilon,
    activation,
    { group },
  );
  updateMovingStatistics(normalization, mean, variance, parameters);
  return activated;
}

/** Null where the operator does not know the layer's activation. */
function fusedActivation(node: LayerNode): string | null {
  if (node.className === "ReLU") {
    const { maxValue } = node.config;
    return maxValue === null ? "relu" : maxValue === 6 ? "relu6" : null;
  }
  if (node.className !== "Activation") return null;
  const { activation } = node.config;
  return kernelLimits().normActivations.includes(activation) ? activation : null;
}

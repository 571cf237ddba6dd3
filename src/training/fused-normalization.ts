// BatchNormalization and the activation behind it in training, in one operator of the addon. The layers one by one give
// the same result, slower; they run wherever this does not apply.
import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import { opMany, type Tensor } from "../tensor/tensor.js";
import { type Pass, updateMovingStatistics } from "./forward-layer.js";
import { onlyReader } from "./fused-block.js";

/** Activations that the operator knows, by its names. */
type FusedActivation = "linear" | "relu" | "relu6";

export interface FusedNormalization {
  readonly normalization: Extract<LayerNode, { className: "BatchNormalization" }>;
  readonly activation: FusedActivation;
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
  { parameters }: Pass,
): Tensor {
  const [activated, mean, variance] = opMany(
    "pneumoscope::norm_activation",
    x,
    parameters.get(normalization.name, "gamma"),
    parameters.get(normalization.name, "beta"),
    normalization.config.epsilon,
    activation,
  ) as [Tensor, Tensor, Tensor];
  updateMovingStatistics(normalization, mean, variance, parameters);
  return activated;
}

function fusedActivation(node: LayerNode): FusedActivation | null {
  if (node.className === "ReLU") {
    const { maxValue } = node.config;
    return maxValue === null ? "relu" : maxValue === 6 ? "relu6" : null;
  }
  if (node.className !== "Activation") return null;
  const { activation } = node.config;
  return activation === "relu" || activation === "relu6" ? activation : null;
}

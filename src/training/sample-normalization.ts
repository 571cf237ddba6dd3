// Normalizations whose mean and variance are each sample's own: alike in training and in use.
import { groupCount } from "../model/layer-configs/normalization.js";
import type { LayerNode } from "../model/model-graph.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Parameters } from "./parameters.js";

type NodeOf<C extends LayerNode["className"]> = Extract<LayerNode, { className: C }>;

/** `x` [n, c, h, w] or [n, units]. */
export function normalizeLayer(node: NodeOf<"LayerNormalization">, x: Tensor, parameters: Parameters): Tensor {
  const { axes, epsilon } = node.config;
  const options = { ...gammaAndBeta(node, parameters), eps: epsilon };
  if (axes === "all" || x.shape.length === 2) return ops.layerNorm(x, x.shape.slice(1), options);
  const channelsLast = ops.permute(x, [0, 2, 3, 1]); // [n, c, h, w] -> [n, h, w, c]
  return ops.permute(ops.layerNorm(channelsLast, channelsLast.shape.slice(3), options), [0, 3, 1, 2]); // and back
}

/** `x` [n, c, h, w] or [n, units]. */
export function normalizeGroups(node: NodeOf<"GroupNormalization">, x: Tensor, parameters: Parameters): Tensor {
  const groups = groupCount(node.config, x.shape[1] as number);
  return ops.groupNorm(x, groups, { ...gammaAndBeta(node, parameters), eps: node.config.epsilon });
}

const gammaAndBeta = ({ name }: LayerNode, parameters: Parameters) => ({
  weight: parameters.get(name, "gamma"),
  bias: parameters.get(name, "beta"),
});

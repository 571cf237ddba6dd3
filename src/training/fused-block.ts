// Conv2D(relu) -> BatchNormalization -> MaxPooling2D(2x2) in training, with everything after the convolution in one
// operator of the addon. The layers one by one give the same result, slower; they run wherever this does not apply.

import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import { inferShapes, type Shape } from "../model/shapes.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";
import { convolve } from "./convolve.js";
import type { Pass } from "./forward-layer.js";
import { updateMovingStatistics } from "./moving-statistics.js";

type NodeOf<C extends LayerNode["className"]> = Extract<LayerNode, { className: C }>;

export interface FusedBlock {
  readonly convolution: NodeOf<"Conv2D">;
  readonly normalization: NodeOf<"BatchNormalization">;
  readonly pooling: NodeOf<"MaxPooling2D">;
}

/** Blocks that can run fused, by the convolution's name. */
export function findFusedBlocks(graph: ModelGraph): ReadonlyMap<string, FusedBlock> {
  const shapes = inferShapes(graph);
  const blocks = new Map<string, FusedBlock>();
  for (const convolution of graph.nodes) {
    if (convolution.className !== "Conv2D" || convolution.config.activation !== "relu") continue;
    const normalization = onlyReader(graph, convolution);
    if (normalization?.className !== "BatchNormalization" || !normalization.trainable) continue;
    const { center, scale } = normalization.config;
    const pooling = onlyReader(graph, normalization);
    if (!center || !scale || pooling?.className !== "MaxPooling2D") continue;
    if (isHalving(pooling, shapes.get(normalization.name) as Shape)) {
      blocks.set(convolution.name, { convolution, normalization, pooling });
    }
  }
  return blocks;
}

/** The pooled output of the block in training mode; moving statistics are updated. */
export function forwardFused(block: FusedBlock, x: Tensor, pass: Pass): Tensor {
  const { convolution, normalization } = block;
  const { parameters } = pass;
  const [pooled, mean, variance] = ops.reluNormPool(
    convolve(convolution, x, pass),
    parameters.need(normalization.name, "gamma"),
    parameters.need(normalization.name, "beta"),
    normalization.config.epsilon,
    { group: pass.group },
  );
  updateMovingStatistics(normalization, mean, variance, parameters);
  return pooled;
}

/** The one layer that reads the node; none where several do, or where the node is the output. */
export function onlyReader(graph: ModelGraph, node: LayerNode): LayerNode | undefined {
  const readers = graph.nodes.filter((other) => other.inputs.includes(node.name));
  return readers.length === 1 && node.name !== graph.output ? readers[0] : undefined;
}

/** Over even sizes "same" and "valid" are the same 2x2 windows. */
function isHalving({ config }: NodeOf<"MaxPooling2D">, [height = 1, width = 1]: Shape): boolean {
  const isTwo = ([a, b]: readonly [number, number]) => a === 2 && b === 2;
  return isTwo(config.poolSize) && isTwo(config.strides) && height % 2 === 0 && width % 2 === 0;
}

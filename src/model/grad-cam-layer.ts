// The layer whose output Grad-CAM weighs, found in the graph: a graph with folded layers and one from a stranger's file
// have names that no registry knows.
import { actsByChance } from "./layers.js";
import type { LayerNode, ModelGraph } from "./model-graph.js";
import { inferShapes } from "./shapes.js";

/**
 * The last layer that still has height and width, before they are pooled away or flattened; where that is a pooling, or
 * the normalization of an activation inside a convolution, the layer before it: poolings only make the map coarser, and
 * an offset added behind an activation gives absent features a weight.
 * @returns null where no such layer leads to the output in one chain, or only the pixels themselves do.
 * @throws AppError MODEL_INVALID as `inferShapes`.
 */
export function gradCamLayerOf(graph: ModelGraph): string | null {
  const shapes = inferShapes(graph);
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const before = (node: LayerNode): LayerNode | null =>
    node.inputs.length === 1 ? (byName.get(node.inputs[0] as string) ?? null) : null;
  const hasPositions = ({ name }: LayerNode): boolean => {
    const [height = 1, width = 1] = shapes.get(name) ?? [];
    return shapes.get(name)?.length === 3 && height * width > 1;
  };

  let node = byName.get(graph.output) ?? null;
  while (node !== null && !hasPositions(node)) node = before(node);
  while (node !== null && isPassedOver(node)) node = before(node);
  if (node === null || node.className === "InputLayer") return null;
  const activated = node.className === "BatchNormalization" ? before(node) : null;
  return activated !== null && isActivatedConvolution(activated) ? activated.name : node.name;
}

/** Poolings, and what passes its input on in use. */
const isPassedOver = ({ className }: LayerNode): boolean =>
  className === "MaxPooling2D" || className === "AveragePooling2D" || actsByChance(className);

const convolutions = ["Conv2D", "DepthwiseConv2D", "SeparableConv2D"];

function isActivatedConvolution(node: LayerNode): boolean {
  return convolutions.includes(node.className) && "activation" in node.config && node.config.activation !== "linear";
}

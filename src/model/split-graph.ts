// Where a model with frozen layers divides: the part before the first layer that learns, whose output is the same in
// every epoch for the same image, and the rest. Pure; nothing is computed here.
import { actsByChance } from "./layers.js";
import type { LayerNode, ModelGraph } from "./model-graph.js";
import { weightSpecsOf } from "./shapes.js";

/** Together the two parts hold every layer of the model once, in the graph's order. */
export interface SplitGraph {
  /** A model of its own; its output is the one value that `suffix` reads of it. */
  readonly prefix: ModelGraph;
  readonly suffix: readonly LayerNode[];
}

/**
 * The graph cut behind as many layers as can be: none of `prefix` learns or acts otherwise in training than in
 * inference, and one value alone crosses the cut. Where skip connections run past the first layer that learns, the cut
 * stands before them, and the frozen layers in between are part of `suffix`. Null when no layer but the input is frozen.
 * @throws AppError MODEL_INVALID as `inferShapes`.
 */
export function splitGraph(graph: ModelGraph): SplitGraph | null {
  const { nodes } = graph;
  const weights = weightSpecsOf(graph);
  const learns = (node: LayerNode) =>
    node.trainable && (actsByChance(node.className) || (weights.get(node.name) ?? []).length > 0);
  const firstLearning = nodes.findIndex(learns);
  const frozen = nodes.slice(0, firstLearning === -1 ? nodes.length : firstLearning);

  /** Position of the last layer that reads each frozen one. */
  const lastReader = new Map<string, number>();
  for (const [position, node] of nodes.entries()) for (const input of node.inputs) lastReader.set(input, position);
  let cut = 0;
  let furthestRead = 0;
  for (const [position, node] of frozen.entries()) {
    if (furthestRead <= position && node.name !== graph.output) cut = position;
    furthestRead = Math.max(furthestRead, lastReader.get(node.name) ?? position);
  }
  const boundary = nodes[cut];
  if (cut === 0 || boundary === undefined) return null;
  return {
    prefix: { ...graph, nodes: nodes.slice(0, cut + 1), output: boundary.name },
    suffix: nodes.slice(cut + 1),
  };
}

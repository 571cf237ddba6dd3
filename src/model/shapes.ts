// Shapes: what each layer of a graph puts out and which weights it holds, as Keras computes and lays them out.
// Per-sample shapes, channels last: [height, width, channels] or [units]; the batch dimension is left out.
import type { ModelGraph } from "./model-graph.js";
import { outputShape, type Shape } from "./output-shape.js";
import { validateGraph } from "./validate-graph.js";
import { type WeightSpec, weightSpecs } from "./weight-specs.js";

export { product, type Shape } from "./output-shape.js";
export { type WeightSpec, weightSpecs } from "./weight-specs.js";

/**
 * The output shape of every layer, by layer name, in the graph's order.
 * @throws AppError MODEL_INVALID when the graph breaks a rule or a layer cannot take its inputs.
 */
export function inferShapes(graph: ModelGraph): Map<string, Shape> {
  validateGraph(graph);
  const shapes = new Map<string, Shape>();
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => shapes.get(name) as Shape);
    shapes.set(node.name, outputShape(node, inputs));
  }
  return shapes;
}

/** The weights of every layer that has any, by layer name, in the graph's order. Errors as `inferShapes`. */
export function weightSpecsOf(graph: ModelGraph): Map<string, readonly WeightSpec[]> {
  const shapes = inferShapes(graph);
  const specs = new Map<string, readonly WeightSpec[]>();
  for (const node of graph.nodes) {
    const ofLayer = weightSpecs(
      node,
      node.inputs.map((name) => shapes.get(name) as Shape),
    );
    if (ofLayer.length > 0) specs.set(node.name, ofLayer);
  }
  return specs;
}

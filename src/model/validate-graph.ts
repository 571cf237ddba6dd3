// The rules every ModelGraph keeps, so that its consumers need no checks of their own: one input, one output, unique
// names, inputs that come earlier in the list, and as many of them as the layer class takes.
import { AppError } from "../core/errors.js";
import type { LayerNode, ModelGraph } from "./model-graph.js";

/** Most layers a graph may have; the deepest one here, ResNet152V2, has 564. */
export const maxLayers = 5000;

/**
 * @throws AppError MODEL_INVALID naming the layer and the rule: nodes stand in topological order, names are unique,
 * the first node is the one InputLayer, every node but the output is read, the output exists.
 */
export function validateGraph(graph: ModelGraph): void {
  const { nodes } = graph;
  if (nodes.length === 0) fail(graph, "a model has at least an InputLayer", "no layers");
  if (nodes.length > maxLayers) fail(graph, `a model has at most ${maxLayers} layers`, `${nodes.length}`);
  const earlier = new Set<string>();
  const read = new Set<string>();
  for (const [index, node] of nodes.entries()) {
    if (earlier.has(node.name)) fail(graph, "layer names are unique", `"${node.name}" twice`);
    const isInput = node.className === "InputLayer";
    if (isInput !== (index === 0)) {
      fail(graph, "the first layer, and only the first, is an InputLayer", `"${node.name}" at place ${index}`);
    }
    checkInputCount(graph, node);
    for (const input of node.inputs) {
      if (!earlier.has(input)) {
        fail(graph, `layer "${node.name}" reads layers that come before it`, `"${input}"`);
      }
      read.add(input);
    }
    earlier.add(node.name);
  }
  if (!earlier.has(graph.output)) fail(graph, "the output is one of the layers", `"${graph.output}"`);
  const unread = nodes.filter((node) => node.name !== graph.output && !read.has(node.name)).map((node) => node.name);
  if (unread.length > 0) fail(graph, "every layer leads to the output", `no reader of "${unread.join('", "')}"`);
}

function checkInputCount(graph: ModelGraph, node: LayerNode): void {
  const received = node.inputs.length;
  switch (node.className) {
    case "InputLayer":
      if (received !== 0) fail(graph, `InputLayer "${node.name}" reads nothing`, `${received} inputs`);
      return;
    case "Add":
    case "Multiply":
    case "Average":
    case "Maximum":
    case "Concatenate":
      if (received < 2) fail(graph, `${node.className} "${node.name}" reads at least 2 layers`, `${received}`);
      return;
    default:
      if (received !== 1) fail(graph, `${node.className} "${node.name}" reads 1 layer`, `${received}`);
  }
}

function fail(graph: ModelGraph, rule: string, received: string): never {
  throw new AppError("MODEL_INVALID", {
    place: `model "${graph.name}"`,
    rule,
    received,
    remedy: "Correct the model's definition",
  });
}

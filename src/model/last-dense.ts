// The dense layer whose one value the last sigmoid turns into a probability: what is done to a logit is done to its weights.
import type { LayerNode, ModelGraph } from "./model-graph.js";

type DenseNode = Extract<LayerNode, { className: "Dense" }>;

/** Null where a model does not end in a dense layer with a sigmoid, its own or one behind it. */
export function lastDense({ nodes, output }: ModelGraph): DenseNode | null {
  const nodeOf = (name: string | undefined) => nodes.find((node) => node.name === name);
  const last = nodeOf(output);
  if (last?.className === "Dense") return last.config.activation === "sigmoid" ? last : null;
  if (last?.className !== "Activation" || last.config.activation !== "sigmoid") return null;
  const before = nodeOf(last.inputs[0]);
  return before?.className === "Dense" && before.config.activation === "linear" ? before : null;
}

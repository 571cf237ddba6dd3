// A model is data: a list of nodes in the vocabulary of Keras' functional models. The executor, the file readers and
// writers, the exporter and the summary all read this; nothing else knows an architecture.
import type { LayerSpec } from "./layers.js";

/** One layer: class and config in Keras' spelling (from `LayerSpec`), its name, and the names of the nodes it reads. */
export type LayerNode = LayerSpec & {
  /** Exactly Keras' layer name: weight files are keyed by it. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly trainable: boolean;
};

/** Nodes in topological order. A graph has one input node (an InputLayer) and one output node. */
export interface ModelGraph {
  readonly name: string;
  /** What Keras would call it: a Sequential hides its InputLayer in summaries. Functional when absent. */
  readonly kind?: "Sequential" | "Functional";
  readonly nodes: readonly LayerNode[];
  readonly output: string;
}

// Puts a ModelGraph together layer by layer, as Keras' functional interface does, automatic names included.

import { inKerasOrder } from "../keras-order.js";
import type { LayerClassName, LayerSpec } from "../layers.js";
import type { LayerNode, ModelGraph } from "../model-graph.js";
import { snakeCase } from "../snake-case.js";

export class GraphBuilder {
  readonly #nodes: LayerNode[] = [];
  readonly #automaticNames = new Map<string, number>();

  /**
   * Adds a layer that reads `inputs`, trainable.
   * @param name what Keras would be given; without it the layer gets the name that Keras gives in a fresh session
   * @returns the layer's name, for the layers that read it
   */
  add(layer: LayerSpec, inputs: string | readonly string[], name = this.#automaticName(layer.className)): string {
    this.#nodes.push({ ...layer, name, inputs: typeof inputs === "string" ? [inputs] : inputs, trainable: true });
    return name;
  }

  /** The graph of all layers added so far, in the order in which Keras lists them; the last one is its output. */
  build(name: string, kind: NonNullable<ModelGraph["kind"]> = "Functional"): ModelGraph {
    return { name, kind, nodes: inKerasOrder(this.#nodes), output: this.#nodes.at(-1)?.name ?? "" };
  }

  /** `dense`, `dense_1`, … */
  #automaticName(className: LayerClassName): string {
    const stem = snakeCase(className);
    const count = this.#automaticNames.get(stem) ?? 0;
    this.#automaticNames.set(stem, count + 1);
    return count === 0 ? stem : `${stem}_${count}`;
  }
}

// A ModelGraph as the `model_config` of a legacy Keras .h5 file, in the spelling of tf.keras 2, which Keras 3 reads too.
import type { LayerNode, ModelGraph } from "../../model/model-graph.js";
import { isOfKeras3Alone } from "./keras-versions.js";
import { type KerasLayer, layerToKeras } from "./layer-to-keras.js";

/** `{ class_name: "Sequential" | "Functional", config }`, ready for JSON. */
export function graphToKeras(graph: ModelGraph): { readonly class_name: string; readonly config: unknown } {
  const asKeras = isOfKeras3Alone(graph) ? forKeras3 : layerToKeras;
  if (graph.kind === "Sequential") {
    return { class_name: "Sequential", config: { name: graph.name, layers: graph.nodes.map(asKeras) } };
  }
  const layers = graph.nodes.map((node) => ({
    ...asKeras(node),
    name: node.name,
    // One call of the layer; it reads output 0 of call 0 of each input, with no keyword arguments.
    inbound_nodes: node.inputs.length === 0 ? [] : [node.inputs.map((input) => [input, 0, 0, {}])],
  }));
  return {
    class_name: "Functional",
    config: {
      name: graph.name,
      layers,
      input_layers: [[graph.nodes[0]?.name, 0, 0]],
      output_layers: [[graph.output, 0, 0]],
    },
  };
}

/** With the input's shape as Keras 3 alone spells it: Keras 2 refuses the file instead of computing something else. */
function forKeras3(node: LayerNode): KerasLayer {
  if (node.className !== "InputLayer") return layerToKeras(node);
  return {
    class_name: node.className,
    config: { name: node.name, dtype: "float32", batch_shape: [null, ...node.config.shape] },
  };
}

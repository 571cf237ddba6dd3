// A Keras model configuration, flattened, as a ModelGraph: in the spellings of Keras 2 and Keras 3, from the `model_config`
// of a legacy .h5 file, a .keras file's config.json or the topology of a TensorFlow.js model.json.
// Whatever the graph cannot hold exactly is refused with the layer's name.
import { AppError, messageOf } from "../../core/errors.js";
import type { LayerNode, ModelGraph } from "../../model/model-graph.js";
import { inferShapes } from "../../model/shapes.js";
import { invalid } from "../invalid-model-file.js";
import { shown } from "./config-fields.js";
import type { FlatModel } from "./flatten-model.js";
import { isOfKeras3Alone } from "./keras-versions.js";
import { layerFromKeras } from "./layer-from-keras.js";

/** The parsed text of a configuration. @throws AppError MODEL_FILE_INVALID when it is no JSON. */
export function parseModelJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw invalid(place, "its model configuration is JSON", messageOf(thrown), thrown);
  }
}

/** The layers' settings read, each call a node. @throws AppError MODEL_LAYER_UNSUPPORTED, MODEL_INVALID */
export function graphOf({ name, kind, layers, output }: FlatModel, place: string): ModelGraph {
  const nodes = layers.map((layer): LayerNode => {
    const spec = layerFromKeras(layer.className, layer.name, layer.config, place);
    return { ...spec, name: layer.name, inputs: layer.inputs, trainable: layer.trainable };
  });
  const graph: ModelGraph = { name, kind, nodes, output };
  checkAxes(layers, graph, place);
  checkVersion(layers, graph, place);
  return graph;
}

/** Keras 2's hard_sigmoid is 0.2 x + 0.5 within 0..1; ours is Keras 3's. Told apart by how they spell an input's shape. */
function checkVersion(layers: FlatModel["layers"], graph: ModelGraph, place: string): void {
  const isKeras2 = layers.some(({ className, config }) => className === "InputLayer" && "batch_input_shape" in config);
  if (!isKeras2 || !isOfKeras3Alone(graph)) return;
  throw new AppError("MODEL_LAYER_UNSUPPORTED", {
    place,
    rule: "hard_sigmoid is that of Keras 3",
    received: "a file by Keras 2, whose hard_sigmoid is another function",
    remedy: "Load the model with Keras 2, put ReLU6 layers in its place, and save it again",
  });
}

const overChannels = /^(Concatenate|BatchNormalization(V1)?|LayerNormalization|GroupNormalization)$/;

/** Axes can be judged only when the inputs' ranks are known: the last one, however it is counted, or nothing. */
function checkAxes(layers: FlatModel["layers"], graph: ModelGraph, place: string): void {
  const shapes = inferShapes(graph);
  for (const { className, name, config, inputs } of layers) {
    if (!overChannels.test(className)) continue;
    const axis: unknown = Array.isArray(config.axis) && config.axis.length === 1 ? config.axis[0] : (config.axis ?? -1);
    const last = shapes.get(inputs[0] ?? "")?.length;
    if (axis === -1 || axis === last || (className === "LayerNormalization" && Array.isArray(axis))) continue; // of three axes
    throw new AppError("MODEL_LAYER_UNSUPPORTED", {
      place,
      rule: `layer "${name}" (${className}): axis is the last one, the channels`,
      received: shown(config.axis),
      remedy: "Rebuild the model with channels last",
    });
  }
}

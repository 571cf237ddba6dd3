// A Keras model configuration as a ModelGraph: Sequential and Functional, in the spellings of Keras 2 and Keras 3, from
// the `model_config` of a legacy .h5 file or the topology of a TensorFlow.js model.json. Whatever the graph cannot hold exactly is refused with the layer's name.
import { AppError, messageOf } from "../../core/errors.js";
import type { LayerNode, ModelGraph } from "../../model/model-graph.js";
import { inferShapes } from "../../model/shapes.js";
import { maxLayers } from "../../model/validate-graph.js";
import { invalid } from "../invalid-model-file.js";
import { shown } from "./config-fields.js";
import { isRecord, layerFromKeras } from "./layer-from-keras.js";

type Json = Readonly<Record<string, unknown>>;

interface ListedLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Json;
  readonly inboundNodes: unknown;
}

/**
 * @param whole the configuration, parsed from JSON. @param place names the file in errors.
 * @throws AppError MODEL_FILE_INVALID when it is no model configuration, MODEL_LAYER_UNSUPPORTED, MODEL_INVALID.
 */
export function graphFromKeras(whole: unknown, place: string): ModelGraph {
  if (!isRecord(whole)) return malformed(place, "the model configuration is an object", whole);
  const { class_name: className, config } = whole;
  if (className === "Sequential") return checked(sequential(config, place), config, place);
  if (className === "Functional" || className === "Model") return checked(functional(config, place), config, place);
  throw new AppError("MODEL_LAYER_UNSUPPORTED", {
    place,
    rule: "the model is Sequential or Functional",
    received: shown(className),
    remedy: "Rebuild it as one of the two",
  });
}

/** The parsed text of a configuration. @throws AppError MODEL_FILE_INVALID when it is no JSON. */
export function parseModelJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw invalid(place, "its model configuration is JSON", messageOf(thrown), thrown);
  }
}

/** `config` is a list of layers up to Keras 2.2.2, later an object that holds it. */
function sequential(config: unknown, place: string): ModelGraph {
  const layers = layerList(Array.isArray(config) ? config : isRecord(config) ? config.layers : undefined, place);
  const first = layers[0] ?? malformed(place, "a Sequential has layers", config);
  const nodes: LayerNode[] = [];
  if (first.className !== "InputLayer") {
    // Older files give the input's shape with the first layer; Keras then names the input after it.
    const spec = layerFromKeras("InputLayer", `${first.name}_input`, inputOf(first.config), place);
    nodes.push({ ...spec, name: `${first.name}_input`, inputs: [], trainable: true });
  }
  for (const layer of layers) {
    const previous = nodes.at(-1)?.name;
    nodes.push(node(layer, previous === undefined ? [] : [previous], place));
  }
  const name = isRecord(config) && typeof config.name === "string" ? config.name : "sequential";
  return { name, kind: "Sequential", nodes, output: nodes.at(-1)?.name ?? "" };
}

const inputOf = (config: Json): Json => ({
  batch_input_shape: config.batch_input_shape ?? config.batch_shape,
});

function functional(config: unknown, place: string): ModelGraph {
  if (!isRecord(config)) return malformed(place, "a Functional model's config is an object", config);
  const nodes = layerList(config.layers, place).map((layer) => node(layer, inputsOf(layer, place), place));
  onlyEnd(config.input_layers, "input", place);
  const output = onlyEnd(config.output_layers, "output", place);
  return { name: typeof config.name === "string" ? config.name : "model", kind: "Functional", nodes, output };
}

/** The one input or output: `[["name", 0, 0]]`, or `["name", 0, 0]` as Keras 3 writes a single one. */
function onlyEnd(list: unknown, what: string, place: string): string {
  const ends: unknown[] = Array.isArray(list) ? list : [];
  const only = typeof ends[0] === "string" ? ends : ends[0];
  const count = typeof ends[0] === "string" ? 1 : ends.length;
  if (count === 1 && Array.isArray(only) && typeof only[0] === "string" && only[2] === 0) return only[0];
  throw new AppError("MODEL_LAYER_UNSUPPORTED", {
    place,
    rule: `the model has one ${what}`,
    received: shown(list),
    remedy: `Save a model with one ${what}`,
  });
}

function layerList(list: unknown, place: string): readonly ListedLayer[] {
  if (!Array.isArray(list)) return malformed(place, "the model configuration lists its layers", list);
  if (list.length > maxLayers) return malformed(place, `a model has at most ${maxLayers} layers`, list.length);
  return list.map((item: unknown): ListedLayer => {
    if (!isRecord(item) || typeof item.class_name !== "string" || !isRecord(item.config)) {
      return malformed(place, "a layer has a class_name and a config", item);
    }
    const name = item.name ?? item.config.name;
    if (typeof name !== "string" || name === "") return malformed(place, "a layer has a name", item);
    return { className: item.class_name, name, config: item.config, inboundNodes: item.inbound_nodes ?? [] };
  });
}

function node(layer: ListedLayer, inputs: readonly string[], place: string): LayerNode {
  const spec = layerFromKeras(layer.className, layer.name, layer.config, place);
  return { ...spec, name: layer.name, inputs, trainable: layer.config.trainable !== false };
}

/** Names of the layers that this one's only call reads. */
function inputsOf(layer: ListedLayer, place: string): readonly string[] {
  const calls: unknown[] = Array.isArray(layer.inboundNodes) ? layer.inboundNodes : [];
  if (layer.className === "InputLayer" && calls.length === 0) return [];
  const refuse = (rule: string, received: unknown): never => {
    const at = `${place}: layer "${layer.name}" (${layer.className})`;
    throw new AppError("MODEL_LAYER_UNSUPPORTED", {
      place: at,
      rule,
      received: shown(received),
      remedy: "Rebuild the model so",
    });
  };
  if (calls.length !== 1) refuse("a layer is called once", `${calls.length} calls`);
  const [call] = calls;
  const tensors = isRecord(call) ? keras3Tensors(call, refuse) : keras2Tensors(call, refuse);
  return tensors.map((tensor): string => {
    const [name, callIndex, outputIndex] = tensor;
    if (typeof name !== "string" || callIndex !== 0 || outputIndex !== 0) {
      return refuse("a layer reads the first output of the first call of another", tensor);
    }
    return name;
  });
}

type Refuse = (rule: string, received: unknown) => never;

/** Keras 2: `[["conv2d", 0, 0, {}], …]`. */
function keras2Tensors(call: unknown, refuse: Refuse): readonly unknown[][] {
  const list = Array.isArray(call) ? call : refuse("a call lists its inputs", call);
  return list.map((item: unknown) => {
    const tensor: unknown[] = Array.isArray(item) ? item : refuse("a call lists its inputs", item);
    checkArguments(tensor[3] ?? {}, refuse);
    return tensor;
  });
}

/** Keras 3: `{ args: [tensor] | [[tensor, …]], kwargs }` with `tensor.config.keras_history = ["conv2d", 0, 0]`. */
function keras3Tensors(call: Json, refuse: Refuse): readonly unknown[][] {
  checkArguments(call.kwargs ?? {}, refuse);
  const args: unknown[] = Array.isArray(call.args) ? call.args : [];
  const [only, ...more] = args;
  if (more.length > 0) refuse("a call takes its inputs as one argument", args);
  return (Array.isArray(only) ? (only as unknown[]) : [only]).map((tensor) => {
    const history = isRecord(tensor) && isRecord(tensor.config) ? tensor.config.keras_history : undefined;
    return Array.isArray(history) ? history : refuse("a call lists its inputs", tensor);
  });
}

/** Keyword arguments of a call; those that leave inference as it is may stay. */
function checkArguments(given: unknown, refuse: Refuse): void {
  const named = isRecord(given) ? given : refuse("a call's keyword arguments are an object", given);
  const harmless = Object.entries(named).every(
    ([key, value]) => value === null || (key === "training" && value === false),
  );
  if (!harmless) refuse("a layer is called without arguments of its own", given);
}

/** Axes can be judged only when the inputs' ranks are known: the last one, however it is counted, or nothing. */
function checked(graph: ModelGraph, config: unknown, place: string): ModelGraph {
  const shapes = inferShapes(graph);
  const layers = layerList(Array.isArray(config) ? config : isRecord(config) ? config.layers : [], place);
  const inputs = new Map(graph.nodes.map((one) => [one.name, one.inputs]));
  for (const { className, name, config: layer } of layers) {
    if (className !== "Concatenate" && !className.startsWith("BatchNormalization")) continue;
    const axis: unknown = Array.isArray(layer.axis) && layer.axis.length === 1 ? layer.axis[0] : (layer.axis ?? -1);
    const last = shapes.get(inputs.get(name)?.[0] ?? "")?.length;
    if (axis === -1 || axis === last) continue;
    throw new AppError("MODEL_LAYER_UNSUPPORTED", {
      place,
      rule: `layer "${name}" (${className}): axis is the last one, the channels`,
      received: shown(layer.axis),
      remedy: "Rebuild the model with channels last",
    });
  }
  return graph;
}

function malformed(place: string, rule: string, received: unknown): never {
  throw invalid(place, rule, shown(received));
}

// A ModelGraph as config.json of a .keras file, in the spelling of Keras 3.15, which reads no other there. The layers stand in
// the order in which Keras lists them, because it finds their weights by their place.
import { inKerasOrder } from "../../model/keras-order.js";
import type { LayerNode, ModelGraph } from "../../model/model-graph.js";
import { inferShapes, type Shape } from "../../model/shapes.js";
import { layerToKeras } from "./layer-to-keras.js";

type Json = Readonly<Record<string, unknown>>;

export interface InKeras3 {
  readonly graph: ModelGraph;
  /** Its layers' names -> those that they had. */
  readonly formerNames: ReadonlyMap<string, string>;
}

/** A graph as Keras 3 would have it: in its order, names without the slash that it forbids and Keras 2 wrote. */
export function asInKeras3(graph: ModelGraph): InKeras3 {
  const taken = new Set(graph.nodes.map(({ name }) => name).filter((name) => !name.includes("/")));
  const names = new Map<string, string>();
  for (const { name } of graph.nodes) {
    const stem = name.replaceAll("/", "_");
    let own = stem;
    for (let n = 1; name.includes("/") && taken.has(own); n++) own = `${stem}_${n}`;
    taken.add(own);
    names.set(name, own);
  }
  const renamed = (name: string): string => names.get(name) ?? name;
  const nodes = graph.nodes.map((node) => ({ ...node, name: renamed(node.name), inputs: node.inputs.map(renamed) }));
  const ordered = graph.kind === "Sequential" ? nodes : inKerasOrder(nodes);
  return {
    graph: { ...graph, name: graph.name.replaceAll("/", "_"), nodes: ordered, output: renamed(graph.output) },
    formerNames: new Map([...names].map(([former, name]) => [name, former])),
  };
}

/** @param graph as `asInKeras3` gives it */
export function graphToKeras3(graph: ModelGraph): Json {
  const shapes = inferShapes(graph);
  const layers = graph.nodes.map((node) =>
    layerOf(
      node,
      node.inputs.map((name) => shapes.get(name) ?? []),
    ),
  );
  const [first] = graph.nodes;
  const input = [null, ...(shapes.get(first?.name ?? "") ?? [])];
  if (graph.kind === "Sequential") {
    const config = { name: graph.name, trainable: true, dtype: float32, layers, build_input_shape: input };
    const built = { build_config: { input_shape: input } };
    return { module: "keras", class_name: "Sequential", config, registered_name: null, ...built };
  }
  const inbound = graph.nodes.map(({ inputs }) => ({
    inbound_nodes: inputs.length === 0 ? [] : [{ args: argumentsOf(inputs, shapes), kwargs: {} }],
  }));
  return {
    module: "keras.src.models.functional",
    class_name: "Functional",
    config: {
      name: graph.name,
      trainable: true,
      layers: layers.map((layer, i) => ({ ...layer, name: graph.nodes[i]?.name, ...inbound[i] })),
      input_layers: [[first?.name, 0, 0]],
      output_layers: [[graph.output, 0, 0]],
    },
    registered_name: "Functional",
    build_config: { input_shape: null },
  };
}

const float32 = { module: "keras", class_name: "DTypePolicy", config: { name: "float32" }, registered_name: null };

function layerOf(node: LayerNode, inputs: readonly Shape[]): Json {
  const { class_name, config } = layerToKeras(node);
  const { batch_input_shape: batchShape, ...settings } = config;
  const spelled = Object.entries(settings).map(([key, value]) => [key, initializerOf(key, value)] as const);
  const shape = batchShape === undefined ? {} : { batch_shape: batchShape };
  const [only] = inputs;
  const built = only === undefined || inputs.length > 1 ? {} : { build_config: { input_shape: [null, ...only] } };
  const isOfApplications = node.className === "LayerScale";
  return {
    module: isOfApplications ? "keras.src.applications.convnext" : "keras.layers",
    class_name,
    config: { ...Object.fromEntries(spelled), dtype: node.className === "InputLayer" ? "float32" : float32, ...shape },
    registered_name: isOfApplications ? class_name : null,
    ...built,
  };
}

const initializerOf = (key: string, value: unknown): unknown =>
  key.endsWith("_initializer") ? { module: "keras.initializers", ...(value as Json), registered_name: null } : value;

/** Layers of several inputs take them as one list. */
function argumentsOf(inputs: readonly string[], shapes: ReadonlyMap<string, Shape>): readonly unknown[] {
  const tensors = inputs.map((name) => ({
    class_name: "__keras_tensor__",
    config: { shape: [null, ...(shapes.get(name) ?? [])], dtype: "float32", keras_history: [name, 0, 0] },
  }));
  return tensors.length === 1 ? tensors : [tensors];
}

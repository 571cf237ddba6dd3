// A ModelGraph and its weights as an ONNX model: operator set 18, float32, images as [n, c, h, w]. The graph alone;
// what its pixels mean is not in it.
import type { ModelGraph } from "../../model/model-graph.js";
import { inferShapes, type Shape } from "../../model/shapes.js";
import type { WeightMap } from "../../model/weights.js";
import { layerToOnnx } from "./layer-to-onnx.js";
import { OnnxGraphBuilder } from "./onnx-graph-builder.js";
import { dataType, encodeModel, type ValueInfoProto } from "./onnx-messages.js";

/** In every ONNX Runtime since 1.14 (2023). */
const operatorSet = 18;
/** The file format's version that came with operator set 18. */
export const irVersion = 8;

/**
 * The bytes of a .onnx file. Input and output bear the names of the graph's first and last layer; the number of images
 * `n` is open. The caller folds normalizations (`foldNormalization`) where it wants them folded.
 * @param weights of exactly this graph, in Keras' layouts.
 * @throws AppError MODEL_INVALID as `inferShapes`.
 */
export function writeOnnxModel(graph: ModelGraph, weights: WeightMap): Uint8Array {
  const builder = new OnnxGraphBuilder();
  const shapes = layersToOnnx(graph, weights, builder);
  const [input] = graph.nodes;
  const valueInfo = (name: string) => imagesInfo(name, dataType.float, channelsFirst(shapes.get(name) as Shape));
  return encodeGraph(graph.name, builder, [valueInfo(input?.name ?? "")], [valueInfo(graph.output)]);
}

/**
 * Adds every layer of the graph; the value of a layer bears its name. Returns the layers' shapes.
 * @throws AppError MODEL_INVALID as `inferShapes`.
 */
export function layersToOnnx(
  graph: ModelGraph,
  weights: WeightMap,
  builder: OnnxGraphBuilder,
): ReadonlyMap<string, Shape> {
  const shapes = inferShapes(graph);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => ({ name, shape: shapes.get(name) as Shape }));
    const readers = graph.nodes.filter((other) => other.inputs.includes(node.name));
    layerToOnnx({ node, inputs, weights: weights.get(node.name) ?? new Map(), readers }, builder);
  }
  return shapes;
}

/** An input or output of any number of images; `sizes` are those of one. */
export function imagesInfo(name: string, elementType: number, sizes: readonly number[]): ValueInfoProto {
  const dim = [{ dim_param: "n" }, ...sizes.map((size) => ({ dim_value: size }))];
  return { name, type: { tensor_type: { elem_type: elementType, shape: { dim } } } };
}

/** The bytes of a file with one graph. @param metadata ONNX's "metadata_props" */
export function encodeGraph(
  name: string,
  { nodes, initializers }: OnnxGraphBuilder,
  input: readonly ValueInfoProto[],
  output: readonly ValueInfoProto[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return encodeModel({
    ir_version: irVersion,
    producer_name: "pneumoscope",
    opset_import: [{ domain: "", version: operatorSet }],
    graph: { name, node: nodes, initializer: initializers, input, output },
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
}

/** [h, w, c] -> [c, h, w]; a flat shape stays. */
function channelsFirst(shape: Shape): Shape {
  return shape.length === 3 ? [shape[2] as number, ...shape.slice(0, 2)] : shape;
}

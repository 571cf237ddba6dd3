// A trained model as one .onnx file that needs nothing else: 8-bit grey images in, the score for pneumonia and heat
// maps out, scaling and channels inside the graph, the contract in the file's metadata.
import { foldNormalization } from "../../model/fold-normalization.js";
import type { ModelContract } from "../../model/model-contract.js";
import type { LayerNode, ModelGraph } from "../../model/model-graph.js";
import type { WeightMap } from "../../model/weights.js";
import type { PixelScaling } from "../../model/zoo/zoo-entry.js";
import { type AddHeatMaps, addHeatMaps } from "./heat-map-nodes.js";
import { OnnxGraphBuilder, type ValuesFile } from "./onnx-graph-builder.js";
import { dataType } from "./onnx-messages.js";
import { encodeGraph, imagesInfo, layersToOnnx } from "./write-onnx-model.js";

/** Names of inputs and outputs; part of the file format. */
export const inferenceNames = { image: "image", probability: "probability", heatmap: "heatmap" } as const;
/** Under this key of "metadata_props" the contract stands as JSON. */
export const onnxMetadataKey = "pneumoscope";
/** Under this key stands the checksum that the weights' file ends in: by it a run folder's model.onnx knows its weights. */
export const madeFromMetadataKey = "pneumoscope.made_from";

export interface InferenceModelOptions {
  /** Null leaves heat maps out: a reader of scores alone need not compute them. */
  readonly heatMaps?: AddHeatMaps | null;
  /** Checksum of the .h5 file that graph and weights were read from, kept beside the contract; none when null. */
  readonly madeFrom?: string | null;
  /** Where large constants go in place of the model's own bytes, which are no whole file then; null when absent. */
  readonly beside?: ValuesFile | null;
}

/**
 * The bytes of a .onnx file: input `image` uint8 [n, 1, s, s]; outputs `probability` float32 [n, 1] and, where the model
 * has a layer for it, `heatmap` float32 [n, 2, h, w], 0..1, in label order. Kernels are stored in the contract's precision.
 * @param graph takes square images of 1 or 3 channels and gives one probability
 * @throws AppError MODEL_INVALID as `inferShapes`.
 */
export function writeInferenceModel(
  graph: ModelGraph,
  weights: WeightMap,
  contract: ModelContract,
  { heatMaps = addHeatMaps, madeFrom = null, beside = null }: InferenceModelOptions = {},
): Uint8Array {
  const model = withoutReservedNames(foldNormalization(graph, weights));
  const builder = new OnnxGraphBuilder(contract.precision, beside);
  const { heatmap, probability } = inferenceNames;
  const maps = addClassifier({ ...model, scaling: contract.scaling }, builder, { probability, heatmap, heatMaps });
  return encodeClassifier(
    graph.name,
    builder,
    contract,
    maps,
    madeFrom === null ? {} : { [madeFromMetadataKey]: madeFrom },
  );
}

/** A classifier's layers with what its pixels are scaled to. */
export interface ScaledClassifier {
  readonly graph: ModelGraph;
  readonly weights: WeightMap;
  readonly scaling: PixelScaling;
}

/** Height and width of heat maps; null where a model has none or none were asked for. */
export type MapSize = ReturnType<AddHeatMaps>;

/** Adds everything from `image` to a classifier's probability [n, 1] and its heat maps, under the names given. */
export function addClassifier(
  { graph, weights, scaling }: ScaledClassifier,
  builder: OnnxGraphBuilder,
  names: { readonly probability: string; readonly heatmap: string; readonly heatMaps: AddHeatMaps | null },
): MapSize {
  scaleImages(graph, scaling, builder);
  const shapes = layersToOnnx(graph, weights, builder);
  builder.node("Identity", [graph.output], names.probability);
  return names.heatMaps?.({ graph, weights, shapes, output: names.heatmap }, builder) ?? null;
}

/** The bytes of a file whose nodes give `probability` and, where there are `maps`, `heatmap`. @param metadata besides the contract */
export function encodeClassifier(
  name: string,
  builder: OnnxGraphBuilder,
  contract: ModelContract,
  maps: MapSize,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { imageSize } = contract;
  return encodeGraph(
    name,
    builder,
    [imagesInfo(inferenceNames.image, dataType.uint8, [1, imageSize, imageSize])],
    [
      imagesInfo(inferenceNames.probability, dataType.float, [1]),
      ...(maps === null ? [] : [imagesInfo(inferenceNames.heatmap, dataType.float, [2, maps.height, maps.width])]),
    ],
    { [onnxMetadataKey]: JSON.stringify(contract), ...metadata },
  );
}

/** `image` [n, 1, s, s] becomes the input layer's value, [n, c, s, s]. */
function scaleImages({ nodes }: ModelGraph, { multiply, add }: PixelScaling, builder: OnnxGraphBuilder): void {
  const input = nodes[0] as Extract<LayerNode, { className: "InputLayer" }>;
  const channels = input.config.shape[2];
  const constant = (which: string, values: readonly number[]) =>
    builder.constant(`${input.name}::${which}`, {
      shape: [channels, 1, 1],
      data: Float32Array.from(values.slice(0, channels)),
    });
  const grey = builder.node("Cast", [inferenceNames.image], `${input.name}::grey`, { to: dataType.float });
  const scaled = builder.node("Mul", [grey, constant("multiply", multiply)], `${input.name}::multiplied`); // [n, 1, s, s] -> [n, c, s, s]
  builder.node("Add", [scaled, constant("add", add)], input.name);
}

/** A layer may be called as an input or output of ours is. */
function withoutReservedNames({ graph, weights }: { readonly graph: ModelGraph; readonly weights: WeightMap }) {
  const isReserved = (name: string) => Object.values<string>(inferenceNames).includes(name);
  const renamed = (name: string) => (isReserved(name) ? `${name}::layer` : name);
  return {
    graph: {
      ...graph,
      nodes: graph.nodes.map((node) => ({ ...node, name: renamed(node.name), inputs: node.inputs.map(renamed) })),
      output: renamed(graph.output),
    },
    weights: new Map([...weights].map(([name, values]) => [renamed(name), values])),
  };
}

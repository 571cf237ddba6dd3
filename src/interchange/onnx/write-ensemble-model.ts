// Several classifiers of the same images as one .onnx file: the mean of their probabilities, and of their heat maps. Each
// member keeps its own scaling of pixels; whoever reads the file sees one model.
import { foldNormalization } from "../../model/fold-normalization.js";
import type { ModelContract } from "../../model/model-contract.js";
import type { ModelGraph } from "../../model/model-graph.js";
import type { WeightMap } from "../../model/weights.js";
import { addHeatMaps } from "./heat-map-nodes.js";
import { OnnxGraphBuilder } from "./onnx-graph-builder.js";
import { resizing } from "./spatial-to-onnx.js";
import {
  addClassifier,
  encodeClassifier,
  inferenceNames,
  type MapSize,
  type ScaledClassifier,
} from "./write-inference-model.js";

/**
 * The bytes of a file as `writeInferenceModel`'s. Members without heat maps leave the ensemble without; smaller maps are
 * enlarged to the largest before the mean is taken.
 * @param members take images of the contract's size
 */
export function writeEnsembleModel(members: readonly ScaledClassifier[], contract: ModelContract): Uint8Array {
  const builder = new OnnxGraphBuilder(contract.precision);
  const probabilities: string[] = [];
  const maps: { readonly name: string; readonly size: MapSize }[] = [];
  for (const [i, { scaling, ...member }] of members.entries()) {
    const prefix = `member${i + 1}`;
    const [probability, heatmap] = [`${prefix}::${inferenceNames.probability}`, `${prefix}::${inferenceNames.heatmap}`];
    const model = prefixed(foldNormalization(member.graph, member.weights), prefix);
    const size = addClassifier({ ...model, scaling }, builder, { probability, heatmap, heatMaps: addHeatMaps });
    probabilities.push(probability);
    maps.push({ name: heatmap, size });
  }
  builder.node("Mean", probabilities, inferenceNames.probability);
  return encodeClassifier("ensemble", builder, contract, meanOfMaps(maps, builder));
}

/** Adds the mean of the maps as `heatmap`. Returns its size; null where a member has none. */
function meanOfMaps(
  maps: readonly { readonly name: string; readonly size: MapSize }[],
  builder: OnnxGraphBuilder,
): MapSize {
  const sizes = maps.flatMap(({ size }) => (size === null ? [] : [size]));
  if (sizes.length < maps.length) return null;
  const height = Math.max(...sizes.map((size) => size.height));
  const width = Math.max(...sizes.map((size) => size.width));
  const resized = maps.map(({ name, size }) => {
    if (size === null || (size.height === height && size.width === width)) return name;
    const config = { height, width, interpolation: "bilinear", cropToAspectRatio: false } as const;
    const node = { className: "Resizing", config, name: `${name}::resized`, inputs: [name], trainable: false } as const;
    resizing(node, { name, shape: [size.height, size.width, 2] }, builder);
    return node.name;
  });
  builder.node("Mean", resized, inferenceNames.heatmap);
  return { height, width };
}

/** Every layer under a name that no other member has. */
function prefixed({ graph, weights }: { readonly graph: ModelGraph; readonly weights: WeightMap }, prefix: string) {
  const named = (name: string) => `${prefix}::${name}`;
  const nodes = graph.nodes.map((node) => ({ ...node, name: named(node.name), inputs: node.inputs.map(named) }));
  return {
    graph: { ...graph, nodes, output: named(graph.output) },
    weights: new Map([...weights].map(([name, values]) => [named(name), values])),
  };
}

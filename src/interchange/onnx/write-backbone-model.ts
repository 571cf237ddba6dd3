// A backbone by others as part of a file of ours: 8-bit grey images in, scaled as it wants them; its nodes as they are,
// under names of their own; behind them the head that was trained on its features, with heat maps where these have height and
// width. Its operator set stays, so the nodes around it are of those that mean the same in every one since 9.
import type { ModelContract } from "../../model/model-contract.js";
import type { ModelGraph } from "../../model/model-graph.js";
import type { WeightMap } from "../../model/weights.js";
import type { PixelScaling } from "../../model/zoo/zoo-entry.js";
import type { CutGraph } from "./cut-graph.js";
import type { ForeignNode, ForeignTensor } from "./foreign-onnx.js";
import { gradCamToOnnx } from "./grad-cam-to-onnx.js";
import { OnnxGraphBuilder } from "./onnx-graph-builder.js";
import {
  dataType,
  encodeGraphFields,
  encodeModelAround,
  fieldStart,
  joined,
  textField,
  type ValueInfoProto,
} from "./onnx-messages.js";
import { inferenceNames, onnxMetadataKey } from "./write-inference-model.js";
import { imagesInfo, irVersion, layersToOnnx } from "./write-onnx-model.js";

/** How a backbone's value [n, …] becomes features. */
export type FeatureForm =
  /** [n, c], as they are. */
  | { readonly kind: "vector"; readonly channels: number }
  /** [n, tokens, c]: the first one's, a vision transformer's class token. */
  | { readonly kind: "tokens"; readonly channels: number }
  /** [n, c, h, w]: the mean over positions. */
  | { readonly kind: "map"; readonly channels: number; readonly height: number; readonly width: number };

/** What goes into a backbone. */
export interface BackboneInput {
  readonly backbone: CutGraph;
  readonly scaling: PixelScaling;
  readonly imageSize: number;
}

/** A head's layers, as `headGraph` names them. */
export const headLayers = { features: "features", pooled: "pooled", probability: "head" } as const;

/** Features [c, h, w], their mean over positions, and P(pneumonia) by logistic regression of it. */
export function headGraph(form: FeatureForm): ModelGraph {
  const { features, pooled, probability } = headLayers;
  const size = form.kind === "map" ? ([form.height, form.width] as const) : ([1, 1] as const);
  return {
    name: "head",
    nodes: [
      {
        name: features,
        className: "InputLayer",
        config: { shape: [...size, form.channels] },
        inputs: [],
        trainable: false,
      },
      {
        name: pooled,
        className: "GlobalAveragePooling2D",
        config: { keepdims: false },
        inputs: [features],
        trainable: false,
      },
      {
        name: probability,
        className: "Dense",
        config: { units: 1, activation: "sigmoid", useBias: true },
        inputs: [pooled],
        trainable: true,
      },
    ],
    output: probability,
  } as ModelGraph;
}

/** A file that gives the backbone's value as it is, `value` float32: its shape shows what form its features have. */
export function writeBackboneValue(input: BackboneInput): Uint8Array {
  const after = new OnnxGraphBuilder();
  after.node("Cast", [prefixed(input.backbone.output)], backboneNames.value, { to: dataType.float });
  const output = { name: backboneNames.value, type: { tensor_type: { elem_type: dataType.float } } };
  return encodeAround(input, after, [output]);
}

/** A file that gives features, `pooled` float32 [n, c]. */
export function writeBackboneFeatures(input: BackboneInput, form: FeatureForm): Uint8Array {
  const after = new OnnxGraphBuilder();
  featuresToOnnx(input.backbone, form, after);
  const graph = headGraph(form);
  const { pooled } = headLayers;
  layersToOnnx({ ...graph, nodes: graph.nodes.slice(0, 2), output: pooled }, new Map(), after);
  return encodeAround(input, after, [imagesInfo(pooled, dataType.float, [form.channels])]);
}

/**
 * A file as `writeInferenceModel` writes one. Heat maps are Grad-CAM at the features, which for a mean over positions and
 * logistic regression are class activation maps (Zhou et al., 2016, arXiv 1512.04150).
 * @param weights of `headGraph(form)`
 */
export function writeBackboneModel(
  input: BackboneInput,
  form: FeatureForm,
  weights: WeightMap,
  contract: ModelContract,
): Uint8Array {
  const after = new OnnxGraphBuilder();
  featuresToOnnx(input.backbone, form, after);
  const graph = headGraph(form);
  const shapes = layersToOnnx(graph, weights, after);
  after.node("Identity", [graph.output], inferenceNames.probability);
  const outputs = [imagesInfo(inferenceNames.probability, dataType.float, [1])];
  if (form.kind === "map" && form.height * form.width > 1) {
    gradCamToOnnx({ graph, weights, shapes, target: headLayers.features, output: inferenceNames.heatmap }, after);
    outputs.push(imagesInfo(inferenceNames.heatmap, dataType.float, [2, form.height, form.width]));
  }
  return encodeAround(input, after, outputs, { [onnxMetadataKey]: JSON.stringify(contract) });
}

/** Names of the features' and values' files. */
export const backboneNames = { image: inferenceNames.image, value: "value", features: headLayers.pooled } as const;

/** Adds `features` [n, c, h, w] in float32. */
function featuresToOnnx({ output }: CutGraph, form: FeatureForm, builder: OnnxGraphBuilder): void {
  const { features } = headLayers;
  const name = (step: string) => `${features}::${step}`;
  const value = builder.node("Cast", [prefixed(output)], name("value"), { to: dataType.float });
  if (form.kind === "map") {
    builder.node("Identity", [value], features);
    return;
  }
  const first = builder.integers(name("class_token"), [0]);
  const vector = form.kind === "vector" ? value : builder.node("Gather", [value, first], name("token"), { axis: 1 }); // [n, t, c] -> [n, 1, c]
  const shape = builder.integers(name("shape"), [-1, form.channels, 1, 1]);
  builder.node("Reshape", [vector, shape], features); // [n, c] or [n, 1, c] -> [n, c, 1, 1]
}

/** A backbone's names must not meet ours. */
const prefixed = (name: string): string => (name === "" ? "" : `backbone/${name}`);

function encodeAround(
  { backbone, scaling, imageSize }: BackboneInput,
  after: OnnxGraphBuilder,
  output: readonly ValueInfoProto[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const before = new OnnxGraphBuilder();
  scaleImages(backbone, scaling, before);
  const image = imagesInfo(inferenceNames.image, dataType.uint8, [1, imageSize, imageSize]);
  const model = {
    ir_version: Math.max(backbone.irVersion, irVersion),
    producer_name: "pneumoscope",
    opset_import: [{ domain: "", version: backbone.operatorSet }],
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
  return encodeModelAround(model, [
    encodeGraphFields({ name: "backbone", node: before.nodes, initializer: before.initializers, input: [image] }),
    ...backbone.nodes.flatMap(nodeField),
    ...[...backbone.constants].flatMap(([name, tensor]) => constantField(name, tensor)),
    encodeGraphFields({ node: after.nodes, initializer: after.initializers, output }),
  ]);
}

/** `image` [n, 1, s, s] becomes the backbone's input [n, c, s, s]. */
function scaleImages({ input }: CutGraph, { multiply, add }: PixelScaling, builder: OnnxGraphBuilder): void {
  const channels = input.sizes[1] as number;
  const name = (step: string) => `${inferenceNames.image}::${step}`;
  const constant = (step: string, values: readonly number[]) =>
    builder.constant(name(step), { shape: [channels, 1, 1], data: Float32Array.from(values.slice(0, channels)) });
  const grey = builder.node("Cast", [inferenceNames.image], name("grey"), { to: dataType.float });
  const multiplied = builder.node("Mul", [grey, constant("multiply", multiply)], name("multiplied")); // [n, 1, s, s] -> [n, c, s, s]
  const added = builder.node("Add", [multiplied, constant("add", add)], name("added"));
  builder.node("Cast", [added], prefixed(input.name), { to: input.type });
}

/** GraphProto's field "node": a NodeProto with the names changed and the attributes' bytes as they were. */
function nodeField({ name, operator, inputs, outputs, attributes }: ForeignNode): readonly Uint8Array[] {
  const node = joined([
    ...inputs.map((input) => textField(1, prefixed(input))),
    ...outputs.map((output) => textField(2, prefixed(output))),
    textField(3, prefixed(name)),
    textField(4, operator),
    ...attributes.flatMap(({ bytes }) => [fieldStart(5, bytes.length), bytes]),
  ]);
  return [fieldStart(1, node.length), node];
}

/** GraphProto's field "initializer". */
function constantField(name: string, { bytes }: ForeignTensor): readonly Uint8Array[] {
  const called = textField(8, prefixed(name));
  return [fieldStart(5, bytes.length + called.length), bytes, called];
}

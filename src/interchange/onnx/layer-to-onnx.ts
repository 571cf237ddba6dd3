// What each layer of the vocabulary is in ONNX operators. Values are [n, c, h, w] or [n, units] and bear their layer's
// name; what a layer needs on the way is named after it, with two colons (Keras' own names have single slashes).
import { isRandomLayer } from "../../model/layer-configs/chance.js";
import { type ConvolutionConfig, spanOf } from "../../model/layer-configs/convolution.js";
import type { Activation, PoolingConfig, RescalingConfig } from "../../model/layers.js";
import type { LayerNode } from "../../model/model-graph.js";
import { asRescaling } from "../../model/rescaling.js";
import type { Shape } from "../../model/shapes.js";
import { spatialPadding } from "../../model/spatial-padding.js";
import type { HostTensor } from "../../model/weights.js";
import { activation, clip } from "./activation-to-onnx.js";
import { batchNormalization, groupNormalization, layerNormalization } from "./normalization-to-onnx.js";
import type { OnnxGraphBuilder } from "./onnx-graph-builder.js";
import type { OnnxOperator } from "./onnx-operators.js";
import { permuted } from "./permuted.js";
import { centreCrop, permute, resizing } from "./spatial-to-onnx.js";

/** A value that a layer reads, with its per-image shape in Keras' order, [h, w, c] or [units]. */
export interface LayerInput {
  readonly name: string;
  readonly shape: Shape;
}

/** A layer with what is around it. */
export interface LayerInPlace {
  readonly node: LayerNode;
  readonly inputs: readonly LayerInput[];
  /** Its own, in Keras' layouts. */
  readonly weights: Weights;
  /** The layers that read it. */
  readonly readers: readonly LayerNode[];
}

export type Weights = ReadonlyMap<string, HostTensor>;
type NodeOf<C extends LayerNode["className"]> = Extract<LayerNode, { className: C }>;

/** Adds the nodes that compute `node` in inference mode; the last one's value is named `node.name`. */
export function layerToOnnx({ node, inputs, weights, readers }: LayerInPlace, builder: OnnxGraphBuilder): void {
  const { name } = node;
  const names = inputs.map((input) => input.name);
  const [input] = inputs as readonly [LayerInput, ...LayerInput[]];
  if (isRandomLayer(node)) {
    builder.node("Identity", names, name);
    return;
  }
  switch (node.className) {
    case "InputLayer":
      return;
    case "Rescaling":
      rescaling(name, node.config, input, builder);
      return;
    case "Normalization":
      rescaling(name, asRescaling(node.config), input, builder);
      return;
    case "Conv2D":
    case "DepthwiseConv2D":
      withActivation(node.config.activation, name, builder, (output) =>
        convolution(node, input, weights, builder, output),
      );
      return;
    case "BatchNormalization":
      batchNormalization(node, input, weights, builder);
      return;
    case "LayerNormalization":
      layerNormalization(node, input, weights, builder);
      return;
    case "GroupNormalization":
      groupNormalization(node, input, weights, builder);
      return;
    case "LayerScale": {
      const { data } = weights.get("gamma") as HostTensor;
      const shape = input.shape.length === 3 ? [data.length, 1, 1] : [data.length]; // [c, 1, 1] or [units]
      builder.node("Mul", [input.name, builder.constant(`${name}::gamma`, { shape, data })], name);
      return;
    }
    case "Resizing":
      resizing(node, input, builder);
      return;
    case "CenterCrop":
      centreCrop(node, input, builder);
      return;
    case "Permute":
      permute(node, input, builder);
      return;
    case "SeparableConv2D":
      withActivation(node.config.activation, name, builder, (output) =>
        separable(node, input, weights, builder, output),
      );
      return;
    case "LeakyReLU":
      builder.node("LeakyRelu", names, name, { alpha: { float: node.config.negativeSlope } });
      return;
    case "ELU":
      builder.node("Elu", names, name, { alpha: { float: node.config.alpha } });
      return;
    case "PReLU": {
      const alpha = weights.get("alpha") as HostTensor;
      const ours = alpha.shape.length === 3 ? permuted(alpha, [2, 0, 1]) : alpha; // [h, w, c] -> [c, h, w]
      builder.node("PRelu", [input.name, builder.constant(`${name}::alpha`, ours)], name);
      return;
    }
    case "Activation":
      activation(node.config.activation, input.name, name, builder);
      return;
    case "ReLU":
      if (node.config.maxValue === null) activation("relu", input.name, name, builder);
      else clip([0, node.config.maxValue], input.name, name, builder);
      return;
    case "MaxPooling2D":
      builder.node("MaxPool", names, name, window(node.config.poolSize, node.config, input.shape));
      return;
    case "AveragePooling2D": {
      const pooling = window(node.config.poolSize, node.config, input.shape);
      builder.node("AveragePool", names, name, { ...pooling, count_include_pad: 0 });
      return;
    }
    case "GlobalAveragePooling2D":
    case "GlobalMaxPooling2D": {
      const operator = node.className === "GlobalAveragePooling2D" ? "GlobalAveragePool" : "GlobalMaxPool";
      if (node.config.keepdims) builder.node(operator, names, name);
      else builder.node("Flatten", [builder.node(operator, names, `${name}::pooled`)], name, { axis: 1 }); // [n, c, 1, 1] -> [n, c]
      return;
    }
    case "ZeroPadding2D":
      padding(node, input, readers, builder);
      return;
    case "Flatten":
      builder.node("Flatten", [channelsLast(input, name, builder)], name, { axis: 1 });
      return;
    case "Reshape":
      reshape(node, input, builder);
      return;
    case "Dropout":
    case "SpatialDropout2D":
    case "GaussianDropout":
    case "AlphaDropout":
    case "GaussianNoise":
      builder.node("Identity", names, name);
      return;
    case "Dense":
      withActivation(node.config.activation, name, builder, (output) => dense(node, input, weights, builder, output));
      return;
    case "Add":
      chain("Add", names, name, builder);
      return;
    case "Multiply":
      chain("Mul", names, name, builder);
      return;
    case "Average":
      builder.node("Mean", names, name);
      return;
    case "Maximum":
      builder.node("Max", names, name);
      return;
    case "Concatenate":
      builder.node("Concat", names, name, { axis: 1 }); // Keras' last axis is the channel axis, here the second
      return;
    default:
      node satisfies never;
  }
}

/** x * scale + offset, one number of each for all channels or for each one. */
function rescaling(
  name: string,
  { scale, offset }: RescalingConfig,
  input: LayerInput,
  builder: OnnxGraphBuilder,
): void {
  const constant = (which: string, values: number | readonly number[]) => {
    const data = Float32Array.from([values].flat());
    return builder.constant(`${name}::${which}`, { shape: [data.length, 1, 1], data }); // [c, 1, 1] or [1, 1, 1]
  };
  const scaled = builder.node("Mul", [input.name, constant("scale", scale)], `${name}::scaled`);
  builder.node("Add", [scaled, constant("offset", offset)], name);
}

function convolution(
  node: NodeOf<"Conv2D" | "DepthwiseConv2D">,
  input: LayerInput,
  weights: Weights,
  builder: OnnxGraphBuilder,
  output: string,
): void {
  const isDepthwise = node.className === "DepthwiseConv2D";
  const kernel = isDepthwise
    ? depthwiseKernel(node.name, weights, builder)
    : builder.kernel(`${node.name}::kernel`, permuted(weights.get("kernel") as HostTensor, [3, 2, 0, 1]), 0); // [kh, kw, in, out] -> [out, in, kh, kw]
  builder.node("Conv", [input.name, kernel, ...bias(node, weights, builder)], output, {
    ...window(spanOf(node.config), node.config, input.shape),
    ...taps(node.config),
    group: isDepthwise ? (input.shape[2] as number) : (node.config.groups ?? 1),
  });
}

/** Depthwise kernels are small, and what is lost in them is lost in a whole channel: they stay float32. */
function depthwiseKernel(layer: string, weights: Weights, builder: OnnxGraphBuilder): string {
  const given = weights.get("depthwise_kernel") as HostTensor;
  const [height, width, channels, multiplier] = given.shape as [number, number, number, number];
  const kernel = { ...permuted(given, [2, 3, 0, 1]), shape: [channels * multiplier, 1, height, width] }; // [kh, kw, c, m] -> [c * m, 1, kh, kw]
  return builder.constant(`${layer}::kernel`, kernel);
}

function separable(
  node: NodeOf<"SeparableConv2D">,
  input: LayerInput,
  weights: Weights,
  builder: OnnxGraphBuilder,
  output: string,
): void {
  const filtered = builder.node(
    "Conv",
    [input.name, depthwiseKernel(node.name, weights, builder)],
    `${node.name}::filtered`,
    {
      ...window(spanOf(node.config), node.config, input.shape),
      ...taps(node.config),
      group: input.shape[2] as number,
    },
  );
  const pointwise = permuted(weights.get("pointwise_kernel") as HostTensor, [3, 2, 0, 1]); // [1, 1, c, out] -> [out, c, 1, 1]
  const kernel = builder.kernel(`${node.name}::pointwise`, pointwise, 0);
  builder.node("Conv", [filtered, kernel, ...bias(node, weights, builder)], output, { kernel_shape: [1, 1] });
}

/** The kernel's own taps, where `window` has given the pixels that they span. */
const taps = ({ kernelSize, dilationRate = [1, 1] }: ConvolutionConfig) => ({
  kernel_shape: kernelSize,
  dilations: dilationRate,
});

/** Keras' [in, out] kernel is what Gemm multiplies by; at every position of an image it is a 1x1 convolution. */
function dense(
  node: NodeOf<"Dense">,
  input: LayerInput,
  weights: Weights,
  builder: OnnxGraphBuilder,
  output: string,
): void {
  const given = weights.get("kernel") as HostTensor;
  if (input.shape.length === 3) {
    const [inputs, outputs] = given.shape as [number, number];
    const ofPositions = permuted({ ...given, shape: [1, 1, inputs, outputs] }, [3, 2, 0, 1]); // [in, out] -> [out, in, 1, 1]
    const kernel = builder.kernel(`${node.name}::kernel`, ofPositions, 0);
    builder.node("Conv", [input.name, kernel, ...bias(node, weights, builder)], output, { kernel_shape: [1, 1] });
    return;
  }
  const kernel = builder.kernel(`${node.name}::kernel`, given, 1);
  builder.node("Gemm", [input.name, kernel, ...bias(node, weights, builder)], output);
}

function bias({ name }: LayerNode, weights: Weights, builder: OnnxGraphBuilder): string[] {
  const values = weights.get("bias");
  return values === undefined ? [] : [builder.constant(`${name}::bias`, values)];
}

/**
 * ONNX Runtime moves a Pad of zeros into the convolution behind it, which is right, and into a MaxPool, which is wrong:
 * a pool's own border is minus infinity (onnxsim issue 290 describes the same fault). A Pad that names its axes stays.
 */
function padding(
  { name, config }: NodeOf<"ZeroPadding2D">,
  input: LayerInput,
  readers: readonly LayerNode[],
  builder: OnnxGraphBuilder,
): void {
  const [[top, bottom], [left, right]] = config.padding;
  const isForConvolutions = readers.every(({ className }) => /^(Depthwise|Separable)?Conv2D$/.test(className));
  const inputs = isForConvolutions
    ? [builder.integers(`${name}::pads`, [0, 0, top, left, 0, 0, bottom, right])]
    : [builder.integers(`${name}::pads`, [top, left, bottom, right]), "", builder.integers(`${name}::axes`, [2, 3])];
  builder.node("Pad", [input.name, ...inputs], name);
}

/** A layer with an activation inside: its own value gets a name of its own, unless it is the layer's. */
function withActivation(
  kind: Activation,
  name: string,
  builder: OnnxGraphBuilder,
  compute: (output: string) => void,
): void {
  const linear = kind === "linear" ? name : `${name}::linear`;
  compute(linear);
  if (kind !== "linear") activation(kind, linear, name, builder);
}

/** Kernel size, steps and explicit borders: older runtimes disagree on automatic ones. */
function window(
  size: readonly [number, number],
  { strides, padding }: Pick<PoolingConfig, "strides" | "padding">,
  shape: Shape,
) {
  const { height, width } = spatialPadding(shape as [number, number, number], size, strides, padding);
  return { kernel_shape: size, strides, pads: [height[0], width[0], height[1], width[1]] };
}

/** Keras flattens and reshapes [h, w, c]: [n, c, h, w] -> [n, h, w, c]; a flat value stays. */
function channelsLast(input: LayerInput, layer: string, builder: OnnxGraphBuilder): string {
  if (input.shape.length === 1) return input.name;
  return builder.node("Transpose", [input.name], `${layer}::channels_last`, { perm: [0, 2, 3, 1] });
}

function reshape({ name, config }: NodeOf<"Reshape">, input: LayerInput, builder: OnnxGraphBuilder): void {
  const { targetShape } = config;
  const target = builder.integers(`${name}::shape`, [0, ...targetShape]); // 0 keeps the number of images
  const given = [channelsLast(input, name, builder), target];
  if (targetShape.length === 1) builder.node("Reshape", given, name);
  else {
    const reshaped = builder.node("Reshape", given, `${name}::reshaped`);
    builder.node("Transpose", [reshaped], name, { perm: [0, 3, 1, 2] }); // [n, h, w, c] -> [n, c, h, w]
  }
}

/** A binary operator over any number of values, from the left. */
function chain(operator: OnnxOperator, names: readonly string[], output: string, builder: OnnxGraphBuilder): void {
  names.reduce((left, right, index) =>
    builder.node(operator, [left, right], index === names.length - 1 ? output : `${output}::${index}`),
  );
}

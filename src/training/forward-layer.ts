// What each layer of the vocabulary computes, as compositions of libtorch operators. Tensors are [n, c, h, w] in name
// and channels-last in memory, or [n, units].
import type { Activation, DropoutConfig, PoolingConfig } from "../model/layers.js";
import type { LayerNode } from "../model/model-graph.js";
import { asRescaling } from "../model/rescaling.js";
import { isSymmetric, type SpatialPadding, spatialPadding } from "../model/spatial-padding.js";
import { noGrad } from "../tensor/engine.js";
import { dtypeNumber, op, opMany, run, type Tensor } from "../tensor/tensor.js";
import type { Parameters } from "./parameters.js";
import { rescale } from "./rescale.js";

/** A frozen layer behaves as in inference in both modes, as in Keras. */
export type Mode = "training" | "inference";

/** How a forward pass runs. */
export interface Pass {
  readonly parameters: Parameters;
  readonly mode: Mode;
  /** "own" takes the addon's kernels where there is one; "plain" takes libtorch's operators throughout. */
  readonly kernels: "own" | "plain";
  /**
   * What may be overwritten to spare memory: nothing where gradients are recorded, else what the layer makes for itself,
   * and its input too when nobody reads it again.
   */
  readonly overwrite: "nothing" | "own values" | "input";
}

/** The layer's output for its inputs. */
export function forwardLayer(node: LayerNode, inputs: readonly Tensor[], pass: Pass): Tensor {
  const [x] = inputs as readonly [Tensor, ...Tensor[]];
  const { parameters, mode } = pass;
  switch (node.className) {
    case "InputLayer":
      return x;
    case "Rescaling":
      return rescale(x, node.config);
    case "Normalization":
      return rescale(x, asRescaling(node.config));
    case "Conv2D":
    case "DepthwiseConv2D":
      return activate(convolve(node, x, pass), node.config.activation, pass.overwrite !== "nothing");
    case "BatchNormalization":
      return mode === "training" && node.trainable
        ? normalizeByBatch(node, x, parameters)
        : normalizeByMovingStatistics(node, x, parameters);
    case "Activation":
      return activate(x, node.config.activation, pass.overwrite === "input");
    case "ReLU":
      return rectify(x, node.config.maxValue, pass.overwrite === "input");
    case "MaxPooling2D":
      return maxPool(x, node.config);
    case "AveragePooling2D":
      return averagePool(x, node.config);
    case "GlobalAveragePooling2D":
      return op("aten::mean.dim", x, [2, 3], node.config.keepdims); // [n, c, h, w] -> [n, c] or [n, c, 1, 1]
    case "GlobalMaxPooling2D":
      return op("aten::amax", x, [2, 3], node.config.keepdims); // [n, c, h, w] -> [n, c] or [n, c, 1, 1]
    case "ZeroPadding2D": {
      const [height, width] = node.config.padding;
      return pad(x, { height, width }, 0);
    }
    case "Flatten":
      return flatten(x);
    case "Reshape":
      return reshape(x, node.config.targetShape);
    case "Dropout":
      return mode === "training" && node.trainable ? drop(x, node.config) : x;
    case "Dense":
      return activate(
        op("aten::linear", x, parameters.get(node.name, "kernel"), parameters.get(node.name, "bias")),
        node.config.activation,
      );
    case "Add":
      return inputs.reduce((sum, input) => op("aten::add.Tensor", sum, input));
    case "Multiply":
      return inputs.reduce((product, input) => op("aten::mul.Tensor", product, input));
    case "Concatenate":
      return op("aten::cat", inputs, 1); // Keras' last axis is the channel axis, here the second
    default:
      return node satisfies never;
  }
}

type ConvolutionNode = Extract<LayerNode, { className: "Conv2D" | "DepthwiseConv2D" }>;

/**
 * The convolution without its activation. A Conv2D over several channels may be given one grey channel [n, 1, h, w]
 * that stands for all of them: the kernels are summed instead of the image being repeated, which is the same sum.
 */
export function convolve(node: ConvolutionNode, x: Tensor, { parameters, kernels }: Pass): Tensor {
  const { kernelSize, strides, padding } = node.config;
  const bias = parameters.get(node.name, "bias");
  const border = spatialPadding(sizeOf(x), kernelSize, strides, padding);
  const [kernel, groups] = kernelAndGroups(node, x.shape[1] as number, parameters);
  if (kernels === "own" && hasOwnDepthwise(node)) {
    return op("pneumoscope::depthwise", x, kernel, strides, [...border.height, ...border.width]);
  }
  const symmetric = isSymmetric(border);
  const input = symmetric ? x : pad(x, border, 0);
  if (kernels === "own" && hasOwnKernel(node, kernel.shape)) return op("pneumoscope::conv3x3", input, kernel, bias);
  const amount = symmetric ? [border.height[0], border.width[0]] : [0, 0];
  return op("aten::conv2d", input, kernel, bias, strides, amount, [1, 1], groups);
}

/** The addon's convolution: 3x3, stride 1, "same", channels that fill its blocks on every processor. */
function hasOwnKernel({ className, config }: ConvolutionNode, [outputs = 0, inputs = 0]: readonly number[]): boolean {
  const isPlain3x3 = config.kernelSize.join() === "3,3" && config.strides.join() === "1,1" && config.padding === "same";
  return className === "Conv2D" && isPlain3x3 && outputs % 32 === 0 && (inputs % 32 === 0 || inputs <= 3);
}

/** The addon's depthwise convolution: one kernel per channel, of at most 7x7, and no bias. */
function hasOwnDepthwise({ className, config }: ConvolutionNode): boolean {
  if (className !== "DepthwiseConv2D" || config.useBias || config.depthMultiplier !== 1) return false;
  return config.kernelSize[0] * config.kernelSize[1] <= 49;
}

function kernelAndGroups(node: ConvolutionNode, channels: number, parameters: Parameters): [Tensor, number] {
  if (node.className === "DepthwiseConv2D") {
    const kernel = parameters.get(node.name, "depthwise_kernel") as Tensor; // [c, multiplier, kh, kw]
    return [op("aten::reshape", kernel, [-1, 1, ...node.config.kernelSize]), channels]; // -> [c * multiplier, 1, kh, kw]
  }
  const kernel = parameters.get(node.name, "kernel") as Tensor; // [out, in, kh, kw]
  if (channels === 1 && kernel.shape[1] !== 1) return [op("aten::sum.dim_IntList", kernel, [1], true), 1];
  return [kernel, 1];
}

/** The activation's value; `inPlace` puts it where `x` was. */
export function activate(x: Tensor, activation: Activation, inPlace = false): Tensor {
  switch (activation) {
    case "linear":
      return x;
    case "relu":
      return rectify(x, null, inPlace);
    case "relu6":
      return rectify(x, 6, inPlace);
    case "sigmoid":
      return op(inPlace ? "aten::sigmoid_" : "aten::sigmoid", x);
    case "swish":
      return op(inPlace ? "aten::silu_" : "aten::silu", x);
    case "softmax":
      return op("aten::softmax.int", x, 1);
    default:
      return activation satisfies never;
  }
}

function rectify(x: Tensor, most: number | null, inPlace: boolean): Tensor {
  if (most === null) return op(inPlace ? "aten::relu_" : "aten::relu", x);
  return op(inPlace ? "aten::clamp_" : "aten::clamp", x, 0, most);
}

type NormalizationNode = Extract<LayerNode, { className: "BatchNormalization" }>;

function normalizeByBatch(node: NormalizationNode, x: Tensor, parameters: Parameters): Tensor {
  const { epsilon } = node.config;
  const gamma = parameters.get(node.name, "gamma");
  const beta = parameters.get(node.name, "beta");
  const [normalized, mean, inverseDeviation] = opMany(
    "aten::native_batch_norm",
    x,
    gamma,
    beta,
    null,
    null,
    true,
    0,
    epsilon,
  ) as [Tensor, Tensor, Tensor];
  noGrad(() => {
    const variance = op("aten::sub.Scalar", op("aten::pow.Tensor_Scalar", inverseDeviation, -2), epsilon);
    updateMovingStatistics(node, mean, variance, parameters);
  });
  return normalized;
}

/** moving = moving * momentum + batch * (1 - momentum), with the biased variance, as Keras 3 computes it. */
export function updateMovingStatistics(
  node: NormalizationNode,
  mean: Tensor,
  variance: Tensor,
  parameters: Parameters,
): void {
  const share = 1 - node.config.momentum;
  noGrad(() => {
    run("aten::lerp_.Scalar", parameters.get(node.name, "moving_mean"), mean, share);
    run("aten::lerp_.Scalar", parameters.get(node.name, "moving_variance"), variance, share);
  });
}

function normalizeByMovingStatistics(node: NormalizationNode, x: Tensor, parameters: Parameters): Tensor {
  const weight = (name: string) => parameters.get(node.name, name);
  return op(
    "aten::batch_norm",
    x,
    weight("gamma"),
    weight("beta"),
    weight("moving_mean"),
    weight("moving_variance"),
    false,
    0,
    node.config.epsilon,
    true,
  );
}

/** Height and width of [n, c, h, w]. */
const sizeOf = (x: Tensor): [number, number] => x.shape.slice(2) as [number, number];

/** `x` [n, c, h, w] with a border of `value`. */
function pad(x: Tensor, { height, width }: SpatialPadding, value: number): Tensor {
  if (height[0] + height[1] + width[0] + width[1] === 0) return x;
  return op("aten::constant_pad_nd", x, [...width, ...height], value);
}

function maxPool(x: Tensor, { poolSize, strides, padding }: PoolingConfig): Tensor {
  const border = spatialPadding(sizeOf(x), poolSize, strides, padding);
  return op("aten::max_pool2d", pad(x, border, Number.NEGATIVE_INFINITY), poolSize, strides);
}

/** Pixels of the padding do not count in the mean, as in Keras. */
function averagePool(x: Tensor, { poolSize, strides, padding }: PoolingConfig): Tensor {
  const border = spatialPadding(sizeOf(x), poolSize, strides, padding);
  const padded = pad(x, border, 0);
  const mean = op("aten::avg_pool2d", padded, poolSize, strides);
  if (padded === x) return mean;
  const inside = pad(op("aten::ones_like", op("aten::slice.Tensor", x, 1, 0, 1)), border, 0);
  return op("aten::div.Tensor", mean, op("aten::avg_pool2d", inside, poolSize, strides));
}

/** The values that stay are divided by the share that stays. */
function drop(x: Tensor, { rate, noiseShape }: DropoutConfig): Tensor {
  if (noiseShape === "values") return op("aten::dropout", x, rate, true);
  const perSample = x.shape.map((size, axis) => (axis === 0 ? size : 1)); // [n, 1, 1, 1]
  const ones = op("aten::ones", perSample, dtypeNumber(x.dtype), null, x.device);
  return op("aten::mul.Tensor", x, op("aten::dropout", ones, rate, true));
}

/** Keras flattens [h, w, c]; in channels-last memory that order is already there and nothing is copied. */
function flatten(x: Tensor): Tensor {
  if (x.shape.length !== 4) return op("aten::flatten.using_ints", x, 1);
  return op("aten::flatten.using_ints", op("aten::permute", x, [0, 2, 3, 1]), 1); // [n, c, h, w] -> [n, h * w * c]
}

/** `targetShape` is Keras' [h, w, c] or [units], with at most one -1. */
function reshape(x: Tensor, targetShape: readonly number[]): Tensor {
  const reshaped = op("aten::reshape", flatten(x), [x.shape[0] as number, ...targetShape]);
  return targetShape.length === 3 ? op("aten::permute", reshaped, [0, 3, 1, 2]) : reshaped; // [n, h, w, c] -> [n, c, h, w]
}

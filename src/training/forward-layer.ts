// What each layer of the vocabulary computes, as compositions of libtorch operators. Tensors are [n, c, h, w] in name
// and channels-last in memory, or [n, units].
import type { Activation, DropoutConfig, PoolingConfig } from "../model/layers.js";
import type { LayerNode } from "../model/model-graph.js";
import { asRescaling } from "../model/rescaling.js";
import { isSymmetric, type SpatialPadding, spatialPadding } from "../model/spatial-padding.js";
import { kernelLimits, noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";
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
      return ops.meanDim(x, [2, 3], { keepdim: node.config.keepdims }); // [n, c, h, w] -> [n, c] or [n, c, 1, 1]
    case "GlobalMaxPooling2D":
      return ops.amax(x, { dim: [2, 3], keepdim: node.config.keepdims }); // [n, c, h, w] -> [n, c] or [n, c, 1, 1]
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
        ops.linear(x, parameters.need(node.name, "kernel"), { bias: parameters.get(node.name, "bias") }),
        node.config.activation,
      );
    case "Add":
      return inputs.reduce((sum, input) => ops.addTensor(sum, input));
    case "Multiply":
      return inputs.reduce((product, input) => ops.mulTensor(product, input));
    case "Concatenate":
      return ops.cat(inputs, { dim: 1 }); // Keras' last axis is the channel axis, here the second
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
    return ops.depthwise(x, kernel, strides, [...border.height, ...border.width]);
  }
  const symmetric = isSymmetric(border);
  const input = symmetric ? x : pad(x, border, 0);
  if (kernels === "own" && hasOwnKernel(node, kernel.shape)) return ops.conv3x3(input, kernel, { bias });
  const amount = symmetric ? [border.height[0], border.width[0]] : [0, 0];
  return ops.conv2d(input, kernel, { bias, stride: strides, padding: amount, groups });
}

/** The addon's convolution: 3x3, stride 1, "same", channels that fill its blocks on every processor. */
function hasOwnKernel({ className, config }: ConvolutionNode, [outputs = 0, inputs = 0]: readonly number[]): boolean {
  const isPlain3x3 = config.kernelSize.join() === "3,3" && config.strides.join() === "1,1" && config.padding === "same";
  const { conv3x3Block } = kernelLimits();
  const isBlocked = outputs % conv3x3Block === 0 && (inputs % conv3x3Block === 0 || inputs <= mostUnblockedInputs);
  return className === "Conv2D" && isPlain3x3 && isBlocked;
}

/** Images' channels: their gradients, for which the addon needs blocks too, are not asked for. */
const mostUnblockedInputs = 3;

/** The addon's depthwise convolution: one kernel per channel, no larger than it takes, and no bias. */
function hasOwnDepthwise({ className, config }: ConvolutionNode): boolean {
  if (className !== "DepthwiseConv2D" || config.useBias || config.depthMultiplier !== 1) return false;
  return config.kernelSize[0] * config.kernelSize[1] <= kernelLimits().depthwiseTaps;
}

function kernelAndGroups(node: ConvolutionNode, channels: number, parameters: Parameters): [Tensor, number] {
  if (node.className === "DepthwiseConv2D") {
    const kernel = parameters.need(node.name, "depthwise_kernel"); // [c, multiplier, kh, kw]
    return [ops.reshape(kernel, [-1, 1, ...node.config.kernelSize]), channels]; // -> [c * multiplier, 1, kh, kw]
  }
  const kernel = parameters.need(node.name, "kernel"); // [out, in, kh, kw]
  if (channels === 1 && kernel.shape[1] !== 1) return [ops.sumDimIntList(kernel, [1], { keepdim: true }), 1];
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
      return inPlace ? ops.sigmoidInPlace(x) : ops.sigmoid(x);
    case "swish":
      return inPlace ? ops.siluInPlace(x) : ops.silu(x);
    case "softmax":
      return ops.softmaxInt(x, 1);
    default:
      return activation satisfies never;
  }
}

function rectify(x: Tensor, most: number | null, inPlace: boolean): Tensor {
  if (most === null) return inPlace ? ops.reluInPlace(x) : ops.relu(x);
  const range = { min: 0, max: most };
  return inPlace ? ops.clampInPlace(x, range) : ops.clamp(x, range);
}

type NormalizationNode = Extract<LayerNode, { className: "BatchNormalization" }>;

function normalizeByBatch(node: NormalizationNode, x: Tensor, parameters: Parameters): Tensor {
  const { epsilon } = node.config;
  const gamma = parameters.get(node.name, "gamma");
  const beta = parameters.get(node.name, "beta");
  const [normalized, mean, inverseDeviation] = ops.nativeBatchNorm(x, gamma, beta, null, null, true, 0, epsilon);
  noGrad(() => {
    const variance = ops.subScalar(ops.powTensorScalar(inverseDeviation, -2), epsilon);
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
    ops.lerpScalarInPlace(parameters.need(node.name, "moving_mean"), mean, share);
    ops.lerpScalarInPlace(parameters.need(node.name, "moving_variance"), variance, share);
  });
}

function normalizeByMovingStatistics(node: NormalizationNode, x: Tensor, parameters: Parameters): Tensor {
  const weight = (name: string) => parameters.get(node.name, name);
  return ops.batchNorm(
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
  return ops.constantPadNd(x, [...width, ...height], { value });
}

function maxPool(x: Tensor, { poolSize, strides, padding }: PoolingConfig): Tensor {
  const border = spatialPadding(sizeOf(x), poolSize, strides, padding);
  return ops.maxPool2d(pad(x, border, Number.NEGATIVE_INFINITY), poolSize, { stride: strides });
}

/** Pixels of the padding do not count in the mean, as in Keras. */
function averagePool(x: Tensor, { poolSize, strides, padding }: PoolingConfig): Tensor {
  const border = spatialPadding(sizeOf(x), poolSize, strides, padding);
  const padded = pad(x, border, 0);
  const mean = ops.avgPool2d(padded, poolSize, { stride: strides });
  if (padded === x) return mean;
  const inside = pad(ops.onesLike(ops.sliceTensor(x, { dim: 1, start: 0, end: 1 })), border, 0);
  return ops.divTensor(mean, ops.avgPool2d(inside, poolSize, { stride: strides }));
}

/** The values that stay are divided by the share that stays. */
function drop(x: Tensor, { rate, noiseShape }: DropoutConfig): Tensor {
  if (noiseShape === "values") return ops.dropout(x, rate, true);
  const perSample = x.shape.map((size, axis) => (axis === 0 ? size : 1)); // [n, 1, 1, 1]
  const ones = ops.ones(perSample, { dtype: x.dtype, device: x.device });
  return ops.mulTensor(x, ops.dropout(ones, rate, true));
}

/** Keras flattens [h, w, c]; in channels-last memory that order is already there and nothing is copied. */
function flatten(x: Tensor): Tensor {
  if (x.shape.length !== 4) return ops.flattenUsingInts(x, { startDim: 1 });
  return ops.flattenUsingInts(ops.permute(x, [0, 2, 3, 1]), { startDim: 1 }); // [n, c, h, w] -> [n, h * w * c]
}

/** `targetShape` is Keras' [h, w, c] or [units], with at most one -1. */
function reshape(x: Tensor, targetShape: readonly number[]): Tensor {
  const reshaped = ops.reshape(flatten(x), [x.shape[0] as number, ...targetShape]);
  return targetShape.length === 3 ? ops.permute(reshaped, [0, 3, 1, 2]) : reshaped; // [n, h, w, c] -> [n, c, h, w]
}

// What each layer of the vocabulary computes, as compositions of libtorch operators. Tensors are [n, c, h, w] in name
// and channels-last in memory, or [n, units].
import { isRandomLayer } from "../model/layer-configs/chance.js";
import type { PoolingConfig } from "../model/layers.js";
import type { LayerNode } from "../model/model-graph.js";
import { asRescaling } from "../model/rescaling.js";
import { spatialPadding } from "../model/spatial-padding.js";
import { noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";
import { activate, parametricRectify, rectify } from "./activate.js";
import { byChance } from "./chance-layers.js";
import { convolve, convolveSeparably } from "./convolve.js";
import type { BatchShare } from "./data-parallel/batch-share.js";
import { normalizeTogether } from "./data-parallel/normalize-together.js";
import { type NormalizationNode, updateMovingStatistics } from "./moving-statistics.js";
import type { Parameters } from "./parameters.js";
import { rescale } from "./rescale.js";
import { channelsLast, cropCentre, resize } from "./resize.js";
import { normalizeGroups, normalizeLayer } from "./sample-normalization.js";
import { pad, sizeOf } from "./spatial-border.js";

/** A frozen layer behaves as in inference in both modes, as in Keras. */
export type Mode = "training" | "inference";

/** How a forward pass runs. */
export interface Pass {
  readonly parameters: Parameters;
  readonly mode: Mode;
  /** "own" takes the addon's kernels where there is one; "plain" takes libtorch's operators throughout. */
  readonly kernels: "own" | "plain";
  /** Of a batch that is not all here. */
  readonly share?: BatchShare | undefined;
  /** Processes whose batch normalizations take the statistics of all their images (`Processes.group`); 0: of those here. */
  readonly group: number;
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
  if (isRandomLayer(node)) return x;
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
    case "SeparableConv2D":
      return activate(convolveSeparably(node, x, pass), node.config.activation, pass.overwrite !== "nothing");
    case "LayerNormalization":
      return normalizeLayer(node, x, parameters);
    case "GroupNormalization":
      return normalizeGroups(node, x, parameters);
    case "LayerScale":
      return scaleChannels(x, parameters.need(node.name, "gamma"));
    case "Resizing":
      return resize(x, node.config);
    case "CenterCrop":
      return cropCentre(x, node.config);
    case "BatchNormalization":
      if (mode !== "training" || !node.trainable) return normalizeByMovingStatistics(node, x, parameters);
      return pass.group === 0 ? normalizeByBatch(node, x, parameters) : normalizeTogether(node, x, pass);
    case "Activation":
      return activate(x, node.config.activation, pass.overwrite === "input");
    case "ReLU":
      return rectify(x, node.config.maxValue, pass.overwrite === "input");
    case "LeakyReLU":
      return ops.leakyRelu(x, { negativeSlope: node.config.negativeSlope });
    case "ELU":
      return ops.elu(x, { alpha: node.config.alpha });
    case "PReLU":
      return parametricRectify(x, parameters.need(node.name, "alpha"));
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
    case "Permute":
      return permute(x, node.config.dims);
    case "Dropout":
    case "SpatialDropout2D":
    case "GaussianDropout":
    case "AlphaDropout":
    case "GaussianNoise":
      return mode === "training" && node.trainable ? byChance(node, x, pass.share) : x;
    case "Dense":
      return activate(dense(node, x, parameters), node.config.activation);
    case "Add":
      return inputs.reduce((sum, input) => ops.addTensor(sum, input));
    case "Multiply":
      return inputs.reduce((product, input) => ops.mulTensor(product, input));
    case "Average":
      return ops.divScalar(
        inputs.reduce((sum, input) => ops.addTensor(sum, input)),
        inputs.length,
      );
    case "Maximum":
      return inputs.reduce((most, input) => ops.maximum(most, input));
    case "Concatenate":
      return ops.cat(inputs, { dim: 1 }); // Keras' last axis is the channel axis, here the second
    default:
      return node satisfies never;
  }
}

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

/** Of an image every position by itself. */
function dense({ name }: LayerNode, x: Tensor, parameters: Parameters): Tensor {
  const linear = (input: Tensor): Tensor =>
    ops.linear(input, parameters.need(name, "kernel"), { bias: parameters.get(name, "bias") });
  if (x.shape.length !== 4) return linear(x);
  return ops.permute(linear(ops.permute(x, [0, 2, 3, 1])), [0, 3, 1, 2]); // [n, c, h, w] -> [n, h, w, c] -> back
}

/** `factors` [c]. */
function scaleChannels(x: Tensor, factors: Tensor): Tensor {
  return ops.mulTensor(x, x.shape.length === 4 ? ops.reshape(factors, [-1, 1, 1]) : factors); // [c] -> [c, 1, 1]
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

/** `dims` are Keras' axes of [h, w, c], from 1; a flat value has one only. */
function permute(x: Tensor, dims: readonly number[]): Tensor {
  if (x.shape.length !== 4) return x;
  const ours = (axis: number | undefined): number => (axis === 3 ? 1 : (axis ?? 0) + 1);
  const [height, width, channels] = dims;
  return channelsLast(ops.permute(x, [0, ours(channels), ours(height), ours(width)])); // [n, c, h, w], permuted
}

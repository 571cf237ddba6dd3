// Convolutions: which kernel of which engine computes them, with which borders.
import { type ConvolutionConfig, spanOf } from "../model/layer-configs/convolution.js";
import type { LayerNode } from "../model/model-graph.js";
import { isSymmetric, spatialPadding } from "../model/spatial-padding.js";
import { kernelLimits } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Pass } from "./forward-layer.js";
import type { Parameters } from "./parameters.js";
import { pad, sizeOf } from "./spatial-border.js";

type NodeOf<C extends LayerNode["className"]> = Extract<LayerNode, { className: C }>;
type ConvolutionNode = NodeOf<"Conv2D" | "DepthwiseConv2D">;
type DepthwiseConfig = ConvolutionConfig & { readonly depthMultiplier: number };

/**
 * The convolution without its activation. A Conv2D over several channels may be given one grey channel [n, 1, h, w]
 * that stands for all of them: the kernels are summed instead of the image being repeated, which is the same sum.
 */
export function convolve(node: ConvolutionNode, x: Tensor, { parameters, kernels }: Pass): Tensor {
  const { strides, padding } = node.config;
  const bias = parameters.get(node.name, "bias");
  const border = spatialPadding(sizeOf(x), spanOf(node.config), strides, padding);
  const [kernel, groups] = kernelAndGroups(node, x.shape[1] as number, parameters);
  if (kernels === "own" && node.className === "DepthwiseConv2D" && bias === null && hasOwnDepthwise(node.config)) {
    return ops.depthwise(x, kernel, strides, [...border.height, ...border.width]);
  }
  const symmetric = isSymmetric(border);
  const input = symmetric ? x : pad(x, border, 0);
  if (kernels === "own" && hasOwnKernel(node, kernel.shape)) return ops.conv3x3(input, kernel, { bias });
  const amount = symmetric ? [border.height[0], border.width[0]] : [0, 0];
  const dilation = dilationFor(kernel, node.config.dilationRate);
  return ops.conv2d(input, kernel, { bias, stride: strides, padding: amount, dilation, groups });
}

/**
 * Kernels of one pixel: with one thread and fewer than 16 images libtorch leaves oneDNN for a slower way of its own, which
 * makes a step of MobileNet 1.6 times as long, unless there is a dilation, which to one pixel means nothing (`use_mkldnn` in its
 * Convolution.cpp).
 */
function dilationFor({ shape, device }: Tensor, given: readonly [number, number] = [1, 1]): readonly [number, number] {
  return device === "cpu" && shape[2] === 1 && shape[3] === 1 ? [2, 2] : given;
}

/** The addon's convolution: 3x3, stride 1, "same", channels that fill its blocks on every processor. */
function hasOwnKernel({ className, config }: ConvolutionNode, [outputs = 0, inputs = 0]: readonly number[]): boolean {
  const isPlain3x3 = config.kernelSize.join() === "3,3" && config.strides.join() === "1,1" && config.padding === "same";
  const { conv3x3Block } = kernelLimits();
  const isBlocked = outputs % conv3x3Block === 0 && (inputs % conv3x3Block === 0 || inputs <= mostUnblockedInputs);
  return className === "Conv2D" && isPlain3x3 && isBlocked && isUndilated(config) && (config.groups ?? 1) === 1;
}

/** Images' channels: their gradients, for which the addon needs blocks too, are not asked for. */
const mostUnblockedInputs = 3;

/** The addon's depthwise convolution: one kernel per channel, and no larger than it takes. */
function hasOwnDepthwise(config: DepthwiseConfig): boolean {
  const taps = config.kernelSize[0] * config.kernelSize[1];
  return config.depthMultiplier === 1 && isUndilated(config) && taps <= kernelLimits().depthwiseTaps;
}

const isUndilated = ({ dilationRate }: ConvolutionConfig): boolean =>
  dilationRate === undefined || dilationRate.join() === "1,1";

function kernelAndGroups(node: ConvolutionNode, channels: number, parameters: Parameters): [Tensor, number] {
  if (node.className === "DepthwiseConv2D") {
    const kernel = parameters.need(node.name, "depthwise_kernel"); // [c, multiplier, kh, kw]
    return [ops.reshape(kernel, [-1, 1, ...node.config.kernelSize]), channels]; // -> [c * multiplier, 1, kh, kw]
  }
  const kernel = parameters.need(node.name, "kernel"); // [out, in / groups, kh, kw]
  const { groups = 1 } = node.config;
  if (groups > 1) return [kernel, groups];
  if (channels === 1 && kernel.shape[1] !== 1) return [ops.sumDimIntList(kernel, [1], { keepdim: true }), 1];
  return [kernel, 1];
}

/** The depthwise convolution and the one over channels behind it, without the activation. */
export function convolveSeparably(node: NodeOf<"SeparableConv2D">, x: Tensor, pass: Pass): Tensor {
  const filtered = filterChannels(node, x, pass);
  const bias = pass.parameters.get(node.name, "bias");
  const pointwise = pass.parameters.need(node.name, "pointwise_kernel");
  return ops.conv2d(filtered, pointwise, { bias, dilation: dilationFor(pointwise) });
}

/** Each channel with kernels of its own. */
function filterChannels({ name, config }: NodeOf<"SeparableConv2D">, x: Tensor, { parameters, kernels }: Pass): Tensor {
  const { kernelSize, strides, padding, dilationRate: dilation = [1, 1] } = config;
  const { height, width } = spatialPadding(sizeOf(x), spanOf(config), strides, padding);
  const kernel = ops.reshape(parameters.need(name, "depthwise_kernel"), [-1, 1, ...kernelSize]); // [c, m, kh, kw] -> [c * m, 1, kh, kw]
  if (kernels === "own" && hasOwnDepthwise(config)) return ops.depthwise(x, kernel, strides, [...height, ...width]);
  return ops.conv2d(pad(x, { height, width }, 0), kernel, { stride: strides, dilation, groups: x.shape[1] as number });
}

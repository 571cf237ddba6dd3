// Which weights a layer holds, as Keras names them, orders them and lays them out.
import type { SeparableConv2DConfig, VarianceScaling } from "./layers.js";
import type { LayerNode } from "./model-graph.js";
import type { Shape } from "./output-shape.js";

/** Every value alike. */
export interface Constant {
  readonly constant: number;
}

/** One weight of a layer: name and layout as Keras has them, and how Keras' defaults would fill it. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: Shape;
  /** False for moving statistics, and for everything in a frozen layer. */
  readonly trainable: boolean;
  readonly initializer: VarianceScaling | Constant | "zeros" | "ones";
}

/**
 * A layer's weights in Keras' order and layout: Conv2D kernel [kh, kw, in / groups, out], DepthwiseConv2D
 * depthwise_kernel [kh, kw, in, multiplier], SeparableConv2D both and pointwise_kernel [1, 1, in * multiplier, out], Dense
 * kernel [in, out], normalizations gamma, beta, BatchNormalization moving_mean, moving_variance, PReLU alpha, LayerScale gamma.
 */
export function weightSpecs(node: LayerNode, inputShapes: readonly Shape[]): readonly WeightSpec[] {
  const { trainable } = node;
  const [input = []] = inputShapes;
  const channels = input.at(-1) ?? 0;
  const kernel = (name: string, shape: Shape, initializer = glorotUniform): WeightSpec => ({
    name,
    shape,
    trainable,
    initializer,
  });
  const bias = (used: boolean, length: number): WeightSpec[] =>
    used ? [{ name: "bias", shape: [length], trainable, initializer: "zeros" }] : [];
  const gammaAndBeta = (used: { readonly scale: boolean; readonly center: boolean }, shape: Shape): WeightSpec[] => [
    ...(used.scale ? [{ name: "gamma", shape, trainable, initializer: "ones" } as const] : []),
    ...(used.center ? [{ name: "beta", shape, trainable, initializer: "zeros" } as const] : []),
  ];
  switch (node.className) {
    case "Conv2D": {
      const { kernelSize, filters, groups = 1, useBias, kernelInitializer } = node.config;
      const shape = [...kernelSize, channels / groups, filters];
      return [kernel("kernel", shape, kernelInitializer), ...bias(useBias, filters)];
    }
    case "DepthwiseConv2D": {
      const { kernelSize, depthMultiplier, useBias, kernelInitializer } = node.config;
      return [
        kernel("depthwise_kernel", [...kernelSize, channels, depthMultiplier], kernelInitializer),
        ...bias(useBias, channels * depthMultiplier),
      ];
    }
    case "SeparableConv2D":
      return [...separableKernels(node.config, channels, kernel), ...bias(node.config.useBias, node.config.filters)];
    case "Dense": {
      const { units, useBias, kernelInitializer } = node.config;
      return [kernel("kernel", [channels, units], kernelInitializer), ...bias(useBias, units)];
    }
    case "BatchNormalization":
      return [
        ...gammaAndBeta(node.config, [channels]),
        { name: "moving_mean", shape: [channels], trainable: false, initializer: "zeros" },
        { name: "moving_variance", shape: [channels], trainable: false, initializer: "ones" },
      ];
    case "LayerNormalization":
      return gammaAndBeta(node.config, node.config.axes === "all" ? input : [channels]);
    case "LayerScale": {
      const { initValues, projectionDim } = node.config;
      return [{ name: "gamma", shape: [projectionDim], trainable, initializer: { constant: initValues } }];
    }
    case "GroupNormalization":
      return gammaAndBeta(node.config, [channels]);
    case "PReLU": {
      const shape = input.map((size, axis) => (node.config.sharedAxes.includes(axis + 1) ? 1 : size));
      return [{ name: "alpha", shape, trainable, initializer: "zeros" }];
    }
    default:
      return [];
  }
}

function separableKernels(
  { kernelSize, depthMultiplier, filters }: SeparableConv2DConfig,
  channels: number,
  kernel: (name: string, shape: Shape) => WeightSpec,
): WeightSpec[] {
  return [
    kernel("depthwise_kernel", [...kernelSize, channels, depthMultiplier]),
    kernel("pointwise_kernel", [1, 1, channels * depthMultiplier, filters]),
  ];
}

const glorotUniform: VarianceScaling = { scale: 1, mode: "fan_avg", distribution: "uniform" };

// Layers that multiply by a kernel.
import type { Activation } from "./activation.js";

export type Padding = "valid" | "same";
/** Of height and of width. */
export type Pair = readonly [number, number];

/**
 * How a kernel starts: Keras' VarianceScaling. Matters to fresh weights alone, so model files go without it.
 * Keras' Glorot uniform is scale 1, "fan_avg", "uniform".
 */
export interface VarianceScaling {
  readonly scale: number;
  readonly mode: "fan_avg" | "fan_out";
  readonly distribution: "uniform" | "truncated_normal";
}

/** What all convolutions have. */
export interface ConvolutionConfig {
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
  readonly activation: Activation;
  readonly useBias: boolean;
  /** Pixels from one tap of the kernel to the next; [1, 1], neighbours, when absent. */
  readonly dilationRate?: Pair;
}

export interface Conv2DConfig extends ConvolutionConfig {
  readonly filters: number;
  /** Each group of filters reads its own share of the channels; 1 when absent. */
  readonly groups?: number;
  /** Glorot uniform when absent. */
  readonly kernelInitializer?: VarianceScaling;
}

export interface DepthwiseConv2DConfig extends ConvolutionConfig {
  readonly depthMultiplier: number;
  /** Glorot uniform when absent. */
  readonly kernelInitializer?: VarianceScaling;
}

/** A depthwise convolution, which strides and dilation are of, and a 1x1 one over its channels. */
export interface SeparableConv2DConfig extends ConvolutionConfig {
  readonly filters: number;
  readonly depthMultiplier: number;
}

export interface DenseConfig {
  readonly units: number;
  readonly activation: Activation;
  readonly useBias: boolean;
  /** Glorot uniform when absent. */
  readonly kernelInitializer?: VarianceScaling;
}

/** Pixels that a dilated kernel spans. */
export function spanOf({ kernelSize, dilationRate = [1, 1] }: ConvolutionConfig): Pair {
  return [(kernelSize[0] - 1) * dilationRate[0] + 1, (kernelSize[1] - 1) * dilationRate[1] + 1];
}

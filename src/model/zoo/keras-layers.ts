// Layers as Keras' constructors make them: what an architecture leaves out takes Keras' default. The architectures
// beside this file then read like their originals in keras.applications.
import type {
  Activation,
  BatchNormalizationConfig,
  DropoutConfig,
  LayerSpec,
  Padding,
  VarianceScaling,
} from "../layers.js";

/** Of a window: one length for a square, or height and width. */
export type WindowSize = number | readonly [number, number];

interface WindowOptions {
  readonly strides?: number;
  readonly padding?: Padding;
}

interface ConvolutionOptions extends WindowOptions {
  readonly activation?: Activation;
  readonly useBias?: boolean;
  readonly kernelInitializer?: VarianceScaling;
}

interface GroupedOptions extends ConvolutionOptions {
  /** 1 when absent. */
  readonly groups?: number;
}

const square = (size: WindowSize): readonly [number, number] => (typeof size === "number" ? [size, size] : size);

export function input(imageSize: number): LayerSpec {
  return { className: "InputLayer", config: { shape: [imageSize, imageSize, 3] } };
}

export function conv2d(filters: number, kernelSize: WindowSize, options: GroupedOptions = {}): LayerSpec {
  const { groups = 1 } = options;
  const grouped = groups === 1 ? {} : { groups };
  return { className: "Conv2D", config: { filters, ...convolution(kernelSize, options), ...grouped } };
}

export function separableConv2d(filters: number, kernelSize: number, options: ConvolutionOptions = {}): LayerSpec {
  return {
    className: "SeparableConv2D",
    config: { filters, depthMultiplier: 1, ...convolution(kernelSize, options) },
  };
}

export function depthwiseConv2d(kernelSize: number, options: ConvolutionOptions = {}): LayerSpec {
  return { className: "DepthwiseConv2D", config: { depthMultiplier: 1, ...convolution(kernelSize, options) } };
}

function convolution(kernelSize: WindowSize, options: ConvolutionOptions) {
  const { strides = 1, padding = "valid", activation = "linear", useBias = true, kernelInitializer } = options;
  const initializer = kernelInitializer === undefined ? {} : { kernelInitializer };
  return { kernelSize: square(kernelSize), strides: square(strides), padding, activation, useBias, ...initializer };
}

export function batchNormalization({
  epsilon = 1e-3,
  momentum = 0.99,
  scale = true,
}: Partial<Pick<BatchNormalizationConfig, "epsilon" | "momentum" | "scale">> = {}): LayerSpec {
  return { className: "BatchNormalization", config: { momentum, epsilon, center: true, scale } };
}

export function layerNormalization(epsilon: number): LayerSpec {
  return { className: "LayerNormalization", config: { axes: "channels", epsilon, center: true, scale: true } };
}

export function activation(name: Activation): LayerSpec {
  return { className: "Activation", config: { activation: name } };
}

/** `ReLU(6.0)`: what MobileNet has in place of relu. */
export const relu6: LayerSpec = { className: "ReLU", config: { maxValue: 6 } };

export const add: LayerSpec = { className: "Add", config: {} };

export const multiply: LayerSpec = { className: "Multiply", config: {} };

/** Along the channels. */
export const concatenate: LayerSpec = { className: "Concatenate", config: { axis: -1 } };

export function averagePooling2d(poolSize: number, options: WindowOptions = {}): LayerSpec {
  return { className: "AveragePooling2D", config: pooling(poolSize, options) };
}

export function maxPooling2d(poolSize: number, options: WindowOptions = {}): LayerSpec {
  return { className: "MaxPooling2D", config: pooling(poolSize, options) };
}

function pooling(poolSize: number, { strides = poolSize, padding = "valid" }: WindowOptions) {
  return { poolSize: square(poolSize), strides: square(strides), padding };
}

export function zeroPadding2d(before: number, after = before): LayerSpec {
  return {
    className: "ZeroPadding2D",
    config: {
      padding: [
        [before, after],
        [before, after],
      ],
    },
  };
}

export const globalAveragePooling2d: LayerSpec = { className: "GlobalAveragePooling2D", config: { keepdims: false } };

export function dropout(rate: number, noiseShape: DropoutConfig["noiseShape"] = "values"): LayerSpec {
  return { className: "Dropout", config: { rate, noiseShape } };
}

export function dense(units: number, name: Activation = "linear", kernelInitializer?: VarianceScaling): LayerSpec {
  const initializer = kernelInitializer === undefined ? {} : { kernelInitializer };
  return { className: "Dense", config: { units, activation: name, useBias: true, ...initializer } };
}

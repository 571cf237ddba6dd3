// Layers as Keras' constructors make them: what an architecture leaves out takes Keras' default. The architectures
// beside this file then read like their originals in keras.applications.
import type { Activation, DropoutConfig, LayerSpec, Padding, VarianceScaling } from "../layers.js";

interface WindowOptions {
  readonly strides?: number;
  readonly padding?: Padding;
}

interface ConvolutionOptions extends WindowOptions {
  readonly activation?: Activation;
  readonly useBias?: boolean;
  readonly kernelInitializer?: VarianceScaling;
}

const square = (size: number): readonly [number, number] => [size, size];

export function input(imageSize: number): LayerSpec {
  return { className: "InputLayer", config: { shape: [imageSize, imageSize, 3] } };
}

export function conv2d(filters: number, kernelSize: number, options: ConvolutionOptions = {}): LayerSpec {
  return { className: "Conv2D", config: { filters, ...convolution(kernelSize, options) } };
}

export function depthwiseConv2d(kernelSize: number, options: ConvolutionOptions = {}): LayerSpec {
  return { className: "DepthwiseConv2D", config: { depthMultiplier: 1, ...convolution(kernelSize, options) } };
}

function convolution(kernelSize: number, options: ConvolutionOptions) {
  const { strides = 1, padding = "valid", activation = "linear", useBias = true, kernelInitializer } = options;
  const initializer = kernelInitializer === undefined ? {} : { kernelInitializer };
  return { kernelSize: square(kernelSize), strides: square(strides), padding, activation, useBias, ...initializer };
}

export function batchNormalization(epsilon = 1e-3): LayerSpec {
  return { className: "BatchNormalization", config: { momentum: 0.99, epsilon, center: true, scale: true } };
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

export function averagePooling2d(poolSize: number): LayerSpec {
  return {
    className: "AveragePooling2D",
    config: { poolSize: square(poolSize), strides: square(poolSize), padding: "valid" },
  };
}

export function maxPooling2d(
  poolSize: number,
  { strides = poolSize, padding = "valid" }: WindowOptions = {},
): LayerSpec {
  return { className: "MaxPooling2D", config: { poolSize: square(poolSize), strides: square(strides), padding } };
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

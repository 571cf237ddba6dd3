// The layer vocabulary: Keras class names with the configs that this product understands, in Keras' own spelling.
// A new layer is one more member here, one case in the shape rules, one in the executor.

export type Padding = "valid" | "same";
export type Activation = "linear" | "relu" | "relu6" | "sigmoid" | "swish" | "softmax";
type Pair = readonly [number, number];

export type LayerSpec =
  | { readonly className: "InputLayer"; readonly config: { readonly shape: readonly [number, number, number] } }
  | { readonly className: "Rescaling"; readonly config: RescalingConfig }
  | { readonly className: "Normalization"; readonly config: NormalizationConfig }
  | { readonly className: "Conv2D"; readonly config: Conv2DConfig }
  | { readonly className: "DepthwiseConv2D"; readonly config: DepthwiseConv2DConfig }
  | { readonly className: "BatchNormalization"; readonly config: BatchNormalizationConfig }
  | { readonly className: "Activation"; readonly config: { readonly activation: Activation } }
  | { readonly className: "ReLU"; readonly config: { readonly maxValue: number | null } }
  | { readonly className: "MaxPooling2D"; readonly config: PoolingConfig }
  | { readonly className: "AveragePooling2D"; readonly config: PoolingConfig }
  | {
      readonly className: "GlobalAveragePooling2D" | "GlobalMaxPooling2D";
      readonly config: { readonly keepdims: boolean };
    }
  | { readonly className: "ZeroPadding2D"; readonly config: { readonly padding: readonly [Pair, Pair] } }
  | { readonly className: "Flatten"; readonly config: Record<string, never> }
  | { readonly className: "Reshape"; readonly config: { readonly targetShape: readonly number[] } }
  | { readonly className: "Dropout"; readonly config: DropoutConfig }
  | { readonly className: "Dense"; readonly config: DenseConfig }
  | { readonly className: "Add" | "Multiply"; readonly config: Record<string, never> }
  | { readonly className: "Concatenate"; readonly config: { readonly axis: -1 } };

export type LayerClassName = LayerSpec["className"];

/** Every class name, for tests that must cover them all; the type makes the compiler miss none. */
export const layerClassNames = Object.keys({
  InputLayer: 0,
  Rescaling: 0,
  Normalization: 0,
  Conv2D: 0,
  DepthwiseConv2D: 0,
  BatchNormalization: 0,
  Activation: 0,
  ReLU: 0,
  MaxPooling2D: 0,
  AveragePooling2D: 0,
  GlobalAveragePooling2D: 0,
  GlobalMaxPooling2D: 0,
  ZeroPadding2D: 0,
  Flatten: 0,
  Reshape: 0,
  Dropout: 0,
  Dense: 0,
  Add: 0,
  Multiply: 0,
  Concatenate: 0,
} satisfies Record<LayerClassName, 0>) as readonly LayerClassName[];

/** x * scale + offset; one number for all channels or one for each. */
export interface RescalingConfig {
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
}

/** (x - mean) / sqrt(variance), one of each per channel. They are constants here, not weights, however a file keeps them. */
export interface NormalizationConfig {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/**
 * How a kernel starts: Keras' VarianceScaling. Matters to fresh weights alone, so model files go without it.
 * Keras' Glorot uniform is scale 1, "fan_avg", "uniform".
 */
export interface VarianceScaling {
  readonly scale: number;
  readonly mode: "fan_avg" | "fan_out";
  readonly distribution: "uniform" | "truncated_normal";
}

export interface Conv2DConfig {
  readonly filters: number;
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
  readonly activation: Activation;
  readonly useBias: boolean;
  /** Glorot uniform when absent. */
  readonly kernelInitializer?: VarianceScaling;
}

export interface DepthwiseConv2DConfig {
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
  readonly depthMultiplier: number;
  readonly activation: Activation;
  readonly useBias: boolean;
  /** Glorot uniform when absent. */
  readonly kernelInitializer?: VarianceScaling;
}

/** `epsilon` is added to the variance; `momentum` is the share of the old moving average that is kept. */
export interface BatchNormalizationConfig {
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
}

/** `noiseShape` is what one draw decides: every value by itself, or a whole sample (Keras' `noise_shape=(None, 1, 1, 1)`). */
export interface DropoutConfig {
  readonly rate: number;
  readonly noiseShape: "values" | "samples";
}

export interface PoolingConfig {
  readonly poolSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

export interface DenseConfig {
  readonly units: number;
  readonly activation: Activation;
  readonly useBias: boolean;
  /** Glorot uniform when absent. */
  readonly kernelInitializer?: VarianceScaling;
}

// The layer vocabulary: Keras class names with the configs that this product understands, in Keras' own spelling.
// A new layer is one more member here, one case in the shape rules, one in the executor.
import type { Activation, ELUConfig, LeakyReLUConfig, PReLUConfig } from "./layer-configs/activation.js";
import {
  type DropoutConfig,
  type GaussianNoiseConfig,
  isRandomLayerName,
  type RandomLayerConfig,
  type RandomLayerName,
  type RateConfig,
  randomLayerNames,
} from "./layer-configs/chance.js";
import type {
  Conv2DConfig,
  DenseConfig,
  DepthwiseConv2DConfig,
  Pair,
  SeparableConv2DConfig,
} from "./layer-configs/convolution.js";
import type { CenterCropConfig, PoolingConfig, ResizingConfig } from "./layer-configs/image-size.js";
import type {
  BatchNormalizationConfig,
  GroupNormalizationConfig,
  LayerNormalizationConfig,
  LayerScaleConfig,
  NormalizationConfig,
  RescalingConfig,
} from "./layer-configs/normalization.js";

export type { Activation } from "./layer-configs/activation.js";
export type { DropoutConfig } from "./layer-configs/chance.js";
export type {
  Conv2DConfig,
  DenseConfig,
  DepthwiseConv2DConfig,
  Padding,
  SeparableConv2DConfig,
  VarianceScaling,
} from "./layer-configs/convolution.js";
export type { PoolingConfig, ResizingConfig } from "./layer-configs/image-size.js";
export type { BatchNormalizationConfig, NormalizationConfig, RescalingConfig } from "./layer-configs/normalization.js";

type Nothing = Record<string, never>;

export type LayerSpec =
  | { readonly className: "InputLayer"; readonly config: { readonly shape: readonly [number, number, number] } }
  | { readonly className: "Rescaling"; readonly config: RescalingConfig }
  | { readonly className: "Normalization"; readonly config: NormalizationConfig }
  | { readonly className: "Resizing"; readonly config: ResizingConfig }
  | { readonly className: "CenterCrop"; readonly config: CenterCropConfig }
  | { readonly className: RandomLayerName; readonly config: RandomLayerConfig }
  | { readonly className: "Conv2D"; readonly config: Conv2DConfig }
  | { readonly className: "DepthwiseConv2D"; readonly config: DepthwiseConv2DConfig }
  | { readonly className: "SeparableConv2D"; readonly config: SeparableConv2DConfig }
  | { readonly className: "BatchNormalization"; readonly config: BatchNormalizationConfig }
  | { readonly className: "LayerNormalization"; readonly config: LayerNormalizationConfig }
  | { readonly className: "LayerScale"; readonly config: LayerScaleConfig }
  | { readonly className: "GroupNormalization"; readonly config: GroupNormalizationConfig }
  | { readonly className: "Activation"; readonly config: { readonly activation: Activation } }
  | { readonly className: "ReLU"; readonly config: { readonly maxValue: number | null } }
  | { readonly className: "LeakyReLU"; readonly config: LeakyReLUConfig }
  | { readonly className: "ELU"; readonly config: ELUConfig }
  | { readonly className: "PReLU"; readonly config: PReLUConfig }
  | { readonly className: "MaxPooling2D"; readonly config: PoolingConfig }
  | { readonly className: "AveragePooling2D"; readonly config: PoolingConfig }
  | {
      readonly className: "GlobalAveragePooling2D" | "GlobalMaxPooling2D";
      readonly config: { readonly keepdims: boolean };
    }
  | { readonly className: "ZeroPadding2D"; readonly config: { readonly padding: readonly [Pair, Pair] } }
  | { readonly className: "Flatten"; readonly config: Nothing }
  | { readonly className: "Reshape"; readonly config: { readonly targetShape: readonly number[] } }
  /** `dims` counts the input's axes from 1, as Keras does. */
  | { readonly className: "Permute"; readonly config: { readonly dims: readonly number[] } }
  | { readonly className: "Dropout"; readonly config: DropoutConfig }
  | { readonly className: "SpatialDropout2D" | "GaussianDropout" | "AlphaDropout"; readonly config: RateConfig }
  | { readonly className: "GaussianNoise"; readonly config: GaussianNoiseConfig }
  | { readonly className: "Dense"; readonly config: DenseConfig }
  | { readonly className: "Add" | "Multiply" | "Average" | "Maximum"; readonly config: Nothing }
  | { readonly className: "Concatenate"; readonly config: { readonly axis: -1 } };

export type LayerClassName = LayerSpec["className"];

/** Every class name, for tests that must cover them all; the type makes the compiler miss none. */
export const layerClassNames: readonly LayerClassName[] = [
  ...(Object.keys({
    InputLayer: 0,
    Rescaling: 0,
    Normalization: 0,
    Resizing: 0,
    CenterCrop: 0,
    Conv2D: 0,
    DepthwiseConv2D: 0,
    SeparableConv2D: 0,
    BatchNormalization: 0,
    LayerNormalization: 0,
    GroupNormalization: 0,
    LayerScale: 0,
    Activation: 0,
    ReLU: 0,
    LeakyReLU: 0,
    ELU: 0,
    PReLU: 0,
    MaxPooling2D: 0,
    AveragePooling2D: 0,
    GlobalAveragePooling2D: 0,
    GlobalMaxPooling2D: 0,
    ZeroPadding2D: 0,
    Flatten: 0,
    Reshape: 0,
    Permute: 0,
    Dropout: 0,
    SpatialDropout2D: 0,
    GaussianDropout: 0,
    AlphaDropout: 0,
    GaussianNoise: 0,
    Dense: 0,
    Add: 0,
    Multiply: 0,
    Average: 0,
    Maximum: 0,
    Concatenate: 0,
  } satisfies Record<Exclude<LayerClassName, RandomLayerName>, 0>) as LayerClassName[]),
  ...randomLayerNames,
];

/** Layers that act otherwise in training than in use, by chance. */
export const actsByChance = (className: LayerClassName): boolean =>
  isRandomLayerName(className) || chanceNames.has(className);

const chanceNames: ReadonlySet<LayerClassName> = new Set([
  "Dropout",
  "SpatialDropout2D",
  "GaussianDropout",
  "AlphaDropout",
  "GaussianNoise",
]);

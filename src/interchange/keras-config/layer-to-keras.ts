// One layer of a ModelGraph as a Keras layer config. Only what the graph says is written; Keras fills in the rest with
// its defaults, which keeps the files loadable by every tf.keras 2 and by Keras 3.
import { isRandomLayer } from "../../model/layer-configs/chance.js";
import type { ConvolutionConfig } from "../../model/layer-configs/convolution.js";
import type { Activation, VarianceScaling } from "../../model/layers.js";
import type { LayerNode } from "../../model/model-graph.js";

export interface KerasLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** `{ class_name, config }` as in `model_config` of a legacy .h5 file. */
export function layerToKeras(node: LayerNode): KerasLayer {
  const { class_name, config } = specific(node);
  // tf.keras 2's InputLayer and Keras 3's SpatialDropout2D are the classes that refuse `trainable`.
  const refusesIt = node.className === "InputLayer" || node.className === "SpatialDropout2D";
  const trainable = refusesIt ? {} : { trainable: node.trainable };
  return { class_name, config: { name: node.name, ...trainable, dtype: "float32", ...config } };
}

const channelsLast = { data_format: "channels_last" };

function specific(node: LayerNode): KerasLayer {
  const { className } = node;
  const as = (config: Record<string, unknown>): KerasLayer => ({ class_name: className, config });
  if (isRandomLayer(node)) return as({ ...node.config.settings });
  switch (className) {
    case "InputLayer":
      return as({ batch_input_shape: [null, ...node.config.shape] });
    case "Rescaling":
      return as({ ...node.config });
    case "Normalization":
      return as({ axis: -1, ...node.config });
    case "Resizing": {
      const { height, width, interpolation, cropToAspectRatio } = node.config;
      return as({ height, width, interpolation, crop_to_aspect_ratio: cropToAspectRatio });
    }
    case "CenterCrop":
      return as({ ...node.config });
    case "Conv2D": {
      const { filters, groups, kernelInitializer } = node.config;
      return as({
        filters,
        ...convolution(node.config),
        ...(groups === undefined ? {} : { groups }),
        ...initializer("kernel_initializer", kernelInitializer),
      });
    }
    case "DepthwiseConv2D": {
      const { depthMultiplier, kernelInitializer } = node.config;
      return as({
        ...convolution(node.config, { depth_multiplier: depthMultiplier }),
        ...initializer("depthwise_initializer", kernelInitializer),
      });
    }
    case "SeparableConv2D": {
      const { filters, depthMultiplier } = node.config;
      return as({ filters, ...convolution(node.config, { depth_multiplier: depthMultiplier }) });
    }
    case "Dense": {
      const { units, activation, useBias, kernelInitializer } = node.config;
      return as({
        units,
        activation: activationName(activation),
        use_bias: useBias,
        ...initializer("kernel_initializer", kernelInitializer),
      });
    }
    case "BatchNormalization":
      return as({ axis: -1, ...node.config });
    case "LayerNormalization": {
      const { axes, ...others } = node.config;
      return as({ axis: axes === "all" ? [1, 2, 3] : -1, ...others });
    }
    case "GroupNormalization":
      return as({ axis: -1, ...node.config });
    case "LayerScale":
      return as({ init_values: node.config.initValues, projection_dim: node.config.projectionDim });
    case "LeakyReLU":
      return as({ alpha: node.config.negativeSlope }); // Keras 2's name, which Keras 3 takes too
    case "ELU":
      return as({ ...node.config });
    case "PReLU":
      return as({ shared_axes: node.config.sharedAxes.length === 0 ? null : node.config.sharedAxes });
    case "Activation":
      return as({ activation: activationName(node.config.activation) });
    case "ReLU":
      return as({ max_value: node.config.maxValue });
    case "MaxPooling2D":
    case "AveragePooling2D": {
      const { poolSize, strides, padding } = node.config;
      return as({ pool_size: poolSize, strides, padding, ...channelsLast });
    }
    case "GlobalAveragePooling2D":
    case "GlobalMaxPooling2D":
      return as({ ...channelsLast, ...(node.config.keepdims ? { keepdims: true } : {}) });
    case "ZeroPadding2D":
      return as({ padding: node.config.padding, ...channelsLast });
    case "Flatten":
      return as(channelsLast);
    case "Reshape":
      return as({ target_shape: node.config.targetShape });
    case "Permute":
      return as({ dims: node.config.dims });
    case "SpatialDropout2D":
    case "GaussianDropout":
    case "AlphaDropout":
    case "GaussianNoise":
      return as({ ...node.config });
    case "Dropout":
      return as({
        rate: node.config.rate,
        ...(node.config.noiseShape === "samples" ? { noise_shape: [null, 1, 1, 1] } : {}),
      });
    case "Concatenate":
      return as({ axis: node.config.axis });
    case "Add":
    case "Multiply":
    case "Average":
    case "Maximum":
      return as({});
    default:
      return node satisfies never;
  }
}

function convolution(config: ConvolutionConfig, own: Record<string, unknown> = {}): Record<string, unknown> {
  const { kernelSize, strides, padding, dilationRate, activation, useBias } = config;
  return {
    kernel_size: kernelSize,
    strides,
    padding,
    ...own,
    ...channelsLast,
    ...(dilationRate === undefined ? {} : { dilation_rate: dilationRate }),
    activation: activationName(activation),
    use_bias: useBias,
  };
}

function initializer(key: string, config: VarianceScaling | undefined): Record<string, unknown> {
  return config === undefined ? {} : { [key]: { class_name: "VarianceScaling", config: { ...config, seed: null } } };
}

/** Ours are Keras' names; a switch would only repeat them. */
const activationName = (activation: Activation): string => activation;

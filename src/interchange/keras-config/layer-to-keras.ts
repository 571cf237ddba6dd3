// One layer of a ModelGraph as a Keras layer config. Only what the graph says is written; Keras fills in the rest with
// its defaults, which keeps the files loadable by every tf.keras 2 and by Keras 3.
import type { Activation, VarianceScaling } from "../../model/layers.js";
import type { LayerNode } from "../../model/model-graph.js";

export interface KerasLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** `{ class_name, config }` as in `model_config` of a legacy .h5 file. */
export function layerToKeras(node: LayerNode): KerasLayer {
  const { class_name, config } = specific(node);
  // tf.keras 2's InputLayer is the one class that refuses `trainable`.
  const trainable = node.className === "InputLayer" ? {} : { trainable: node.trainable };
  return { class_name, config: { name: node.name, ...trainable, dtype: "float32", ...config } };
}

const channelsLast = { data_format: "channels_last" };

function specific(node: LayerNode): KerasLayer {
  const { className } = node;
  const as = (config: Record<string, unknown>): KerasLayer => ({ class_name: className, config });
  switch (className) {
    case "InputLayer":
      return as({ batch_input_shape: [null, ...node.config.shape] });
    case "Rescaling":
      return as({ ...node.config });
    case "Normalization":
      return as({ axis: -1, ...node.config });
    case "Conv2D": {
      const { filters, kernelSize, strides, padding, activation, useBias, kernelInitializer } = node.config;
      return as({
        filters,
        kernel_size: kernelSize,
        strides,
        padding,
        ...channelsLast,
        activation: activationName(activation),
        use_bias: useBias,
        ...initializer("kernel_initializer", kernelInitializer),
      });
    }
    case "DepthwiseConv2D": {
      const { kernelSize, strides, padding, depthMultiplier, activation, useBias, kernelInitializer } = node.config;
      return as({
        kernel_size: kernelSize,
        strides,
        padding,
        depth_multiplier: depthMultiplier,
        ...channelsLast,
        activation: activationName(activation),
        use_bias: useBias,
        ...initializer("depthwise_initializer", kernelInitializer),
      });
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
    case "Dropout":
      return as({
        rate: node.config.rate,
        ...(node.config.noiseShape === "samples" ? { noise_shape: [null, 1, 1, 1] } : {}),
      });
    case "Concatenate":
      return as({ axis: node.config.axis });
    case "Add":
    case "Multiply":
      return as({});
    default:
      return node satisfies never;
  }
}

function initializer(key: string, config: VarianceScaling | undefined): Record<string, unknown> {
  return config === undefined ? {} : { [key]: { class_name: "VarianceScaling", config: { ...config, seed: null } } };
}

/** Ours are Keras' names; a switch would only repeat them. */
const activationName = (activation: Activation): string => activation;

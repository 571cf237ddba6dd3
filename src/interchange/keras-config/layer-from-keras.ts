// One Keras layer (class name and config, as Keras 2 or 3 wrote it) as a layer of our vocabulary. Regularizers,
// constraints and initializers that we do not have are left out: they do not change what a trained layer computes.
import { AppError } from "../../core/errors.js";
import { isRandomLayerName } from "../../model/layer-configs/chance.js";
import type { LayerSpec } from "../../model/layers.js";
import { ConfigFields } from "./config-fields.js";
import {
  axesFromOne,
  checkPrecision,
  constants,
  convolution,
  initializer,
  inputShape,
  normalizedAxes,
  perChannel,
  plainSettings,
  targetShape,
  zeroPadding,
} from "./layer-fields.js";

export { isRecord } from "./layer-fields.js";

/**
 * @param name the layer's name, for messages.
 * @throws AppError MODEL_LAYER_UNSUPPORTED naming layer, class and setting.
 */
export function layerFromKeras(
  className: string,
  name: string,
  config: Readonly<Record<string, unknown>>,
  place: string,
): LayerSpec {
  const layer = `layer "${name}" (${className})`;
  const fields = new ConfigFields(config, layer, place);
  checkPrecision(fields);
  fields.only("data_format", "channels_last", null);
  if (isRandomLayerName(className)) return { className, config: { settings: plainSettings(config) } };
  switch (className) {
    case "InputLayer":
      return { className, config: { shape: inputShape(fields) } };
    case "Rescaling":
      return { className, config: { scale: constants(fields, "scale"), offset: constants(fields, "offset", 0) } };
    case "Normalization":
      fields.only("axis", -1, [-1], 3, [3], null);
      fields.only("invert", false);
      return { className, config: { mean: perChannel(fields, "mean"), variance: perChannel(fields, "variance") } };
    case "Resizing": {
      fields.only("pad_to_aspect_ratio", false);
      fields.only("antialias", false);
      fields.only("interpolation", "bilinear", "nearest");
      return {
        className,
        config: {
          height: fields.count("height"),
          width: fields.count("width"),
          interpolation: fields.raw("interpolation") === "nearest" ? "nearest" : "bilinear",
          cropToAspectRatio: fields.flag("crop_to_aspect_ratio", false),
        },
      };
    }
    case "CenterCrop":
      return { className, config: { height: fields.count("height"), width: fields.count("width") } };
    case "Conv2D": {
      const groups = fields.count("groups", 1);
      return {
        className,
        config: {
          filters: fields.count("filters"),
          ...convolution(fields),
          ...(groups === 1 ? {} : { groups }),
          ...initializer(fields, "kernel_initializer"),
        },
      };
    }
    case "SeparableConv2D":
      fields.only("groups", 1);
      return {
        className,
        config: {
          filters: fields.count("filters"),
          depthMultiplier: fields.count("depth_multiplier", 1),
          ...convolution(fields),
        },
      };
    case "DepthwiseConv2D":
      fields.only("groups", 1);
      return {
        className,
        config: {
          depthMultiplier: fields.count("depth_multiplier", 1),
          ...convolution(fields),
          ...initializer(fields, "depthwise_initializer"),
        },
      };
    case "Dense":
      fields.only("lora_rank", null);
      fields.only("quantization_config", null);
      return {
        className,
        config: {
          units: fields.count("units"),
          activation: fields.activation("activation"),
          useBias: fields.flag("use_bias", true),
          ...initializer(fields, "kernel_initializer"),
        },
      };
    case "BatchNormalization":
    case "BatchNormalizationV1":
      fields.only("renorm", false);
      fields.only("virtual_batch_size", null);
      return {
        className: "BatchNormalization",
        config: {
          momentum: fields.number("momentum", 0, 1, 0.99),
          epsilon: fields.number("epsilon", 0, 1, 1e-3),
          center: fields.flag("center", true),
          scale: fields.flag("scale", true),
        },
      };
    case "LayerNormalization":
      fields.only("rms_scaling", false);
      return { className, config: { axes: normalizedAxes(fields), ...normalization(fields) } };
    case "GroupNormalization": {
      const groups = fields.raw("groups") === -1 ? -1 : fields.count("groups", 32);
      return { className, config: { groups, ...normalization(fields) } };
    }
    case "LayerScale": {
      const initValues = fields.number("init_values", 0, 1e6);
      return { className, config: { initValues, projectionDim: fields.count("projection_dim") } };
    }
    case "Activation":
      return { className, config: { activation: fields.activation("activation") } };
    case "Identity":
    case "ActivityRegularization":
      return { className: "Activation", config: { activation: "linear" } };
    case "LeakyReLU": {
      const negativeSlope = fields.number(fields.raw("alpha") == null ? "negative_slope" : "alpha", 0, 1e6, 0.3);
      return { className, config: { negativeSlope } };
    }
    case "ELU":
      return { className, config: { alpha: fields.number("alpha", 0, 1e6, 1) } };
    case "PReLU":
      return { className, config: { sharedAxes: axesFromOne(fields, "shared_axes") } };
    case "Softmax":
      fields.only("axis", -1);
      return { className: "Activation", config: { activation: "softmax" } };
    case "ReLU": {
      fields.only("threshold", 0, [0], null);
      const negativeSlope = fields.number("negative_slope", 0, 1e6, 0);
      if (fields.raw("max_value") == null) {
        return negativeSlope === 0
          ? { className, config: { maxValue: null } }
          : { className: "LeakyReLU", config: { negativeSlope } };
      }
      if (negativeSlope !== 0) fields.fail("negative_slope is 0 where max_value is given", negativeSlope);
      return { className, config: { maxValue: fields.number("max_value", 0, 1e6) } };
    }
    case "MaxPooling2D":
    case "AveragePooling2D": {
      const poolSize = fields.pair("pool_size", [2, 2]);
      return {
        className,
        config: { poolSize, strides: fields.pair("strides", poolSize), padding: fields.padding("padding") },
      };
    }
    case "GlobalAveragePooling2D":
    case "GlobalMaxPooling2D":
      return { className, config: { keepdims: fields.flag("keepdims", false) } };
    case "ZeroPadding2D":
      return { className, config: { padding: zeroPadding(fields) } };
    case "Flatten":
      return { className, config: {} };
    case "Reshape":
      return { className, config: { targetShape: targetShape(fields) } };
    case "Permute":
      return { className, config: { dims: axesFromOne(fields, "dims") } };
    case "SpatialDropout2D":
    case "GaussianDropout":
    case "AlphaDropout":
      fields.only("noise_shape", null);
      return { className, config: { rate: fields.number("rate", 0, 1) } };
    case "GaussianNoise":
      return { className, config: { stddev: fields.number("stddev", 0, 1e6) } };
    case "StochasticDepth": // of keras.applications' ConvNeXt
      return { className: "Dropout", config: { rate: fields.number("drop_path_rate", 0, 1), noiseShape: "samples" } };
    case "Dropout":
      fields.only("noise_shape", null, [null, 1, 1, 1]);
      return {
        className,
        config: {
          rate: fields.number("rate", 0, 1),
          noiseShape: fields.raw("noise_shape") == null ? "values" : "samples",
        },
      };
    case "Add":
    case "Multiply":
    case "Average":
    case "Maximum":
      return { className, config: {} };
    case "Concatenate":
      return { className, config: { axis: -1 } };
    case "Lambda":
    case "TFOpLambda":
    case "TensorFlowOpLayer":
    case "SlicingOpLambda":
      throw new AppError("MODEL_LAYER_UNSUPPORTED", {
        place,
        rule: `${layer}: a model file is data`,
        received: "a layer that carries program code, which is never run",
        remedy: "Rebuild the model in Keras with an ordinary layer in its place",
      });
    case "RandomCrop":
      return fields.fail(
        "an augmentation layer passes its input on in use",
        "RandomCrop, which cuts the centre out in use",
        "Rebuild the model with a CenterCrop or a Resizing in its place; its weights stay",
      );
    default:
      return fields.fail("the class is one that this product has", className);
  }
}

const normalization = (fields: ConfigFields) => ({
  epsilon: fields.number("epsilon", 0, 1, 1e-3),
  center: fields.flag("center", true),
  scale: fields.flag("scale", true),
});

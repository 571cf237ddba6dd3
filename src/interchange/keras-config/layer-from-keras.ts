// One Keras layer (class name and config, as Keras 2 or 3 wrote it) as a layer of our vocabulary. Regularizers,
// constraints and initializers that we do not have are left out: they do not change what a trained layer computes.
import { AppError } from "../../core/errors.js";
import type { LayerSpec, RescalingConfig, VarianceScaling } from "../../model/layers.js";
import { ConfigFields, shown } from "./config-fields.js";

type Pair = readonly [number, number];

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
  switch (className) {
    case "InputLayer":
      return { className, config: { shape: inputShape(fields) } };
    case "Rescaling":
      return { className, config: { scale: constants(fields, "scale"), offset: constants(fields, "offset", 0) } };
    case "Normalization":
      fields.only("axis", -1, [-1], 3, [3], null);
      fields.only("invert", false);
      return { className, config: { mean: perChannel(fields, "mean"), variance: perChannel(fields, "variance") } };
    case "Conv2D":
      refuseDilationAndGroups(fields);
      return {
        className,
        config: {
          filters: fields.count("filters"),
          ...convolution(fields),
          ...initializer(fields, "kernel_initializer"),
        },
      };
    case "DepthwiseConv2D":
      refuseDilationAndGroups(fields);
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
    case "Activation":
      return { className, config: { activation: fields.activation("activation") } };
    case "Softmax":
      fields.only("axis", -1);
      return { className: "Activation", config: { activation: "softmax" } };
    case "ReLU":
      fields.only("negative_slope", 0, [0], null);
      fields.only("threshold", 0, [0], null);
      return {
        className,
        config: { maxValue: fields.raw("max_value") == null ? null : fields.number("max_value", 0, 1e6) },
      };
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
    case "Sequential":
    case "Functional":
    case "Model":
      return fields.fail("layers stand in one list", `a model inside the model (${className})`);
    default:
      return fields.fail("the class is one that this product has", className);
  }
}

/** Float32, or mixed precision, whose weights are float32 too: it computes here in float32. */
function checkPrecision(fields: ConfigFields): void {
  const dtype = fields.raw("dtype");
  const policy = isRecord(dtype) && isRecord(dtype.config) ? dtype.config.name : dtype;
  if (policy == null || policy === "float32" || policy === "mixed_float16" || policy === "mixed_bfloat16") return;
  fields.fail("dtype is float32 or a mixed precision", policy);
}

function refuseDilationAndGroups(fields: ConfigFields): void {
  fields.only("dilation_rate", [1, 1], 1, [1]);
  fields.only("groups", 1);
}

function convolution(fields: ConfigFields): {
  kernelSize: Pair;
  strides: Pair;
  padding: ReturnType<ConfigFields["padding"]>;
  activation: ReturnType<ConfigFields["activation"]>;
  useBias: boolean;
} {
  return {
    kernelSize: fields.pair("kernel_size"),
    strides: fields.pair("strides", [1, 1]),
    padding: fields.padding("padding"),
    activation: fields.activation("activation"),
    useBias: fields.flag("use_bias", true),
  };
}

/** Our layers' own initializers; any other is left out. */
function initializer(fields: ConfigFields, key: string): { readonly kernelInitializer?: VarianceScaling } {
  const raw = fields.raw(key);
  if (!isRecord(raw) || raw.class_name !== "VarianceScaling" || !isRecord(raw.config)) return {};
  const { scale, mode, distribution } = raw.config;
  if (typeof scale !== "number" || !(scale > 0 && scale < 1e6)) return {};
  if (mode !== "fan_avg" && mode !== "fan_out") return {};
  if (distribution !== "uniform" && distribution !== "truncated_normal") return {};
  return { kernelInitializer: { scale, mode, distribution } };
}

/** One number for all channels, or one for each. */
function constants(fields: ConfigFields, key: string, absent?: number): RescalingConfig["scale"] {
  return Array.isArray(fields.raw(key))
    ? perChannel(fields, key)
    : fields.number(key, -maxConstant, maxConstant, absent);
}

/** Grey values, their means and variances are far below. */
const maxConstant = 1e9;

function perChannel(fields: ConfigFields, key: string): readonly number[] {
  const values = fields.raw(key);
  const fits = (n: unknown): n is number => typeof n === "number" && Math.abs(n) <= maxConstant;
  if (Array.isArray(values) && values.length <= 65_536 && (values as unknown[]).every(fits)) return values;
  return fields.fail(`${key} is a list of numbers, one per channel`, values);
}

function inputShape(fields: ConfigFields): readonly [number, number, number] {
  const shape = fields.raw("batch_input_shape") ?? fields.raw("batch_shape");
  const sizes = Array.isArray(shape) ? (shape.slice(1) as unknown[]) : [];
  const [height, width, channels, ...more] = sizes;
  const fits = (size: unknown): size is number => Number.isInteger(size) && Number(size) > 0 && Number(size) <= 65_536;
  if (fits(height) && fits(width) && fits(channels) && more.length === 0) return [height, width, channels];
  return fields.fail("the input is [batch, height, width, channels] with fixed sizes", shape);
}

function zeroPadding(fields: ConfigFields): readonly [Pair, Pair] {
  const padding = fields.raw("padding") ?? 1;
  const [rows, columns] = Array.isArray(padding) ? (padding as unknown[]) : [padding, padding];
  const both = (value: unknown): Pair => {
    const [before, after] = Array.isArray(value) ? (value as unknown[]) : [value, value];
    const fits = (n: unknown): n is number => Number.isInteger(n) && Number(n) >= 0 && Number(n) <= 4096;
    return fits(before) && fits(after) ? [before, after] : fields.fail("padding counts rows and columns", padding);
  };
  return [both(rows), both(columns)];
}

function targetShape(fields: ConfigFields): readonly number[] {
  const shape = fields.raw("target_shape");
  const fits = (n: unknown): n is number =>
    Number.isInteger(n) && (n === -1 || (Number(n) >= 1 && Number(n) < 2 ** 31));
  if (Array.isArray(shape) && shape.length <= 4 && (shape as unknown[]).every(fits)) return shape;
  return fields.fail("target_shape is a list of at most 4 sizes", shown(shape));
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// The fields that several layers' configs share, and those of a shape of their own, from Keras' spelling to ours.
import type { RandomLayerConfig } from "../../model/layer-configs/chance.js";
import type { ConvolutionConfig, Pair } from "../../model/layer-configs/convolution.js";
import type { LayerNormalizationConfig } from "../../model/layer-configs/normalization.js";
import type { RescalingConfig, VarianceScaling } from "../../model/layers.js";
import { type ConfigFields, shown } from "./config-fields.js";

/** Float32, or mixed precision, whose weights are float32 too: it computes here in float32. */
export function checkPrecision(fields: ConfigFields): void {
  const dtype = fields.raw("dtype");
  const policy = isRecord(dtype) && isRecord(dtype.config) ? dtype.config.name : dtype;
  if (policy == null || policy === "float32" || policy === "mixed_float16" || policy === "mixed_bfloat16") return;
  fields.fail("dtype is float32 or a mixed precision", policy);
}

/** What all convolutions have. */
export function convolution(fields: ConfigFields): ConvolutionConfig {
  const dilationRate = fields.pair("dilation_rate", [1, 1]);
  return {
    kernelSize: fields.pair("kernel_size"),
    strides: fields.pair("strides", [1, 1]),
    padding: fields.padding("padding"),
    activation: fields.activation("activation"),
    useBias: fields.flag("use_bias", true),
    ...(dilationRate.join() === "1,1" ? {} : { dilationRate }),
  };
}

/** Our layers' own initializers; any other is left out. */
export function initializer(fields: ConfigFields, key: string): { readonly kernelInitializer?: VarianceScaling } {
  const raw = fields.raw(key);
  if (!isRecord(raw) || raw.class_name !== "VarianceScaling" || !isRecord(raw.config)) return {};
  const { scale, mode, distribution } = raw.config;
  if (typeof scale !== "number" || !(scale > 0 && scale < 1e6)) return {};
  if (mode !== "fan_avg" && mode !== "fan_out") return {};
  if (distribution !== "uniform" && distribution !== "truncated_normal") return {};
  return { kernelInitializer: { scale, mode, distribution } };
}

/** One number for all channels, or one for each. */
export function constants(fields: ConfigFields, key: string, absent?: number): RescalingConfig["scale"] {
  return Array.isArray(fields.raw(key))
    ? perChannel(fields, key)
    : fields.number(key, -maxConstant, maxConstant, absent);
}

/** Grey values, their means and variances are far below. */
const maxConstant = 1e9;

export function perChannel(fields: ConfigFields, key: string): readonly number[] {
  const values = fields.raw(key);
  const fits = (n: unknown): n is number => typeof n === "number" && Math.abs(n) <= maxConstant;
  if (Array.isArray(values) && values.length <= 65_536 && (values as unknown[]).every(fits)) return values;
  return fields.fail(`${key} is a list of numbers, one per channel`, values);
}

export function inputShape(fields: ConfigFields): readonly [number, number, number] {
  const shape = fields.raw("batch_input_shape") ?? fields.raw("batch_shape");
  const sizes = Array.isArray(shape) ? (shape.slice(1) as unknown[]) : [];
  const [height, width, channels, ...more] = sizes;
  const fits = (size: unknown): size is number => Number.isInteger(size) && Number(size) > 0 && Number(size) <= 65_536;
  if (fits(height) && fits(width) && fits(channels) && more.length === 0) return [height, width, channels];
  return fields.fail("the input is [batch, height, width, channels] with fixed sizes", shape);
}

export function zeroPadding(fields: ConfigFields): readonly [Pair, Pair] {
  const padding = fields.raw("padding") ?? 1;
  const [rows, columns] = Array.isArray(padding) ? (padding as unknown[]) : [padding, padding];
  const both = (value: unknown): Pair => {
    const [before, after] = Array.isArray(value) ? (value as unknown[]) : [value, value];
    const fits = (n: unknown): n is number => Number.isInteger(n) && Number(n) >= 0 && Number(n) <= 4096;
    return fits(before) && fits(after) ? [before, after] : fields.fail("padding counts rows and columns", padding);
  };
  return [both(rows), both(columns)];
}

export function targetShape(fields: ConfigFields): readonly number[] {
  const shape = fields.raw("target_shape");
  const fits = (n: unknown): n is number =>
    Number.isInteger(n) && (n === -1 || (Number(n) >= 1 && Number(n) < 2 ** 31));
  if (Array.isArray(shape) && shape.length <= 4 && (shape as unknown[]).every(fits)) return shape;
  return fields.fail("target_shape is a list of at most 4 sizes", shown(shape));
}

/** Keras' `axis` of a LayerNormalization: the channels', or those of a whole image. `checkAxes` judges the first by the input. */
export function normalizedAxes(fields: ConfigFields): LayerNormalizationConfig["axes"] {
  const axis = fields.raw("axis") ?? -1;
  const axes: readonly unknown[] = Array.isArray(axis) ? axis : [axis];
  if (axes.length === 1) return "channels";
  const sorted = [...axes].map(Number).sort((a, b) => a - b);
  if (sorted.join() === "1,2,3" || sorted.join() === "-3,-2,-1") return "all";
  return fields.fail("axis is the last one, the channels, or [1, 2, 3]", axis);
}

/** Axes of the input, counted from 1. */
export function axesFromOne(fields: ConfigFields, key: string): readonly number[] {
  const axes = fields.raw(key) ?? [];
  const fits = (n: unknown): n is number => n === 1 || n === 2 || n === 3;
  if (Array.isArray(axes) && axes.length <= 3 && (axes as unknown[]).every(fits)) return axes;
  return fields.fail(`${key} lists axes, 1 to 3`, axes);
}

/** Single values and short lists of them: all that an augmentation layer is told. */
export function plainSettings(config: Readonly<Record<string, unknown>>): RandomLayerConfig["settings"] {
  const isPlain = (value: unknown): value is string | number | boolean | null =>
    value === null ||
    typeof value === "boolean" ||
    Number.isFinite(value) ||
    (typeof value === "string" && value.length < 256);
  const kept = Object.entries(config).filter(
    (entry): entry is [string, RandomLayerConfig["settings"][string]] =>
      !notSettings.has(entry[0]) &&
      (isPlain(entry[1]) || (Array.isArray(entry[1]) && entry[1].length <= 8 && entry[1].every(isPlain))),
  );
  return Object.fromEntries(kept);
}

/** Of every layer: written anew. `batch_input_shape`: of the first layer of an older Sequential. */
const notSettings: ReadonlySet<string> = new Set(["name", "trainable", "dtype", "batch_input_shape", "seed"]);

/** True for a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

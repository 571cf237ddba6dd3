// Keras keeps mean and variance of a Normalization layer that was adapted to data (EfficientNet's) as weights; here they
// are constants of the layer. This is the way from the one to the other.
import { AppError } from "../../core/errors.js";
import type { NormalizationConfig } from "../../model/layers.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { isRecord } from "../keras-config/layer-from-keras.js";
import type { H5File } from "./h5-file.js";
import { weightNamesAttribute } from "./keras-layout.js";

/** Weights of such a layer, and of no other; `count` is the number of batches it was adapted to. */
export const normalizationWeights: ReadonlySet<string> = new Set(["mean", "variance", "count"]);

/** `conv1/conv/kernel:0` -> `kernel` */
export const lastName = (path: string): string => path.slice(path.lastIndexOf("/") + 1).replace(/:\d+$/, "");

/** The model configuration with the constants of its Normalization layers, taken from their weights in `root`. */
export function withNormalizationConstants(whole: unknown, file: H5File, root: string): unknown {
  if (!isRecord(whole) || !isRecord(whole.config) || !Array.isArray(whole.config.layers)) return whole;
  const layers = whole.config.layers.map((layer: unknown) => {
    if (!isRecord(layer) || layer.class_name !== "Normalization" || !isRecord(layer.config)) return layer;
    if (layer.config.mean != null || typeof layer.config.name !== "string") return layer;
    return { ...layer, config: { ...layer.config, ...constantsOf(file, root, layer.config.name) } };
  });
  return { ...whole, config: { ...whole.config, layers } };
}

/**
 * Weights alone do not bring their constants: those that the file has must be the model's own.
 * @throws AppError WEIGHTS_MISMATCH
 */
export function checkNormalizationConstants(file: H5File, root: string, graph: ModelGraph, place: string): void {
  for (const { name, className, config } of graph.nodes) {
    if (className !== "Normalization") continue;
    const found = constantsOf(file, root, name);
    if (found === undefined) continue;
    for (const key of ["mean", "variance"] as const) {
      const isSame =
        config[key].length === found[key].length && config[key].every((value, i) => near(value, found[key][i]));
      if (isSame) continue;
      throw new AppError("WEIGHTS_MISMATCH", {
        place,
        rule: `layer "${name}": ${key} should be [${config[key]}]`,
        received: `[${found[key]}]`,
        remedy: "The file's network prepares its pixels in another way: use weights that were trained on ImageNet",
      });
    }
  }
}

/** Equal as float32. */
const near = (a: number, b: number | undefined): boolean => Math.fround(a) === Math.fround(b ?? Number.NaN);

/** Nothing when the file does not hold both. */
function constantsOf(file: H5File, root: string, layer: string): NormalizationConfig | undefined {
  const group = root === "" ? layer : `${root}/${layer}`;
  if (!file.hasGroup(group)) return undefined;
  const paths = file.names(group, weightNamesAttribute) ?? [];
  const values = (name: string): readonly number[] | undefined => {
    const path = paths.find((one) => lastName(one) === name);
    if (path === undefined || !file.has(`${group}/${path}`)) return undefined;
    return [...file.floats(file.declared(`${group}/${path}`))];
  };
  const mean = values("mean");
  const variance = values("variance");
  return mean === undefined || variance === undefined ? undefined : { mean, variance };
}

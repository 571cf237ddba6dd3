// Keras keeps mean and variance of a Normalization layer that was adapted to data (EfficientNet's) as weights; here they
// are constants of the layer. This is the way from the one to the other.
import { AppError } from "../../core/errors.js";
import type { NormalizationConfig } from "../../model/layers.js";
import type { ModelGraph } from "../../model/model-graph.js";
import type { FlatModel } from "../keras-config/flatten-model.js";
import type { H5File } from "./h5-file.js";
import { weightNamesAttribute } from "./keras-layout.js";

/** Weights of such a layer, and of no other; `count` is the number of batches it was adapted to. */
export const normalizationWeights: ReadonlySet<string> = new Set(["mean", "variance", "count"]);

/** `conv1/conv/kernel:0` -> `kernel` */
export const lastName = (path: string): string => path.slice(path.lastIndexOf("/") + 1).replace(/:\d+$/, "");

/** `conv1/conv/kernel:0` -> `conv1/conv` */
export const layerPart = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** Where a file keeps them: by the names of Keras' own layers, outermost first; nothing where it does not hold both. */
export type ConstantsOf = (layer: {
  readonly path: readonly string[];
  readonly group: string;
}) => NormalizationConfig | undefined;

/** The model with the constants of its Normalization layers, taken from their weights. */
export function withNormalizationConstants(flat: FlatModel, constantsOf: ConstantsOf): FlatModel {
  const layers = flat.layers.map((layer) => {
    if (layer.className !== "Normalization" || (layer.config.mean !== undefined && layer.config.mean !== null))
      return layer;
    return { ...layer, config: { ...layer.config, ...constantsOf(layer) } };
  });
  return { ...flat, layers };
}

/**
 * Weights alone do not bring their constants: those that the file has must be the model's own.
 * @throws AppError WEIGHTS_MISMATCH
 */
export function checkNormalizationConstants(
  constantsOf: (layer: string) => NormalizationConfig | undefined,
  graph: ModelGraph,
  place: string,
): void {
  for (const { name, className, config } of graph.nodes) {
    if (className !== "Normalization") continue;
    const found = constantsOf(name);
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

/** Those of a legacy .h5 file. */
export function legacyConstants(file: H5File, root: string, path: readonly string[]): NormalizationConfig | undefined {
  const [listed = "", ...inside] = path;
  const group = root === "" ? listed : `${root}/${listed}`;
  if (!file.hasGroup(group)) return undefined;
  const own = inside.at(-1);
  const isOfLayer = (one: string) => own === undefined || `/${layerPart(one)}`.endsWith(`/${own}`);
  const paths = (file.names(group, weightNamesAttribute) ?? []).filter(isOfLayer);
  const values = (name: string): readonly number[] | undefined => {
    const path = paths.find((one) => lastName(one) === name);
    if (path === undefined || !file.has(`${group}/${path}`)) return undefined;
    return [...file.floats(file.declared(`${group}/${path}`))];
  };
  const mean = values("mean");
  const variance = values("variance");
  return mean === undefined || variance === undefined ? undefined : { mean, variance };
}

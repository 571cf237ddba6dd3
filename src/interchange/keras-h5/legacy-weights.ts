// Where a legacy .h5 file keeps its layers' weights: a group for each layer of the outermost model, with the list of what is
// in it. A model inside the model keeps all its layers' weights in one group, each under its own layer's name.
import type { HostTensor, WeightMap } from "../../model/weights.js";
import { invalid } from "../invalid-model-file.js";
import type { FlatLayer, FlatModel } from "../keras-config/flatten-model.js";
import type { DeclaredTensor, H5File } from "./h5-file.js";
import { layerNamesAttribute, weightNamesAttribute } from "./keras-layout.js";
import { lastName, layerPart, normalizationWeights } from "./normalization-constants.js";

/** Layer -> weight. */
export type Declared<T> = ReadonlyMap<string, ReadonlyMap<string, T>>;

/** A weight that a group lists. */
export interface ListedWeight {
  /** The group's layer, of the outermost model. */
  readonly listed: string;
  /** What stands before the weight's own name: `conv1/conv` of `conv1/conv/kernel:0`. */
  readonly part: string;
  readonly name: string;
  /** Undefined where the dataset is absent, which shows up among the missing weights. */
  readonly tensor: DeclaredTensor | undefined;
}

/** In the order of the file's model, without those of Normalization layers. @throws AppError MODEL_FILE_INVALID */
export function listedWeights(file: H5File, root: string, place: string): readonly ListedWeight[] {
  const layerNames = file.names(root, layerNamesAttribute);
  if (layerNames === undefined) throw invalid(place, `it lists its layers (attribute "${layerNamesAttribute}")`);
  return layerNames.flatMap((listed) => {
    const group = root === "" ? listed : `${root}/${listed}`;
    if (!file.hasGroup(group)) throw invalid(place, `it holds a group for layer "${listed}"`);
    const paths = file.names(group, weightNamesAttribute) ?? [];
    return paths.flatMap((path): ListedWeight[] => {
      const name = lastName(path);
      if (normalizationWeights.has(name)) return [];
      const tensor = file.has(`${group}/${path}`) ? file.declared(`${group}/${path}`) : undefined;
      return [{ listed, part: layerPart(path), name, tensor }];
    });
  });
}

/** By layer, without knowledge of the file's model. */
export function byListedLayer(weights: readonly ListedWeight[], place: string): Declared<DeclaredTensor> {
  const parts = new Map<string, Set<string>>();
  for (const { listed, part } of weights) parts.set(listed, (parts.get(listed) ?? new Set()).add(part));
  return collected(weights, ({ listed, part }) => ((parts.get(listed)?.size ?? 0) > 1 ? part : listed), place);
}

/** By the names of the file's own model; what belongs to none of its layers keeps the name that it has. */
export function byFlatLayer(
  weights: readonly ListedWeight[],
  { layers }: FlatModel,
  place: string,
): Declared<DeclaredTensor> {
  const first = new Map<string, FlatLayer>(); // by its place in Keras' model: further calls share its weights
  for (const layer of layers) if (!first.has(pathKey(layer))) first.set(pathKey(layer), layer);
  const inside = new Map<string, FlatLayer[]>();
  for (const layer of first.values()) {
    const [listed = ""] = layer.path;
    inside.set(listed, [...(inside.get(listed) ?? []), layer]);
  }
  const owner = ({ listed, part }: ListedWeight): string => {
    const candidates = inside.get(listed) ?? [];
    const [only] = candidates;
    if (only !== undefined && only.path.length === 1) return only.name;
    const own = candidates.find(({ path }) => path.at(-1) === part);
    return (own ?? candidates.find(({ path }) => part.endsWith(`/${path.at(-1)}`)))?.name ?? part;
  };
  const found = new Map(collected(weights, owner, place));
  for (const layer of layers) {
    const shared = found.get(first.get(pathKey(layer))?.name ?? "");
    if (shared !== undefined) found.set(layer.name, shared);
  }
  return found;
}

const pathKey = ({ path }: FlatLayer): string => JSON.stringify(path);

function collected(
  weights: readonly ListedWeight[],
  layerOf: (weight: ListedWeight) => string,
  place: string,
): Declared<DeclaredTensor> {
  const declared = new Map<string, Map<string, DeclaredTensor>>();
  for (const weight of weights) {
    const layer = layerOf(weight);
    const ofLayer = declared.get(layer) ?? new Map<string, DeclaredTensor>();
    declared.set(layer, ofLayer);
    if (ofLayer.has(weight.name))
      throw invalid(place, `layer "${layer}" has each weight once`, `"${weight.name}" twice`);
    if (weight.tensor !== undefined) ofLayer.set(weight.name, weight.tensor);
  }
  return declared;
}

/** The values; those of one dataset once. */
export function readDeclared(file: H5File, declared: Declared<DeclaredTensor>): WeightMap {
  const read = new Map<DeclaredTensor, HostTensor>();
  const tensorOf = (one: DeclaredTensor): HostTensor => {
    const known = read.get(one) ?? { shape: one.shape, data: file.floats(one) };
    read.set(one, known);
    return known;
  };
  const weights = [...declared].map(([layer, tensors]) => {
    return [layer, new Map([...tensors].map(([name, one]) => [name, tensorOf(one)] as const))] as const;
  });
  return new Map(weights);
}

// The golden files that test/golden/make/keras_zoo.py writes for the models of the registry, and the weights it filled in.
import { readdirSync, readFileSync } from "node:fs";
import type { ModelGraph } from "../../src/model/model-graph.js";
import { type WeightSpec, weightSpecsOf } from "../../src/model/shapes.js";
import type { HostTensor, WeightMap } from "../../src/model/weights.js";
import type { BuildOptions } from "../../src/model/zoo/zoo-entry.js";
import { formulaKernel, formulaSpread } from "./formula-weights.js";
import { golden } from "./paths.js";

export interface ZooGolden {
  readonly model: string;
  readonly options: BuildOptions & { readonly imageSize: number };
  readonly images: number;
  /** Mean and variance of what each normalization reads. */
  readonly normalizations: Readonly<Record<string, readonly [number, number]>>;
  readonly slices: readonly Slice[];
}

/** Some of a layer's values at equal distances, [n, h, w, c] row-major, and two sums over all of them. */
export interface Slice {
  readonly layer: string;
  readonly size: number;
  readonly rootMeanSquare: number;
  readonly meanAbsolute: number;
  readonly values: readonly number[];
}

/** Names of test/golden/keras-zoo/<name>.json; a registry id has at least the one of its own name. */
export const zooGoldenCases = readdirSync(golden("keras-zoo"))
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));

export const readZooGolden = (name: string): ZooGolden =>
  JSON.parse(readFileSync(golden("keras-zoo", `${name}.json`), "utf8"));

/** What keras_zoo.py fills in: each weight has its number as salt, counted through the model from 1000. */
export function formulaWeights(graph: ModelGraph, normalizations: ZooGolden["normalizations"]): WeightMap {
  let salt = 1000;
  const weights = new Map<string, Map<string, HostTensor>>();
  for (const [layer, specs] of weightSpecsOf(graph)) {
    const ofLayer = new Map<string, HostTensor>();
    for (const spec of specs)
      ofLayer.set(spec.name, { shape: spec.shape, data: values(spec, salt++, normalizations[layer]) });
    weights.set(layer, ofLayer);
  }
  return weights;
}

function values(
  { name, shape }: WeightSpec,
  salt: number,
  [mean, variance]: readonly [number, number] = [0, 1],
): Float32Array {
  const around = (centre: number, spread: number) => formulaSpread(shape[0] ?? 0, salt, centre, spread);
  switch (name) {
    case "bias":
      return around(0, 0.1);
    case "gamma":
      return around(1, 0.5);
    case "beta":
      return around(0, 0.5);
    case "moving_mean":
      return around(mean, Math.sqrt(variance));
    case "moving_variance":
      return around(variance, variance / 2);
    default:
      return formulaKernel(shape, salt);
  }
}

// The weights a new model starts with: Keras' defaults (Glorot-uniform kernels, zero biases, identity normalization).
import { Random } from "../core/random.js";
import type { ModelGraph } from "./model-graph.js";
import { product, type Shape, type WeightSpec, weightSpecsOf } from "./shapes.js";
import type { HostTensor, WeightMap } from "./weights.js";

/**
 * Fresh weights for every layer that has any. Each weight draws from its own stream, named by seed, layer and weight,
 * so a layer's start does not depend on the layers before it.
 * @param only the layers that are wanted; all when absent
 */
export function initialWeights(graph: ModelGraph, seed: number, only?: ReadonlySet<string>): WeightMap {
  const weights = new Map<string, Map<string, HostTensor>>();
  for (const [layer, specs] of weightSpecsOf(graph)) {
    if (only?.has(layer) === false) continue;
    const ofLayer = new Map<string, HostTensor>();
    for (const spec of specs) {
      ofLayer.set(spec.name, { shape: spec.shape, data: filled(spec, Random.of(seed, "weights", layer, spec.name)) });
    }
    weights.set(layer, ofLayer);
  }
  return weights;
}

function filled(spec: WeightSpec, random: Random): Float32Array {
  const data = new Float32Array(product(spec.shape));
  switch (spec.initializer) {
    case "zeros":
      return data;
    case "ones":
      return data.fill(1);
    case "glorot_uniform": {
      const limit = glorotLimit(spec.shape);
      return data.map(() => random.uniform(-limit, limit));
    }
    default:
      return spec.initializer satisfies never;
  }
}

/**
 * sqrt(6 / (fan in + fan out)) (Glorot and Bengio, 2010) with Keras' fans: the last two sizes, times the receptive field.
 * For a DepthwiseConv2D kernel [kh, kw, in, multiplier] Keras takes the multiplier for the outputs; so do we.
 */
export function glorotLimit(shape: Shape): number {
  const receptiveField = product(shape.slice(0, -2));
  const fans = ((shape.at(-2) ?? 1) + (shape.at(-1) ?? 1)) * receptiveField;
  return Math.sqrt(6 / fans);
}

// The weights a new model starts with: as the layers' configs say, else Keras' defaults (Glorot-uniform kernels, zero
// biases, identity normalization).
import { Random } from "../core/random.js";
import type { VarianceScaling } from "./layers.js";
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
  const { initializer } = spec;
  if (initializer === "zeros") return data;
  if (initializer === "ones") return data.fill(1);
  if ("constant" in initializer) return data.fill(initializer.constant);
  return scaled(data, spec.shape, initializer, random);
}

/** Keras' VarianceScaling: a distribution around 0 whose variance is scale / fan. */
function scaled(
  data: Float32Array,
  shape: Shape,
  { scale, mode, distribution }: VarianceScaling,
  random: Random,
): Float32Array {
  const { fanIn, fanOut } = fansOf(shape);
  const fan = mode === "fan_out" ? fanOut : (fanIn + fanOut) / 2;
  switch (distribution) {
    case "uniform": {
      const limit = Math.sqrt((3 * scale) / fan);
      return data.map(() => random.uniform(-limit, limit));
    }
    case "truncated_normal": {
      const deviation = Math.sqrt(scale / fan) / truncatedDeviation;
      return data.map(() => deviation * truncatedNormal(random));
    }
    default:
      return distribution satisfies never;
  }
}

/** Standard deviation of the standard normal distribution cut at -2 and 2. */
const truncatedDeviation = 0.87962566103423978;

function truncatedNormal(random: Random): number {
  for (;;) {
    const value = random.normal();
    if (Math.abs(value) <= 2) return value;
  }
}

/**
 * Keras' fans (Glorot and Bengio, 2010): the last two sizes, times the receptive field. For a DepthwiseConv2D kernel
 * [kh, kw, in, multiplier] Keras takes the multiplier for the outputs; so do we.
 */
function fansOf(shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  const receptiveField = product(shape.slice(0, -2));
  return { fanIn: (shape.at(-2) ?? 1) * receptiveField, fanOut: (shape.at(-1) ?? 1) * receptiveField };
}

// Weights with which every part of a model shows in its output: fresh ones leave normalizations and biases without
// effect, and deep models without any signal.
import { Random } from "../../src/core/random.js";
import type { ModelGraph } from "../../src/model/model-graph.js";
import { product, type WeightSpec, weightSpecsOf } from "../../src/model/shapes.js";
import type { HostTensor, WeightMap } from "../../src/model/weights.js";

/**
 * Kernels of half the variance that would keep the size of the signal (He et al., 2015), so that sums over many residual
 * blocks stay small; normalizations away from the identity, biases not zero.
 */
export function livelyWeights(graph: ModelGraph, seed: number): WeightMap {
  return new Map(
    [...weightSpecsOf(graph)].map(([layer, specs]) => [
      layer,
      new Map(specs.map((spec) => [spec.name, filled(spec, Random.of(seed, layer, spec.name))])),
    ]),
  );
}

/**
 * Numbers in [0, 1), the same for all weights: a stream of its own for each of 60 million would take longer than the
 * model. Their count is a prime, so that no kernel's rows are equal.
 */
const pool = uniformNumbers(65_537);

function uniformNumbers(count: number): Float64Array {
  const random = Random.of("lively weights");
  return new Float64Array(count).map(() => random.uniform());
}

function filled({ name, shape }: WeightSpec, random: Random): HostTensor {
  const [low, high] = range(name, shape);
  const data = new Float32Array(product(shape));
  let at = random.integer(pool.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = low + (high - low) * (pool[at] as number);
    at = at + 1 === pool.length ? 0 : at + 1;
  }
  return { shape, data };
}

function range(name: string, shape: readonly number[]): [number, number] {
  switch (name) {
    case "kernel":
    case "pointwise_kernel": {
      const limit = Math.sqrt(3 / product(shape.slice(0, -1)));
      return [-limit, limit];
    }
    case "depthwise_kernel": {
      const limit = Math.sqrt(3 / product(shape.slice(0, 2)));
      return [-limit, limit];
    }
    case "gamma":
    case "moving_variance":
      return [0.5, 1.5];
    default:
      return [-0.3, 0.3];
  }
}

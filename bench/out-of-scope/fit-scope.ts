// Fits the scope check's principal components to features, leaving out one fold of patients at a time to choose the limit.
// Sums of outer products are kept per fold, so that six fits read the images once.
import { Random } from "../../src/core/random.js";
import type { ScopeModel } from "../../src/images/out-of-scope/scope-model.js";

export const componentCount = 48;
const iterations = 150;

/** Sums over images' features: enough to fit a model to any union of folds. */
export class Moments {
  readonly #features: number;
  #n = 0;
  readonly #sum: Float64Array;
  /** [features, features] */
  readonly #products: Float64Array;

  constructor(features: number) {
    this.#features = features;
    this.#sum = new Float64Array(features);
    this.#products = new Float64Array(features * features);
  }

  add(values: Float64Array): void {
    const features = this.#features;
    this.#n++;
    for (let i = 0; i < features; i++) {
      const value = values[i] as number;
      this.#sum[i] = (this.#sum[i] as number) + value;
      for (let j = 0, at = i * features; j < features; j++, at++) {
        this.#products[at] = (this.#products[at] as number) + value * (values[j] as number);
      }
    }
  }

  merge(other: Moments): void {
    this.#n += other.#n;
    for (const [i, value] of other.#sum.entries()) this.#sum[i] = (this.#sum[i] as number) + value;
    for (const [i, value] of other.#products.entries()) this.#products[i] = (this.#products[i] as number) + value;
  }

  /** The leading principal components, by orthogonal iteration; each one's largest number is positive. */
  fit(count = componentCount): ScopeModel {
    const features = this.#features;
    const mean = this.#sum.map((value) => value / this.#n);
    const covariance = this.#products.map((value, at) => {
      return value / this.#n - (mean[Math.floor(at / features)] as number) * (mean[at % features] as number);
    });
    let components = startingVectors(count, features);
    for (let i = 0; i < iterations; i++) {
      components = orthonormal(components.map((vector) => times(covariance, vector)));
    }
    const variances = components.map((vector) => dot(vector, times(covariance, vector)));
    let total = 0;
    for (let i = 0; i < features; i++) total += covariance[i * (features + 1)] as number;
    const rest = total - variances.reduce((sum, value) => sum + value, 0);
    return { mean, components: components.map(upright), variances, residualVariance: rest / (features - count) };
  }
}

function startingVectors(count: number, features: number): Float64Array[] {
  const random = Random.of("scope components");
  return orthonormal(
    Array.from({ length: count }, () => Float64Array.from({ length: features }, () => random.uniform(-1, 1))),
  );
}

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/** [features, features] times [features] */
function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const features = vector.length;
  return vector.map((_, i) => dot(matrix.subarray(i * features, (i + 1) * features), vector));
}

/** Gram-Schmidt. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    let rest = vector;
    for (const other of done) {
      const share = dot(other, rest);
      rest = rest.map((value, i) => value - share * (other[i] as number));
    }
    const length = Math.sqrt(dot(rest, rest));
    done.push(rest.map((value) => value / length));
  }
  return done;
}

function upright(vector: Float64Array): Float64Array {
  const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? vector.map((value) => -value) : vector;
}

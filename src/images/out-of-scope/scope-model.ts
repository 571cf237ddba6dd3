// How far an image's features lie from those of the radiographs that models learn from: a principal component model with the mean
// squared deviation along the components and across them, each in units of its own variance.
// After M. Tipping and C. Bishop, "Probabilistic principal component analysis" (1999); here the two parts weigh the same.
export interface ScopeModel {
  /** [features] */
  readonly mean: Float64Array;
  /** Unit vectors, each [features], at right angles. */
  readonly components: readonly Float64Array[];
  /** Variance along each component. */
  readonly variances: readonly number[];
  /** Mean variance along every direction that is no component. */
  readonly residualVariance: number;
}

/** 2 on average for a radiograph like those; unlimited upwards. */
export function deviation(model: ScopeModel, features: Float64Array): number {
  const { mean, components, variances, residualVariance } = model;
  const centred = features.map((value, i) => value - (mean[i] as number));
  let squares = centred.reduce((sum, value) => sum + value * value, 0);
  let along = 0;
  for (const [k, component] of components.entries()) {
    let projection = 0;
    for (let i = 0; i < centred.length; i++) projection += (component[i] as number) * (centred[i] as number);
    along += projection ** 2 / (variances[k] as number);
    squares -= projection ** 2;
  }
  const across = squares / residualVariance / (centred.length - components.length);
  return along / components.length + across;
}

/** Numbers as whole multiples of 1/`scale`, 16 bits each, little-endian, in base64: the form in which the model is committed. */
export function packNumbers(values: Float64Array, scale: number): string {
  const view = new DataView(new ArrayBuffer(values.length * 2));
  for (const [i, value] of values.entries()) view.setInt16(i * 2, Math.round(value * scale), true);
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}

export function unpackNumbers(text: string, scale: number): Float64Array {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(i * 2, true) / scale);
}

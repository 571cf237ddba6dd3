// Weights outside the engine: what the file formats read and write and what the executor takes in and gives out.

/** A dense float32 array on the host, row-major, in Keras' layout (a Conv2D kernel is [kh, kw, in, out]). */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Layer name -> weight name as Keras spells it ("kernel", "bias", "gamma", "moving_mean", …) -> values. */
export type WeightMap = ReadonlyMap<string, ReadonlyMap<string, HostTensor>>;

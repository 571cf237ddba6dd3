// From 8-bit grey pixels to a batch that a network takes: gathered and scaled. All in the engine.
import type { PixelScaling } from "../model/zoo/zoo-entry.js";
import * as ops from "../tensor/operators.js";
import { gatherRows, Tensor } from "../tensor/tensor.js";

/** Square 8-bit grey images, [n, size, size] row-major. */
export interface PixelArray {
  readonly pixels: Uint8Array;
  readonly size: number;
  /** By image: its row in `pixels`, or -1 where another process has it. Absent where all are here, in order. */
  readonly rows?: Int32Array | undefined;
}

/** The images at `indices` as float32 [indices.length, 1, size, size] on the device, grey values 0..255. */
export function gatherImages({ pixels, size, rows }: PixelArray, indices: Int32Array, device = "cpu"): Tensor {
  const places = rows === undefined ? indices : indices.map((index) => rows[index] as number);
  const gathered = ops.toDtype(gatherRows(pixels, size * size, places, device), "float32");
  return ops.reshape(gathered, [indices.length, 1, size, size]);
}

/** Grey values to what the network was made for: [n, 1, h, w] when all channels are alike, else [n, 3, h, w]. */
export function scaleImages(images: Tensor, { multiply, add }: PixelScaling): Tensor {
  const areAlike = [multiply, add].every((values) => values.every((value) => value === values[0]));
  if (areAlike) {
    const scaled = ops.mulScalar(images, multiply[0]);
    return add[0] === 0 ? scaled : ops.addScalar(scaled, add[0]);
  }
  const perChannel = (values: readonly number[]) =>
    Tensor.fromArray(Float32Array.from(values), [1, 3, 1, 1], images.device);
  return ops.addTensor(ops.mulTensor(images, perChannel(multiply)), perChannel(add)); // [n, 1, …] -> [n, 3, …]
}

// x * scale + offset with constants for all channels or for each one.
import type { RescalingConfig } from "../model/layers.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";

/** `x` [n, c, h, w]. */
export function rescale(x: Tensor, { scale, offset }: RescalingConfig): Tensor {
  const scaled = typeof scale === "number" ? ops.mulScalar(x, scale) : ops.mulTensor(x, perChannel(scale, x));
  if (offset === 0) return scaled;
  return typeof offset === "number" ? ops.addScalar(scaled, offset) : ops.addTensor(scaled, perChannel(offset, x));
}

/** One value per channel as [1, c, 1, 1], in the type and on the device of `like`. */
function perChannel(values: readonly number[], like: Tensor): Tensor {
  return ops.toDtype(Tensor.fromArray(Float64Array.from(values), [1, values.length, 1, 1], like.device), like.dtype);
}

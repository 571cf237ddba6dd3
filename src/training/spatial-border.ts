// Borders around images inside the network.
import type { SpatialPadding } from "../model/spatial-padding.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";

/** Height and width of [n, c, h, w]. */
export const sizeOf = (x: Tensor): [number, number] => x.shape.slice(2) as [number, number];

/** `x` [n, c, h, w] with a border of `value`. */
export function pad(x: Tensor, { height, width }: SpatialPadding, value: number): Tensor {
  if (height[0] + height[1] + width[0] + width[1] === 0) return x;
  return ops.constantPadNd(x, [...width, ...height], { value });
}
